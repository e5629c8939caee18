import { contextReadBeyond } from '../../verify/context-reads.js';
import type { Kernel, Program } from '../kernel.js';
import { placedInsns } from '../placed-insns.js';
import { isOnPerfEvent, kindInfo } from './kinds.js';

/**
 * Whether a raw tracepoint program reads arguments that its tracepoint has not got: Linux loads it, and does not attach it
 * (__bpf_probe_register, kernel/trace/bpf_trace.c). Of one with types the verifier has said so.
 */
export function readsBeyondArguments(kernel: Kernel, program: Program, tracepoint: string): boolean {
  const { kind } = program.attach;
  const { site, isTyped } = kindInfo(kind);
  if (site !== 'tracepoint' || isTyped || isOnPerfEvent(kind)) return false;
  if (kernel.hasUnknownArguments('tracepoint', tracepoint)) return false;
  const size = 8 * kernel.tracepoints.get(tracepoint)!;
  return contextReadBeyond(placedInsns(kernel, program), size) !== undefined;
}
