import { endsFlow, targetSlot } from '../../isa/flow.js';
import { FORMS } from '../../isa/forms.js';
import { type Insn, registerOf, slotsOf } from '../../isa/insn.js';
import { R11 } from './lines.js';
import { REGISTER_ARGUMENTS } from './trampoline.js';

/** Registers that hold something before an instruction, bit n for rn: on every path to it, or on one at least. */
export interface Written {
  readonly always: number;
  readonly ever: number;
}

/** What a call leaves nothing in: r1 to r5, and r11, where further arguments are. */
const LOST = 0x3e | (1 << R11);
const RESULT = 1;

function after(insn: Insn, before: number): number {
  const { writes } = FORMS[insn.op.form];
  if (writes.some((use) => use === 1)) return (before & ~LOST) | RESULT;
  return writes.reduce((set, use) => set | (1 << registerOf(insn, use)), before);
}

/**
 * The registers that a function has written before each of its instructions, by slot; of those of its caller nothing is known. Without
 * an entry for what no path leads to.
 */
export function writtenBefore(insns: ReadonlyMap<number, Insn>, nargs: number): ReadonlyMap<number, Written> {
  const found = new Map<number, Written>();
  const more = nargs > REGISTER_ARGUMENTS ? 1 << R11 : 0;
  const args = (((2 << Math.min(REGISTER_ARGUMENTS, nargs)) - 1) & 0x3e) | more;
  const waiting: number[] = [];
  const reach = (slot: number, { always, ever }: Written): void => {
    const known = found.get(slot);
    const now = known ? { always: known.always & always, ever: known.ever | ever } : { always, ever };
    if (known !== undefined && known.always === now.always && known.ever === now.ever) return;
    found.set(slot, now);
    waiting.push(slot);
  };
  reach(0, { always: args, ever: args });
  for (let slot = waiting.pop(); slot !== undefined; slot = waiting.pop()) {
    const insn = insns.get(slot);
    if (insn === undefined) continue;
    const { always, ever } = found.get(slot)!;
    const left = { always: after(insn, always), ever: after(insn, ever) };
    const target = targetSlot(insn, slot);
    if (target !== undefined) reach(target, left);
    // A jump through a table may go anywhere in the function.
    if (FORMS[insn.op.form].flow === 'indirect') for (const any of insns.keys()) reach(any, left);
    if (!endsFlow(insn)) reach(slot + slotsOf(insn), left);
  }
  return found;
}
