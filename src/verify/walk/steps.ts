import type { Form } from '../../isa/forms.js';
import type { Insn } from '../../isa/insn.js';
import { isBefore } from '../series.js';
import { binary, move, moveNumber, unary } from './alu.js';
import { callSubprogram } from './call.js';
import { exit } from './exit.js';
import { callHelper } from './helper.js';
import { conditional } from './jump.js';
import { callKfunc } from './kfunc.js';
import {
  load,
  loadAcquire,
  packetLoad,
  storeNumber,
  storeRegister,
  storeRelease,
  update,
  wideLoad,
} from './load.js';
import { NotJudged, refuse } from './refused.js';
import type { Walk } from './walk.js';

/** Walks one instruction; true if the path ends with it. */
export type Step = (walk: Walk, insn: Insn) => boolean;

/** What goes on with the instruction after it, so many slots further. */
const onwards =
  (carryOut: (walk: Walk, insn: Insn) => void, slots: 1 | 2 = 1): Step =>
  (walk, insn) => {
    carryOut(walk, insn);
    walk.slot += slots;
    return false;
  };

/** What says itself where it goes on. */
const jump =
  (carryOut: (walk: Walk, insn: Insn) => void): Step =>
  (walk, insn) => {
    walk.jumps++;
    carryOut(walk, insn);
    return false;
  };

const branch = jump((walk, insn) => {
  conditional(walk, insn);
  walk.log?.writeState(walk.slot, walk.state);
});

/** Whether a call may be made with a lock held; what is not known here is not refused for that. */
function mayCallUnderLock(walk: Walk, insn: Insn): boolean {
  const { series } = walk.request;
  if (insn.op.form === 'call_local') return series.callsUnderLock;
  const flags = walk.code.calls[walk.slot]?.flags;
  if (insn.op.form === 'call_helper') return flags?.has('with_lock') ?? false;
  // Loops over numbers may since Linux 6.14 (kfunc_spin_allowed).
  return flags === undefined || (flags.has('with_lock') && !isBefore(series.release, '6.14'));
}

const call = (callee: (walk: Walk, insn: Insn) => void): Step =>
  jump((walk, insn) => {
    if (walk.state.activeLocks > 0 && !mayCallUnderLock(walk, insn)) {
      refuse('EINVAL', 'function calls are not allowed while holding a lock');
    }
    callee(walk, insn);
  });

const packet: Step = (walk, insn) => {
  packetLoad(walk, insn);
  return false;
};

const notJudged: Step = (_, insn) => {
  throw new NotJudged(insn.op.name);
};

/** How instructions of each form are walked. */
export const STEPS: Readonly<Record<Form, Step>> = {
  mov_imm: onwards(moveNumber),
  mov_reg: onwards(move),
  extend: onwards(move),
  alu_imm: onwards(binary),
  alu_reg: onwards(binary),
  neg: onwards(unary),
  swap: onwards(unary),
  load: onwards(load),
  store_imm: onwards(storeNumber),
  store_reg: onwards(storeRegister),
  lock: onwards(update),
  fetch: onwards(update),
  xchg: onwards(update),
  cmpxchg: onwards(update),
  acquire: onwards(loadAcquire),
  release: onwards(storeRelease),
  wide: onwards(wideLoad, 2),
  pseudo: onwards(wideLoad, 2),
  packet_abs: packet,
  packet_ind: packet,
  goto: jump((walk, insn) => {
    walk.slot += 1 + insn.off;
  }),
  gotol: jump((walk, insn) => {
    walk.slot += 1 + insn.imm;
  }),
  may_goto: branch,
  jump_imm: branch,
  jump_reg: branch,
  call_helper: call(callHelper),
  call_local: call(callSubprogram),
  call_kfunc: call(callKfunc),
  exit: (walk) => {
    walk.jumps++;
    return exit(walk);
  },
  gotox: notJudged,
  callx: notJudged,
  cast: notJudged,
  percpu: notJudged,
  this_cpu: notJudged,
  this_cpu_fetch: notJudged,
};
