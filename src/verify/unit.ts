import { endsFlow, targetSlot } from '../isa/flow.js';
import { isCall } from '../isa/forms.js';
import { type Insn, slotsOf } from '../isa/insn.js';

/** What a call instruction calls. */
export type Called =
  /** A function of the same code, by its place. */
  | { readonly kind: 'own'; readonly fn: number }
  /** Something that always faults: nothing comes after it. */
  | { readonly kind: 'never' }
  /** Anything else: it takes so many arguments, and r0 holds nothing after it if it returns nothing. */
  | {
      readonly kind: 'other';
      readonly args: number;
      readonly isVoid: boolean;
      /** Its result is the address of an object of the kernel, of a type that BTF has. */
      readonly givesObject?: boolean;
      /** The argument that it hands to a callback as the last of its own. */
      readonly callbackContext?: number;
    };

/** How a function is entered and what it owes. */
export type Role =
  /** A program: r1 holds the context, r0 is the result. */
  | 'program'
  /** Called from the same code only: what the caller has in r1 to r5. */
  | 'own'
  /** Called by a helper, with arguments that it puts into r1 to r5; r0 is the result. */
  | 'callback'
  /** Called by anybody with so many arguments; need not return anything. */
  | 'function';

export interface CodeFunction {
  readonly role: Role;
  /** Arguments of a `function`. */
  readonly args: number;
  /** Slot of the first instruction. */
  readonly start: number;
  readonly insns: readonly Insn[];
}

/** Code that is looked at as a whole. */
export interface Unit {
  readonly functions: readonly CodeFunction[];
  /** What the call in a slot calls. */
  called(slot: number): Called;
}

/** How a function's instructions follow each other; each list has an entry for each of them. */
export interface FlowGraph {
  readonly slots: readonly number[];
  /** What it calls. */
  readonly calls: readonly (Called | undefined)[];
  /** Places of those that may come after it in the function: none after a call that always faults. */
  readonly next: readonly (readonly number[])[];
}

export function flowGraph({ insns, start }: CodeFunction, unit: Unit): FlowGraph {
  const slots: number[] = [];
  const bySlot = new Map<number, number>();
  let slot = start;
  insns.forEach((insn, i) => {
    slots.push(slot);
    bySlot.set(slot, i);
    slot += slotsOf(insn);
  });
  const calls = insns.map((insn, i) => (isCall(insn.op.form) ? unit.called(slots[i]!) : undefined));
  const next = insns.map((insn, i) => {
    const target = targetSlot(insn, slots[i]!);
    const to = target === undefined ? undefined : bySlot.get(target);
    const ends = endsFlow(insn) || calls[i]?.kind === 'never' || i + 1 >= insns.length;
    return [...(to === undefined ? [] : [to]), ...(ends ? [] : [i + 1])];
  });
  return { slots, calls, next };
}
