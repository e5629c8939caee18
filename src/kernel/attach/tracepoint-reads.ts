import { contextReadBeyond } from '../../verify/context-reads.js';
import { EACCES, EINVAL } from '../errno.js';
import type { Kernel, Program } from '../kernel.js';
import { placedInsns } from '../placed-insns.js';
import { isOnPerfEvent, kindInfo } from './kinds.js';
import { type Refused, refuse } from './refused.js';

/**
 * Why a program that reads more than its tracepoint gives cannot be attached, though Linux loads it: arguments of a raw one
 * (__bpf_probe_register, kernel/trace/bpf_trace.c), or bytes after the last field of the record (perf_event_set_bpf_prog,
 * kernel/events/core.c, and trace_event_get_offsets). Of one with types the verifier has said so.
 */
export function refuseReads(kernel: Kernel, program: Program, tracepoint: string): Refused | undefined {
  const { kind } = program.attach;
  if (kindInfo(kind).isTyped || kernel.hasUnknownArguments('tracepoint', tracepoint)) return undefined;
  const [size, what, errno, answer] = isOnPerfEvent(kind)
    ? ([kernel.records.get(tracepoint)!.layout.end, 'fields', EACCES, 'EACCES'] as const)
    : ([8 * kernel.tracepoints.get(tracepoint)!, 'arguments', EINVAL, 'EINVAL'] as const);
  if (contextReadBeyond(placedInsns(kernel, program), size) === undefined) return undefined;
  const message = `\`${program.name}\` reads beyond the ${what} of \`${tracepoint}\``;
  const notes = [`Linux loads it; it does not attach it, and answers -${answer}`];
  return refuse(program, errno, 'B0602', message, { notes });
}
