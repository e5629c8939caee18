import type { Insn } from '../../isa/insn.js';
import { successors } from './successors.js';

/**
 * Numbers of the loops that instructions are in: those that can reach each other have one number from 1 up, all others 0 (strongly connected
 * components, found as Tarjan does it, without recursion).
 */
export function componentsOf(insns: readonly (Insn | undefined)[]): Int32Array {
  const components = new Int32Array(insns.length);
  const index = new Int32Array(insns.length);
  const low = new Int32Array(insns.length);
  const onStack = new Uint8Array(insns.length);
  const stack: number[] = [];
  let counter = 0;
  let loops = 0;
  const next = (slot: number): readonly number[] => {
    const insn = insns[slot];
    return insn === undefined ? [] : successors(insn, slot).filter((to) => to >= 0 && to < insns.length);
  };
  for (const [root, insn] of insns.entries()) {
    if (insn === undefined || index[root] !== 0) continue;
    const work = [{ slot: root, to: next(root), at: 0 }];
    for (let top = work.at(-1); top !== undefined; top = work.at(-1)) {
      const { slot } = top;
      if (top.at === 0 && index[slot] === 0) {
        index[slot] = low[slot] = ++counter;
        stack.push(slot);
        onStack[slot] = 1;
      }
      const to = top.to[top.at++];
      if (to !== undefined) {
        if (index[to] === 0) work.push({ slot: to, to: next(to), at: 0 });
        else if (onStack[to] === 1) low[slot] = Math.min(low[slot]!, index[to]!);
        continue;
      }
      work.pop();
      const above = work.at(-1);
      if (above !== undefined) low[above.slot] = Math.min(low[above.slot]!, low[slot]!);
      if (low[slot] !== index[slot]) continue;
      const members = stack.splice(stack.lastIndexOf(slot));
      const isLoop = members.length > 1 || next(slot).includes(slot);
      if (isLoop) loops++;
      for (const member of members) {
        onStack[member] = 0;
        if (isLoop) components[member] = loops;
      }
    }
  }
  return components;
}
