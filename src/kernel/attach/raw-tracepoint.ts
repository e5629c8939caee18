import type { Insn } from '../../isa/insn.js';
import { contextReadBeyond } from '../../verify/context-reads.js';
import type { Kernel, Program } from '../kernel.js';
import { isOnPerfEvent, kindInfo } from './kinds.js';

/** The instructions of a program as they have been placed. */
export function placedInsns({ machine }: Kernel, { fn }: Program): readonly Insn[] {
  const { start, end } = machine.text.functions[fn]!;
  const insns: Insn[] = [];
  for (let slot = start; slot < end; slot += 1) {
    const placed = machine.text.at(slot);
    if (placed !== undefined) insns.push(placed.insn);
  }
  return insns;
}

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
