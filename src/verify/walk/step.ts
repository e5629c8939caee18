import { FORMS } from '../../isa/forms.js';
import type { Insn } from '../../isa/insn.js';
import { isBefore } from '../series.js';
import { alu } from './alu.js';
import { callSubprogram } from './call.js';
import { calledRow } from './code.js';
import { exit } from './exit.js';
import { callHelper } from './helper.js';
import { conditional } from './jump.js';
import { callKfunc } from './kfunc.js';
import { memoryInstruction, packetLoad, wideLoad } from './load.js';
import { isKnown } from './prune.js';
import { NotJudged, Refused, refuse } from './refused.js';
import { leaveLoop } from './rounds.js';
import type { Walk } from './walk.js';

/** Instructions that are walked at most (BPF_COMPLEXITY_LIMIT_INSNS). */
const MAX_WALKED = 1_000_000;

/** Whether a call may be made with a lock held; what is not known here is not refused for that. */
function mayCallUnderLock(walk: Walk, insn: Insn): boolean {
  const { series } = walk.request;
  if (insn.op.form === 'call_local') return series.callsUnderLock;
  const flags = calledRow(walk.request, insn)?.flags;
  if (insn.op.form === 'call_helper') return flags?.has('with_lock') ?? false;
  // Loops over numbers may since Linux 6.14 (kfunc_spin_allowed).
  return flags === undefined || (flags.has('with_lock') && !isBefore(series.release, '6.14'));
}

function call(walk: Walk, insn: Insn): void {
  if (walk.state.activeLocks > 0 && !mayCallUnderLock(walk, insn)) {
    refuse('EINVAL', 'function calls are not allowed while holding a lock');
  }
  switch (insn.op.form) {
    case 'call_local':
      callSubprogram(walk, insn);
      return;
    case 'call_kfunc':
      callKfunc(walk, insn);
      return;
    default:
      callHelper(walk, insn);
      return;
  }
}

/** Walks one instruction; true if the path ends with it. */
function step(walk: Walk, insn: Insn): boolean {
  switch (insn.op.form) {
    case 'mov_imm':
    case 'mov_reg':
    case 'alu_imm':
    case 'alu_reg':
    case 'neg':
    case 'extend':
    case 'swap':
      alu(walk, insn);
      walk.slot++;
      return false;
    case 'load':
    case 'store_imm':
    case 'store_reg':
    case 'lock':
    case 'fetch':
    case 'xchg':
    case 'cmpxchg':
    case 'acquire':
    case 'release':
      memoryInstruction(walk, insn);
      walk.slot++;
      return false;
    case 'wide':
    case 'pseudo':
      wideLoad(walk, insn);
      walk.slot += 2;
      return false;
    case 'packet_abs':
    case 'packet_ind':
      packetLoad(walk, insn);
      return false;
    case 'goto':
      walk.jumps++;
      walk.slot += 1 + insn.off;
      return false;
    case 'gotol':
      walk.jumps++;
      walk.slot += 1 + insn.imm;
      return false;
    case 'may_goto':
    case 'jump_imm':
    case 'jump_reg':
      walk.jumps++;
      conditional(walk, insn);
      walk.log?.writeState(walk.slot, walk.state);
      return false;
    case 'call_helper':
    case 'call_local':
    case 'call_kfunc':
      walk.jumps++;
      call(walk, insn);
      return false;
    case 'exit':
      walk.jumps++;
      return exit(walk);
    case 'gotox':
    case 'callx':
    case 'cast':
    case 'percpu':
    case 'this_cpu':
    case 'this_cpu_fetch':
      throw new NotJudged(insn.op.name);
    default:
      return insn.op.form satisfies never;
  }
}

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
  const insn = walk.code.insns[walk.previous];
  const isBranch = insn !== undefined && FORMS[insn.op.form].flow === 'branch';
  if (isBranch && insn.off !== 0) {
    walk.path.add({
      slot: walk.previous,
      isTaken: walk.slot === walk.previous + 1 + insn.off,
      dst: walk.register(insn.dst),
      src: walk.register(insn.src),
    });
  }
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
      if (walk.code.points.jumps[slot] === 1) walk.note({});
      walk.from = slot;
      walk.log?.writeState(slot, state);
      if (insn !== undefined) walk.log?.writeInstruction(slot, insn);
      const fault = walk.code.faults.get(slot);
      if (fault !== undefined) refuse(fault.errno, fault.message);
      if (insn === undefined) throw new NotJudged(`no instruction at ${slot}`);
      ends = (state.speculative && walk.barriers.has(slot)) || stepAhead(walk, insn);
    }
    if (!ends) continue;
    endPath(walk);
    if (!walk.resume()) return;
  }
}
