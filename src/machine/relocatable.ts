import { type AnyInsn, type Insn, slotsOf } from '../isa/insn.js';
import type { Findings } from '../text/findings.js';
import { checkArea } from '../verify/area.js';
import { frameSize, MAX_FRAME } from '../verify/frame.js';
import { checkStructure } from '../verify/structure.js';
import { splitSubprograms } from '../verify/subprograms.js';
import { WORDS_PER_SLOT, wordOf } from './word.js';

/** A function in relocatable code: slots from `start` to before `end`, counted from the code's first. */
export interface RelocatableFunction {
  /** The label it begins at; its slot where it has none. The first function has the name of the whole. */
  readonly label: string;
  readonly start: number;
  readonly end: number;
  /** Bytes its frame takes, a multiple of 8. */
  readonly frameSize: number;
}

/** Something that depends on where code and data lie: what is to be written into an instruction when it is placed. */
export type Relocation =
  /** A call of one of the code's own functions, by its place in `functions`. */
  | { readonly kind: 'own_call'; readonly slot: number; readonly fn: number }
  /** The address of one of the code's own slots. */
  | { readonly kind: 'own_address'; readonly slot: number; readonly target: number }
  /** Something by its name, or by a number that the instruction holds; `addend` is added to an address. */
  | {
      readonly kind: 'call' | 'address';
      readonly slot: number;
      readonly name: string | undefined;
      readonly addend: bigint;
    };

/**
 * Code that has been checked and cut into functions and can be placed in any machine's text, as often as one likes: what
 * an object file is to a linker.
 */
export interface Relocatable {
  readonly functions: readonly RelocatableFunction[];
  /** As in `Text.code`, before relocation. */
  readonly words: Int32Array;
  readonly relocations: readonly Relocation[];
  /** The instruction in a slot, as written; undefined for the second slot of a wide one. */
  readonly insnAt: (slot: number) => Insn | undefined;
}

export interface RelocatableRequest {
  /** For messages. */
  readonly name: string;
  readonly insns: readonly AnyInsn[];
  /** Whether instructions are allowed that only the emulated kernel has. */
  readonly isInternal: boolean;
  /** Whether it may use more stack than a program, as what the kernel makes of a function with breakpoints does. */
  readonly isUnbounded?: boolean;
  /** Bytes of the area whose address r1 holds, for a guard's function. */
  readonly area?: number | undefined;
  /** Names of slots, for the code's own functions. */
  readonly labels?: ReadonlyMap<string, number> | undefined;
}

function relocationOf(
  insn: Insn,
  slot: number,
  functionAt: ReadonlyMap<number, number>,
): Relocation | undefined {
  const { form } = insn.op;
  if (form === 'call_local' && insn.ref === undefined)
    return { kind: 'own_call', slot, fn: functionAt.get(slot + 1 + insn.imm)! };
  if (insn.op.name === 'lddw_func' && insn.ref === undefined)
    return { kind: 'own_address', slot, target: slot + 1 + insn.imm };
  const named = { slot, name: insn.ref?.name, addend: insn.ref?.addend ?? 0n };
  if (form === 'call_helper' || form === 'call_local' || form === 'call_kfunc')
    return { kind: 'call', ...named };
  if ((form === 'wide' && insn.ref !== undefined) || form === 'pseudo') return { kind: 'address', ...named };
  return undefined;
}

/** Checks code and cuts it into functions. Where there are findings, placeholders are in the place of what is at fault. */
export function makeRelocatable(request: RelocatableRequest, findings: Findings): Relocatable {
  const checked = checkStructure(request.insns, { internal: request.isInternal }, findings);
  const parts = splitSubprograms(checked, findings);
  const frames = parts.map((part) => frameSize(part.insns));
  parts.forEach((part, i) => {
    const { size, deepest } = frames[i]!;
    if (size > MAX_FRAME && request.isUnbounded !== true) {
      findings.error('B0506', `${request.name} uses ${-deepest} bytes of stack`, {
        span: part.insns[0]?.span,
        expected: `at most ${MAX_FRAME}`,
        help: 'keep large data in a map',
      });
    }
  });
  if (request.area !== undefined) checkArea(parts[0]?.insns ?? [], request.area, findings);

  const named = new Map([...(request.labels ?? [])].map(([name, slot]) => [slot, name]));
  const slots = checked.reduce((n, insn) => n + slotsOf(insn), 0);
  const words = new Int32Array(slots * WORDS_PER_SLOT);
  const insns = new Array<Insn | undefined>(slots).fill(undefined);
  const relocations: Relocation[] = [];
  const functionAt = new Map(parts.map((part, i) => [part.start, i]));
  let slot = 0;
  for (const insn of checked) {
    const at = slot * WORDS_PER_SLOT;
    words[at] = wordOf(insn.op, insn.dst, insn.src);
    words[at + 1] = insn.off;
    words[at + 2] = insn.imm;
    words[at + 3] = insn.hi;
    insns[slot] = insn;
    const relocation = relocationOf(insn, slot, functionAt);
    if (relocation !== undefined) relocations.push(relocation);
    slot += slotsOf(insn);
  }
  const functions = parts.map((part, i) => ({
    label: named.get(part.start) ?? String(part.start),
    start: part.start,
    end: parts[i + 1]?.start ?? slots,
    frameSize: frames[i]!.size,
  }));
  return { functions, words, relocations, insnAt: (s) => insns[s] };
}
