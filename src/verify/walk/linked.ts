import { CIRCLE32, CIRCLE64 } from '../range/arc.js';
import { constantWord, Scalar } from '../range/scalar.js';
import { addBits } from '../range/tnum.js';
import { wordOfNumber } from '../range/word.js';
import type { Register } from '../state/register.js';
import { isSpill } from '../state/slot.js';
import type { Linked, State } from '../state/state.js';
import { slotOfFrame } from './same.js';
import type { Walk } from './walk.js';

/** So many registers learn of each other (LINKED_REGS_MAX). */
const MAX_LINKED = 5;

/** A scalar that is about to be copied gets an id, so that what is learnt of one copy is learnt of the other. */
export function withId(walk: Walk, register: Register): Register {
  if (!register.isScalar) return register;
  const own = register.link === 0 ? register : register.alone();
  return own.id === 0 && !own.scalar.isConstant ? own.with({ id: walk.newId() }) : own;
}

const isTied = (register: Register, id: number): boolean => register.id === id && register.isScalar;

/** Adds one that is tied, or takes the tie off it where there are too many. */
function addTied(out: Linked[], register: Register, one: Linked): Register {
  if (out.length >= MAX_LINKED) return register.alone();
  out.push(one);
  return register;
}

/** Adds the registers and stack slots that hold the value of an id, or that plus a constant; those beyond the limit lose the tie. */
export function collectLinked(walk: Walk, id: number, out: Linked[]): void {
  const { state } = walk;
  for (let i = state.frames.length - 1; i >= 0; i--) {
    const { registers, stack } = state.frames[i]!;
    const live = walk.code.live[slotOfFrame(state, i)] ?? 0xffff;
    for (let j = 0; j < 10; j++) {
      const register = registers[j]!;
      if ((live & (1 << j)) === 0 || !isTied(register, id)) continue;
      registers[j] = addTied(out, register, { frame: i, isRegister: true, index: j });
    }
    for (let j = 0; j < stack.length; j++) {
      const slot = stack[j]!;
      if (!isTied(slot.spilled, id) || !isSpill(slot)) continue;
      const spilled = addTied(out, slot.spilled, { frame: i, isRegister: false, index: j });
      if (spilled !== slot.spilled) stack[j] = { ...slot, spilled };
    }
  }
}

/** What a register is if it is another one plus the difference of their deltas. */
function from(register: Register, known: Register): Register | undefined {
  if (!register.isScalar || register.id !== known.id) return undefined;
  if (register.link !== 0 && known.link !== 0 && register.link !== known.link) return undefined;
  if ((register.link === 0 && known.link === 0) || register.delta === known.delta) return known;
  const by = constantWord(wordOfNumber(register.delta - known.delta));
  const { scalar } = known;
  const sum = new Scalar(
    addBits(scalar.bits, by.bits),
    CIRCLE64.add(scalar.r64, by.r64),
    CIRCLE32.add(scalar.r32, by.r32),
  );
  const is32 = register.link === 32 || known.link === 32;
  return register.withScalar((is32 ? sum.zeroExtended() : sum).inStep()).withPrecise(known.precise);
}

/** Copies what was learnt of one register to those that are tied to it (sync_linked_regs). */
export function learnLinked(state: State, known: Register, tied: readonly Linked[], number: number): void {
  if (!known.isScalar || known.id === 0) return;
  for (const { frame: index, isRegister, index: at } of tied) {
    const frame = state.frames[index]!;
    if (isRegister) {
      if (index === state.frames.length - 1 && at === number) continue;
      const learnt = from(frame.register(at), known);
      if (learnt !== undefined) frame.registers[at] = learnt;
    } else {
      const slot = frame.slot(at);
      const learnt = from(slot.spilled, known);
      if (learnt !== undefined) frame.stack[at] = { ...slot, spilled: learnt };
    }
  }
}
