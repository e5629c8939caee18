import type { RawSlot } from '../../isa/decode.js';
import type { Refusal } from '../request.js';
import type { Series } from '../series.js';
import {
  CLASS,
  classOf,
  hasRegister,
  isFunctionLoad,
  isJump,
  isLocalCall,
  isWide,
  JUMP,
  jumpDistance,
  operationOf,
} from './raw.js';
import { localCalls, type Subprogram } from './subprograms.js';

/** Slots to which control may go from one, called functions among them (visit_insn, kernel/bpf/cfg.c). */
function successors(raw: RawSlot, slot: number): readonly number[] {
  const next = slot + (isWide(raw) ? 2 : 1);
  if (isFunctionLoad(raw) || isLocalCall(raw)) return [next, slot + 1 + raw.imm];
  if (!isJump(raw)) return [next];
  switch (operationOf(raw)) {
    case JUMP.exit:
      return [];
    case JUMP.call:
      return [next];
    case JUMP.ja:
      return hasRegister(raw) && classOf(raw) === CLASS.jmp ? [] : [slot + 1 + jumpDistance(raw)];
    default:
      return [next, slot + 1 + jumpDistance(raw)];
  }
}

const refused = (message: string, slot: number): Refusal => ({ errno: 'EINVAL', message, slot });

/** A call that leads back to a function that is being followed: 6.1 takes it for a jump back, which calls may not be. */
function findBackEdge(raws: readonly RawSlot[]): Refusal | undefined {
  const state = new Uint8Array(raws.length);
  const path: { readonly slot: number; readonly next: number[] }[] = [];
  const enter = (slot: number): void => {
    state[slot] = 1;
    path.push({ slot, next: [...successors(raws[slot]!, slot)] });
  };
  enter(0);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const to = top.next.shift();
    if (to === undefined) {
      state[top.slot] = 2;
      path.pop();
    } else if (to < raws.length && state[to] === 0) enter(to);
    else if (state[to] === 1 && isLocalCall(raws[top.slot]!) && to === top.slot + 1 + raws[top.slot]!.imm)
      return refused(`back-edge from insn ${top.slot} to ${to}`, top.slot);
  }
  return undefined;
}

/**
 * Whether every instruction can be reached and no jump leads into the second half of another (bpf_check_cfg). Jumps must stay in
 * the program.
 */
export function refuseFlow(series: Series, raws: readonly RawSlot[]): Refusal | undefined {
  const isReached = new Uint8Array(raws.length);
  const open = [0];
  for (let slot = open.pop(); slot !== undefined; slot = open.pop()) {
    if (isReached[slot] === 1) continue;
    isReached[slot] = 1;
    for (const to of successors(raws[slot]!, slot)) {
      if (to >= raws.length) return refused(`jump out of range from insn ${slot} to ${to}`, slot);
      open.push(to);
    }
  }
  const backEdge = series.recursion === 'back-edge' ? findBackEdge(raws) : undefined;
  if (backEdge !== undefined) return backEdge;
  for (let slot = 0; slot < raws.length; slot += 1) {
    if (isReached[slot] === 0) return refused(`unreachable insn ${slot}`, slot);
    if (!isWide(raws[slot]!)) continue;
    if (isReached[slot + 1] === 1) return refused(`jump into the middle of ldimm64 insn ${slot}`, slot);
    slot += 1;
  }
  return undefined;
}

/** A function that calls itself, over others or not (sort_subprogs_topo, kernel/bpf/verifier.c). */
export function refuseRecursion(
  raws: readonly RawSlot[],
  subprograms: readonly Subprogram[],
): Refusal | undefined {
  const callees = localCalls(raws, subprograms);
  const state = subprograms.map(() => 0);
  const visit = (from: number): Refusal | undefined => {
    state[from] = 1;
    for (const { slot, to, isDirect } of callees[from]!) {
      if (state[to] === 1 && isDirect) {
        const names = [from, to].map((i) => `${subprograms[i]!.name}()`);
        return refused(`recursive call from ${names[0]} to ${names[1]}`, slot);
      }
      const found = state[to] === 0 ? visit(to) : undefined;
      if (found !== undefined) return found;
    }
    state[from] = 2;
    return undefined;
  };
  for (const i of subprograms.keys()) {
    const found = state[i] === 0 ? visit(i) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
