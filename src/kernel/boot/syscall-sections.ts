import type { LabAst, Name } from '../../syntax/lab-ast.js';
import { isSystemCall, sectionFor } from '../attach/point.js';
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

/**
 * What is to be booted with kprobes in the place of sections that name system calls: the name of their functions depends on the
 * architecture.
 */
export function withSystemCalls<T extends Sections>(spec: T): T {
  const { model, lab, objects = [], points } = spec;
  const nameOf = (name: Name): Name => ({ ...name, name: sectionFor(name.name, model.arch) });
  const inLab = lab.declarations.some((d) => d.kind === 'program' && isSystemCall(d.attach.name));
  const inObjects = objects.some((u) => u.object.programs.some((p) => isSystemCall(p.section)));
  const inPoints = [...(points?.now.values() ?? [])].some((all) => all.some((p) => isSystemCall(p.name)));
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
        programs: unit.object.programs.map((p) => ({ ...p, section: sectionFor(p.section, model.arch) })),
      },
    })),
    ...(points && {
      points: { ...points, now: new Map([...points.now].map(([name, to]) => [name, to.map(nameOf)])) },
    }),
  };
}
