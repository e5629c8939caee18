import type { Insn } from '../../isa/insn.js';
import { isBefore } from '../series.js';
import { isKnown } from './prune.js';
import { NotJudged, Refused, refuse } from './refused.js';
import { leaveLoop } from './rounds.js';
import { STEPS } from './steps.js';
import type { Walk } from './walk.js';

/** Instructions that are walked at most (BPF_COMPLEXITY_LIMIT_INSNS). */
const MAX_WALKED = 1_000_000;

/** All paths from a state are walked: so are those from the states that it came from, if nothing else waits there. */
function endPath(walk: Walk): void {
  for (let state = walk.state.parent; state !== undefined; state = state.parent) {
    state.branches--;
    if (state.branches > 0) return;
    leaveLoop(walk, state);
  }
}

/** Error numbers of what a barrier in the program can prevent. */
const PREVENTABLE = new Set(['EPERM', 'EACCES', 'EINVAL']);

/**
 * Walks one instruction. What is wrong only where a processor runs ahead does not refuse the program since Linux 6.17: it gets a barrier there,
 * and the path ends.
 */
function stepAhead(walk: Walk, insn: Insn): boolean {
  const { state, slot } = walk;
  const step = STEPS[insn.op.form];
  if (!state.speculative || isBefore(walk.request.series.release, '6.17')) return step(walk, insn);
  try {
    return step(walk, insn);
  } catch (error) {
    if (!(error instanceof Refused) || !PREVENTABLE.has(error.errno)) throw error;
    walk.barriers.add(slot);
    return true;
  }
}

/** Notes which way the path went at a conditional jump, if the ways differ. */
function remember(walk: Walk): void {
  const { previous, code } = walk;
  const insn = previous < 0 || code.points.branches[previous] !== 1 ? undefined : code.insns[previous];
  if (insn === undefined) return;
  walk.path.add({
    slot: previous,
    isTaken: walk.slot === previous + 1 + insn.off,
    dst: walk.register(insn.dst),
    src: walk.register(insn.src),
  });
}

/** Walks all paths from where the walk is (do_check). */
export function walkPaths(walk: Walk): void {
  for (;;) {
    const { state, slot } = walk;
    walk.entry = undefined;
    walk.previous = walk.from;
    const insn = walk.code.insns[slot];
    if (++walk.processed > MAX_WALKED) {
      refuse('E2BIG', `BPF program is too large. Processed ${walk.processed} insn`);
    }
    state.lastSlot = walk.previous;
    state.slot = slot;
    remember(walk);
    let ends = walk.code.points.prunes[slot] === 1 && isKnown(walk);
    if (ends) walk.log?.write(`${slot}: safe`);
    if (!ends) {
      if (walk.code.points.jumps[slot] === 1) walk.note();
      walk.from = slot;
      walk.log?.writeState(slot, state);
      if (insn !== undefined) walk.log?.writeInstruction(slot, insn);
      const { faults } = walk.code;
      const fault = faults.size === 0 ? undefined : faults.get(slot);
      if (fault !== undefined) refuse(fault.errno, fault.message);
      if (insn === undefined) throw new NotJudged(`no instruction at ${slot}`);
      ends = (state.speculative && walk.barriers.has(slot)) || stepAhead(walk, insn);
    }
    if (!ends) continue;
    endPath(walk);
    if (!walk.resume()) return;
  }
}
