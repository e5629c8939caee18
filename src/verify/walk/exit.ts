import { kindOf, returnRange, returnsVoid } from '../kinds.js';
import type { Scalar } from '../range/scalar.js';
import { S64_MAX, S64_MIN } from '../range/words.js';
import type { ResultRange } from '../state/frame.js';
import { returnsNothing } from './global.js';
import { findEntry, widen } from './loops.js';
import { markPrecise } from './precision.js';
import { refuse } from './refused.js';
import type { Walk } from './walk.js';

function isWithin(scalar: Scalar, { min, max, is32 }: ResultRange): boolean {
  const [from, to] = is32 ? [scalar.smin32, scalar.smax32] : [scalar.smin, scalar.smax];
  return min <= from && to <= max;
}

/** Bounds that are those of any number are not said. */
function badResult({ smin, smax }: Scalar, range: ResultRange, when: string): string {
  const bounds = [
    ...(smin > S64_MIN ? [` smin=${smin}`] : []),
    ...(smax < S64_MAX ? [` smax=${smax}`] : []),
  ].join('');
  const has = bounds === '' ? ' has unknown scalar value' : ` has${bounds}`;
  return `${when} the register R0${has} should have been in [${range.min}, ${range.max}]`;
}

function checkRange(walk: Walk, range: ResultRange, when: string): void {
  const { scalar } = walk.register(0);
  markPrecise(walk, 0);
  if (!isWithin(scalar, range)) refuse('EINVAL', badResult(scalar, range, when));
}

/** What a program may give back (check_return_code). */
function checkResult(walk: Walk): void {
  const [frame] = walk.state.frames;
  if (frame === undefined) throw new Error('a state without a frame');
  if (!frame.inAsyncCallback && returnsVoid(walk.request)) return;
  const result = walk.read(0);
  if (walk.leaks(result)) refuse('EACCES', 'R0 leaks addr as return value');
  const when = frame.inAsyncCallback ? 'At async callback return' : 'At program exit';
  const range = frame.inAsyncCallback ? frame.callbackRange : rangeOf(walk);
  if (range === undefined) return;
  if (!result.isScalar) {
    refuse('EINVAL', `${when} the register R0 is not a known value (${result.type})`);
  }
  checkRange(walk, range, when);
}

function rangeOf(walk: Walk): ResultRange | undefined {
  const range = returnRange(walk.request);
  if (range === undefined) return undefined;
  const is32 = kindOf(walk.request)?.target === 'hook';
  return { min: BigInt(range.min), max: BigInt(range.max), is32 };
}

/** A function that is verified by itself gives a number, if anything. */
function checkGlobalResult(walk: Walk): void {
  if (returnsNothing(walk, walk.state.frame.subprogram)) return;
  const result = walk.read(0);
  if (result.kind === 'arena') return;
  if (walk.leaks(result)) refuse('EACCES', 'R0 leaks addr as return value');
  if (!result.isScalar) {
    refuse('EINVAL', `At subprogram exit the register R0 is not a scalar value (${result.type})`);
  }
}

/** What has to be given back before the program ends, or goes where it cannot be any more (check_resource_leak). */
export function checkResources(walk: Walk, what: string, checksLocks: boolean): void {
  const { state } = walk;
  if (checksLocks && state.activeLocks > 0) {
    refuse('EINVAL', `${what} cannot be used inside bpf_spin_lock-ed region`);
  }
  const isLast = state.frames.length === 1;
  const lost = isLast ? state.references.filter((r) => r.kind === 'pointer') : [];
  if (lost.length > 0) {
    refuse('EINVAL', ...lost.map((r) => `Unreleased reference id=${r.id} alloc_insn=${r.slot}`));
  }
  if (!checksLocks) return;
  const regions = [
    [state.irq > 0, 'bpf_local_irq_save'],
    [state.rcuLocks > 0, 'bpf_rcu_read_lock'],
    [state.preemptLocks > 0, 'bpf_preempt_disable'],
  ] as const;
  for (const [isHeld, name] of regions) {
    if (isHeld) refuse('EINVAL', `${what} cannot be used inside ${name}-ed region`);
  }
}

/** Back to the caller, or to the helper that has called back (prepare_func_exit). */
export function leaveFunction(walk: Walk): void {
  const { state } = walk;
  const callee = state.frame;
  const caller = state.frames.at(-2);
  if (caller === undefined) throw new Error('no function to go back to');
  const result = callee.register(0);
  if (result.kind === 'stack') refuse('EINVAL', 'cannot return stack pointer to the caller');
  if (callee.inCallback) {
    if (!result.isScalar) refuse('EACCES', 'R0 not a scalar value');
    checkRange(walk, callee.callbackRange, 'At callback return');
  } else {
    caller.registers[0] = result;
  }
  walk.slot = callee.inCallback ? callee.callsite : callee.callsite + 1;
  walk.log?.writeFrames(state, [
    ['returning from callee:', callee],
    [`to caller at ${walk.slot}:`, caller],
  ]);
  state.leave();
  if (callee.inCallback) {
    const entry = findEntry(walk, state, walk.slot);
    if (entry !== undefined) widen(entry, state);
  }
}

/** The end of a function; true if it is the end of the path (process_bpf_exit_full). */
export function exit(walk: Walk): boolean {
  const { state } = walk;
  checkResources(walk, 'BPF_EXIT instruction in main prog', state.frames.length === 1);
  if (state.frames.length > 1) {
    leaveFunction(walk);
    return false;
  }
  const { frame } = state;
  const isGlobal = frame.subprogram !== 0 && !frame.inAsyncCallback;
  if (isGlobal) checkGlobalResult(walk);
  else checkResult(walk);
  return true;
}
