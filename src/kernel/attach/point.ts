import type { Name } from '../../syntax/lab-ast.js';
import type { Findings } from '../../text/findings.js';
import { didYouMean } from '../../text/nearest.js';
import type { Arch } from '../model.js';
import {
  type AttachKind,
  haveSameContext,
  isInUserSpace,
  isOnPerfEvent,
  KINDS,
  kindInfo,
  takesOffset,
} from './kinds.js';

/** Other spellings of section names. */
const ALIASES: ReadonlyMap<string, AttachKind> = new Map([
  ['raw_tracepoint', 'raw_tp'],
  ['tracepoint', 'tp'],
  ['classifier', 'tc'],
  ['tcx', 'tc'],
  ['uprobe.multi', 'uprobe'],
  ['uretprobe.multi', 'uretprobe'],
  ['usdt', 'uprobe'],
  // Where there is a kernel, they are kprobes on the functions of their system calls.
  ['ksyscall', 'kprobe'],
  ['kretsyscall', 'kretprobe'],
]);

/** `ksyscall/unlinkat`, and what runs when the system call has returned. */
const SYSTEM_CALL = /^k(ret)?syscall([/:])([\w]+)$/;

/** A function, and how far in it: a place that only a kprobe is attached to. */
export const OFFSET = /^([^+]+)\+(.*)$/;

/** A number of bytes as libbpf reads it, in decimal, octal or hexadecimal (attach_kprobe, tools/lib/bpf/libbpf.c). */
function offsetOf(text: string): number | undefined {
  if (!/^(?:0x[\da-f]+|0[0-7]*|[1-9]\d*)$/i.test(text)) return undefined;
  const number = Number.parseInt(text, /^0x/i.test(text) ? 16 : text.startsWith('0') ? 8 : 10);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** How the functions of system calls are called (libbpf's arch_specific_syscall_pfx). */
const PREFIX: Readonly<Record<Arch, string>> = { arm64: '__arm64_sys_', amd64: '__x64_sys_' };

/** A section with the kprobe in place of the system call that it names: what its function is called depends on the architecture. */
export const sectionFor = (section: string, arch: Arch): string =>
  section.replace(SYSTEM_CALL, (_, ret: string | undefined, slash: string, name: string) =>
    ['k', ret ?? '', 'probe', slash, PREFIX[arch], name].join(''),
  );

export const isSystemCall = (section: string): boolean => SYSTEM_CALL.test(section);

/**
 * What may be written before the slash of a section.
 * @internal
 */
export const ATTACH_KINDS: readonly string[] = [...Object.keys(KINDS), ...ALIASES.keys()];

export interface AttachPoint {
  readonly kind: AttachKind;
  /** The program may block (`fentry.s` and the like). */
  readonly sleepable: boolean;
  /** As written: a function, a tracepoint or an LSM hook; empty where the kind needs none and none was given. */
  readonly target: string;
  /** The function or tracepoint of the kernel that it is attached to. */
  readonly on: string;
  /** Bytes from the beginning of the function to the instruction that it is attached to, 8 for each slot; 0 for all but kprobes. */
  readonly offset: number;
}

/** The function or tracepoint of the kernel, and how far in it. */
export type AttachTarget = Pick<AttachPoint, 'on' | 'offset'>;

/** As in a section: `f+8`. */
export const formatTarget = ({ on, offset }: AttachTarget): string => (offset === 0 ? on : `${on}+${offset}`);

/** As written in a section name: `fentry.s/bpf_fentry_test1`. */
export function formatAttachPoint(attach: AttachPoint): string {
  const kind = `${attach.kind}${attach.sleepable && kindInfo(attach.kind).sleepable === 'marked' ? '.s' : ''}`;
  return attach.target === '' ? kind : `${kind}/${attach.target}`;
}

/** The same of a program that is attached to several: `kprobe/a, kprobe/b`. */
export const formatAttachPoints = (attach: AttachPoint, targets: readonly AttachTarget[]): string =>
  [attach, ...targets.slice(1).map((target) => ({ ...attach, target: formatTarget(target) }))]
    .map(formatAttachPoint)
    .join(', ');

function example(kind: string): string {
  const { site } = kindInfo(ALIASES.get(kind) ?? (kind as AttachKind));
  return `${kind}${site === 'none' ? '' : '/NAME'}`;
}

function kindOf(word: string): { kind: AttachKind; sleepable: boolean } | undefined {
  const find = (name: string): AttachKind | undefined =>
    ALIASES.get(name) ?? (Object.hasOwn(KINDS, name) ? (name as AttachKind) : undefined);
  const plain = find(word);
  if (plain !== undefined) return { kind: plain, sleepable: kindInfo(plain).sleepable === 'always' };
  const sleepable = word.endsWith('.s') ? find(word.slice(0, -2)) : undefined;
  return sleepable !== undefined && kindInfo(sleepable).sleepable === 'marked'
    ? { kind: sleepable, sleepable: true }
    : undefined;
}

/** Whether a program of a kind that has to be attached to something names nothing. */
export const lacksTarget = ({ kind, target }: AttachPoint): boolean =>
  target === '' && kindInfo(kind).needsTarget;

/** Says that something names nothing to attach to where it has to. */
export function refuseWithoutTarget(attach: Name, findings: Findings): void {
  const [word] = attach.name.split(/[/:]/);
  findings.error('B0602', `\`${attach.name}\` does not say what to attach to`, {
    span: attach.span,
    help: `write \`${word}/NAME\``,
  });
}

/** A kind, and what it is attached to, as a scenario or a command line says it for a program of a kind. */
export function parseOtherPoint(to: Name, own: AttachKind, findings: Findings): AttachPoint | undefined {
  const point = parseAttachPoint(to, findings);
  if (point === undefined) return undefined;
  if (lacksTarget(point)) refuseWithoutTarget(to, findings);
  if (haveSameContext(own, point.kind)) return point;
  const kinds = (Object.keys(KINDS) as AttachKind[]).filter((kind) => haveSameContext(own, kind));
  findings.error('B0602', `a program of kind ${own} cannot be attached to ${to.name}`, {
    span: to.span,
    expected: kinds.map(example).join(', '),
    notes: ['what it reads of its context would be something else there'],
  });
  return undefined;
}

/** Reads `fentry/htab_map_delete_elem`, also in bpftrace's spelling with a colon; undefined for anything else. */
export function parseAttachPoint(attach: Name, findings: Findings): AttachPoint | undefined {
  const m = /^([^/:]+)(?:[/:](.+))?$/.exec(attach.name);
  const word = m?.[1] ?? attach.name;
  const known = kindOf(word);
  const refuse = (message: string, help: string): undefined => {
    const expected = 'a kind of `tinybpf list kinds`, such as fentry/NAME';
    findings.error('B0602', message, { span: attach.span, expected, help });
    return undefined;
  };
  if (known === undefined) {
    return refuse(
      `unknown kind of attach point \`${word}\``,
      didYouMean(word, ATTACH_KINDS) ?? 'write `program NAME : fentry/FUNCTION`',
    );
  }
  const written = m?.[2] ?? '';
  const info = kindInfo(known.kind);
  // A perf tracepoint has a category before its name, a function of user space its file: tp/bpf_trace/bpf_trace_printk, uprobe//bin/bash:readline.
  const hasPlace = isOnPerfEvent(known.kind) || isInUserSpace(known.kind);
  const bare = hasPlace ? written.replace(/^.*[/:]/, '') : written;
  const place = takesOffset(known.kind) ? OFFSET.exec(bare) : null;
  const offset = place === null ? 0 : offsetOf(place[2]!);
  if (offset === undefined)
    return refuse(
      `\`+${place![2]}\` is not an offset`,
      `write \`${word}/${place![1]}+8\`: bytes, 8 for each slot`,
    );
  return { ...known, target: written, on: `${info.prefix}${place?.[1] ?? bare}`, offset };
}
