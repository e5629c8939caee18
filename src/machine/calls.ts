import type { Registers } from '../isa/semantics/alu64.js';
import { BLOCKED, TAIL_CALL, type TimedCall, YIELD } from './leaf.js';
import type { Machine } from './machine.js';
import { clobberArguments, pushFrame, replaceFrame } from './stack.js';
import { Trap } from './trap.js';
import { WORDS_PER_SLOT } from './word.js';

/** What the interpreter's loop returns. */
export const STOP_DONE = 0;
export const STOP_BUDGET = 1;
export const STOP_BLOCKED = 2;
export const STOP_BREAK = 3;
export const STOP_YIELD = 4;
/** The instruction is one of a tracked function. */
export const STOP_TRACKED = 5;

function registerValue(w: Registers, i: number): bigint {
  return (BigInt(w[i + 1]! >>> 0) << 32n) | BigInt(w[i]! >>> 0);
}

/** Opens a frame for function `fn`; `next` is where the caller goes on. Both are indices into the code's words. */
export function call(m: Machine, r: number, next: number, fn: number): number {
  const { entries } = m.text;
  pushFrame(m.memory, r, entries[fn * 2 + 1]!, next / WORDS_PER_SLOT, fn);
  return entries[fn * 2]! * WORDS_PER_SLOT;
}

/** The function whose address is in a register. */
export function functionAt(m: Machine, w: Registers, d: number): number {
  const address = registerValue(w, d);
  const slot = m.text.slotOf(address);
  const fn = slot === undefined ? undefined : m.text.functionStartingAt(slot);
  if (fn === undefined) throw new Trap('bad_call', address, 0, 'call');
  return fn.index;
}

/** The slot `gotox` goes to: the register holds an address in the same function. */
export function indirectTarget(m: Machine, w: Registers, d: number, from: number): number {
  const address = registerValue(w, d);
  const slot = m.text.slotOf(address);
  const target = slot === undefined ? undefined : m.text.at(slot);
  if (slot === undefined || target === undefined || target.fn !== m.text.at(from)?.fn) {
    throw new Trap('bad_jump', address, 0, 'jump');
  }
  return slot;
}

/** What `callLeaf` returns other than a place to continue at. */
export const LEAF_DONE = -1;
export const LEAF_BLOCKED = -2;
export const LEAF_YIELD = -3;

/**
 * Runs a leaf, which puts its result into r0; after one that gives none r0 is 0. `LEAF_DONE`: go on after the call.
 * `LEAF_BLOCKED`: it has to be tried again. `LEAF_YIELD`: stop after the call. Anything else is the index into the
 * code's words of the beginning of the function that has taken over the caller's frame; `leafCall.target` says which
 * function that is.
 */
export function callLeaf(m: Machine, leafCall: TimedCall, r: number, index: number): number {
  const leaf = m.leaves[index];
  if (leaf === undefined) throw new Error(`no leaf ${index}`);
  leafCall.r = r;
  const { i32 } = m.memory;
  i32[r] = 0;
  i32[r + 1] = 0;
  const outcome = leaf.run(leafCall, leaf.parts);
  if (typeof outcome === 'number') leafCall.giveNumber(outcome);
  else if (outcome !== undefined && leaf.direct !== undefined) throw new Error(`${leaf.name} stops`);
  if (outcome === BLOCKED) return LEAF_BLOCKED;
  if (outcome === TAIL_CALL) {
    const { target } = leafCall;
    const { entries } = m.text;
    replaceFrame(m.memory, r, entries[target * 2 + 1]!, target);
    return entries[target * 2]! * WORDS_PER_SLOT;
  }
  clobberArguments(m.memory, r);
  return outcome === YIELD ? LEAF_YIELD : LEAF_DONE;
}

/** Instructions that linking replaces; the verifier and the linker let none of them through. */
export function unlinked(at: number): never {
  throw new Error(`unlinked instruction in slot ${at / WORDS_PER_SLOT}`);
}

export function noPacket(): never {
  throw new Trap('no_packet', 0n, 0, 'read');
}
