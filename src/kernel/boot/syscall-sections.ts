import type { LabAst, Name } from '../../syntax/lab-ast.js';
import type { Arch } from '../model.js';
import type { ObjectUnit } from './objects.js';
import type { OtherPoints } from './programs.js';

/** Where sections may be named, and the architecture that they are for. */
interface Sections {
  readonly model: { readonly arch: Arch };
  readonly lab: LabAst;
  readonly objects?: readonly ObjectUnit[];
  readonly points?: OtherPoints;
}

/** `ksyscall/unlinkat`, and what runs when the system call has returned. */
const SECTION = /^k(ret)?syscall([/:])([\w]+)$/;

/** How the functions of system calls are called (libbpf's arch_specific_syscall_pfx). */
const PREFIX: Readonly<Record<Arch, string>> = { arm64: '__arm64_sys_', amd64: '__x64_sys_' };

const resolved = (section: string, arch: Arch): string =>
  section.replace(SECTION, (_, ret: string | undefined, slash: string, name: string) =>
    ['k', ret ?? '', 'probe', slash, PREFIX[arch], name].join(''),
  );

/**
 * What is to be booted with kprobes in the place of sections that name system calls: the name of their functions depends on the
 * architecture.
 */
export function withSystemCalls<T extends Sections>(spec: T): T {
  const { model, lab, objects = [], points } = spec;
  const nameOf = (name: Name): Name => ({ ...name, name: resolved(name.name, model.arch) });
  const isOne = (section: string): boolean => SECTION.test(section);
  const inLab = lab.declarations.some((d) => d.kind === 'program' && isOne(d.attach.name));
  const inObjects = objects.some((u) => u.object.programs.some((p) => isOne(p.section)));
  const inPoints = [...(points?.now.values() ?? [])].some((p) => isOne(p.name));
  if (!inLab && !inObjects && !inPoints) return spec;
  return {
    ...spec,
    lab: {
      ...lab,
      declarations: lab.declarations.map((d) =>
        d.kind === 'program' ? { ...d, attach: nameOf(d.attach) } : d,
      ),
    },
    objects: objects.map((unit) => ({
      ...unit,
      object: {
        ...unit.object,
        programs: unit.object.programs.map((p) => ({ ...p, section: resolved(p.section, model.arch) })),
      },
    })),
    ...(points && {
      points: { ...points, now: new Map([...points.now].map(([name, to]) => [name, nameOf(to)])) },
    }),
  };
}
