import type { Placement } from '../machine/text.js';
import { LEAF_CALL, opIdOf, WORDS_PER_SLOT } from '../machine/word.js';
import { isObject } from '../verify/calls/row.js';
import type { Called, Role, Unit } from '../verify/unit.js';
import { callRow } from './boot/callers.js';
import { POISON_LEAF } from './boot/symbols.js';
import type { Kernel } from './kernel.js';

const NOTHING: Called = { kind: 'other', args: 0, isVoid: false };

/** What a call calls, as it was linked. */
function calledBy(kernel: Kernel, { start, code }: Placement, slot: number): Called {
  const own = code.relocations.find((r) => r.kind === 'own_call' && r.slot === slot);
  if (own?.kind === 'own_call') return { kind: 'own', fn: own.fn };
  if (!code.relocations.some((r) => r.slot === slot)) return NOTHING;
  const { text, leaves } = kernel.machine;
  const at = (start + slot) * WORDS_PER_SLOT;
  const index = text.code[at + 2]!;
  const isLeaf = opIdOf(text.code[at]!) === LEAF_CALL;
  const name = isLeaf ? leaves[index]?.name : text.functions[index]?.name;
  if (name === undefined) return NOTHING;
  if (name === POISON_LEAF) return { kind: 'never' };
  // Of some, Linux checks fewer arguments than they take: those of a format are optional.
  const row = callRow(name);
  const args = row?.args.length ?? (isLeaf ? undefined : kernel.parameters.get(index));
  const context =
    row === undefined || !row.args.some((a) => a.type === 'callback')
      ? -1
      : row.args.findIndex((a) => a.type === 'stack_or_null');
  return {
    kind: 'other',
    args: args ?? 0,
    isVoid: row?.returns === 'void',
    ...(row !== undefined && isObject(row.returns) && { givesObject: true }),
    ...(context >= 0 && { callbackContext: context + 1 }),
  };
}

/** Code that was placed, with how it is entered, as what looks through it wants to have it. */
export function unitOf(
  kernel: Kernel,
  placement: Placement,
  entry: { readonly role: Role; readonly args: number },
): Unit {
  const { code } = placement;
  const callbacks = new Set(code.relocations.flatMap((r) => (r.kind === 'own_address' ? [r.target] : [])));
  const calls = new Map<number, Called>();
  return {
    functions: code.functions.map(({ start, end }, i) => {
      const insns = [];
      for (let slot = start; slot < end; slot += 1) {
        const insn = code.insnAt(slot);
        if (insn !== undefined) insns.push(insn);
      }
      const own = {
        role: callbacks.has(start) ? ('callback' as const) : ('own' as const),
        args: 0,
      };
      return { ...(i === 0 ? entry : own), start, insns };
    }),
    called(slot) {
      let called = calls.get(slot);
      if (called === undefined) {
        called = calledBy(kernel, placement, slot);
        calls.set(slot, called);
      }
      return called;
    },
  };
}
