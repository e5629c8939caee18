// cspell:disable: names as the kernel spells them.
import { kindInfo } from '../kernel/attach/kinds.js';
import { type AttachPoint, formatAttachPoint } from '../kernel/attach/point.js';
import type { OfLab } from './declared.js';

/**
 * The groups of the emulated kernel's tracepoints (TRACE_SYSTEM in include/trace/events), without which libbpf does not
 * attach a `tp` program.
 */
const GROUPS: Readonly<Record<string, string>> = {
  bpf_trace_printk: 'bpf_trace',
  bpf_trigger_tp: 'bpf_test_run',
  nmi_handler: 'nmi',
};

/** @internal */
export const groupOf = (tracepoint: string): string | undefined => GROUPS[tracepoint];

/** Why a kernel could not attach a program; undefined if it has what the program is attached to. */
export function refuseTarget(point: AttachPoint, { functions, tracepoints }: OfLab): string | undefined {
  const { site } = kindInfo(point.kind);
  if (site === 'tracepoint' && tracepoints.has(point.on))
    return `it is attached to \`${point.on}\`, a tracepoint of the lab`;
  if ((site === 'trampoline' || site === 'probe') && functions.has(point.on))
    return `it is attached to \`${point.on}\`, a function of the lab`;
  if (point.kind === 'iter' && point.target === '') return 'it does not say what it iterates over';
  return undefined;
}

/** The name of a program's section, as libbpf reads it. */
export function sectionOf(point: AttachPoint): string {
  const group = point.kind === 'tp' && !point.target.includes('/') ? groupOf(point.target) : undefined;
  return group === undefined
    ? formatAttachPoint(point)
    : formatAttachPoint({ ...point, target: `${group}/${point.target}` });
}
