import type { AnyInsn, Insn } from '../isa/insn.js';
import { operation } from '../isa/table.js';
import type { Diagnostic } from '../text/diagnostic.js';
import { Findings } from '../text/findings.js';
import type { Machine } from './machine.js';
import { makeRelocatable, type Relocatable } from './relocatable.js';
import type { FunctionKind } from './text.js';
import { WORDS_PER_SLOT, wordOf } from './word.js';

/** What a name or number in an instruction stands for. */
export type Resolved =
  | { readonly kind: 'function'; readonly index: number }
  | { readonly kind: 'leaf'; readonly index: number }
  | { readonly kind: 'address'; readonly address: bigint };

/** What is written into an instruction in the place of a name: the first, third and last of its words. */
export interface Link {
  readonly word: number;
  readonly imm: number;
  readonly hi: number;
}

/** Tells what programs may call and name; each answer may be a diagnostic instead. */
export interface Resolver {
  /** What a name stands for where it may be used so; undefined where it may not, or where only the number is known. */
  named?(kind: 'call' | 'address', name: string, addend: bigint): Link | undefined;
  call(insn: Insn): Resolved | Diagnostic;
  address(insn: Insn): Resolved | Diagnostic;
}

/** Where code is to be placed, and as what. */
export interface PlaceRequest {
  readonly name: string;
  readonly kind: FunctionKind;
  readonly resolver: Resolver;
  /** The function's index, if it was declared before so that others could call it. */
  readonly index?: number;
}

export interface LoadRequest extends PlaceRequest {
  readonly insns: readonly AnyInsn[];
  /** Bytes of the area whose address r1 holds, for a guard's function. */
  readonly area?: number;
  /** Names of slots, for the program's own functions. */
  readonly labels?: ReadonlyMap<string, number>;
}

/** Where code has been placed. */
export interface Placed {
  readonly index: number;
  readonly slots: number;
}

const isDiagnostic = (r: Resolved | Diagnostic): r is Diagnostic => 'code' in r;

const LDDW = operation('lddw');
const CALL_FUNCTION = wordOf(operation('call_local'), 0, 0);
const CALL_LEAF = wordOf(operation('call'), 0, 0);

/** What is written of something that a name or number stands for. */
export function linkTo(resolved: Resolved): Link {
  switch (resolved.kind) {
    case 'function':
      return { word: CALL_FUNCTION, imm: resolved.index, hi: 0 };
    case 'leaf':
      return { word: CALL_LEAF, imm: resolved.index, hi: 0 };
    case 'address': {
      const { address } = resolved;
      return {
        word: LDDW.id,
        imm: Number(BigInt.asIntN(32, address)),
        hi: Number(BigInt.asIntN(32, address >> 32n)),
      };
    }
    default:
      return resolved satisfies never;
  }
}

/** Writes it into the instruction whose words begin at `at`. An address keeps the register and the offset. */
function write(words: Int32Array, at: number, { word, imm, hi }: Link): void {
  const isAddress = word === LDDW.id;
  words[at] = isAddress ? (words[at]! & ~0xff) | word : word;
  if (!isAddress) words[at + 1] = 0;
  words[at + 2] = imm;
  words[at + 3] = hi;
}

/** Checks a program and places it. Throws `InputError`; the machine cannot be used then. */
export function loadProgram(machine: Machine, request: LoadRequest): Placed {
  const { name, insns, area, labels, kind } = request;
  const findings = new Findings();
  const made = makeRelocatable({ name, insns, isInternal: kind !== 'program', area, labels }, findings);
  const placed = placeCode(machine, made, request, findings);
  findings.orThrow();
  return placed;
}

/**
 * Resolves what code names, and places it in the machine's text. It is placed all the same where a name cannot be
 * resolved, so that what else is wrong can be found; code with findings must not be run.
 */
export function placeCode(
  machine: Machine,
  code: Relocatable,
  request: PlaceRequest,
  findings: Findings,
): Placed {
  const { text } = machine;
  const { resolver } = request;
  const base = text.slots;
  const indices = code.functions.map(({ label }, i) => {
    if (i === 0 && request.index !== undefined) return request.index;
    return text.declare(i === 0 ? request.name : `${request.name}.${label}`, request.kind);
  });
  const words = text.append(code.words);
  for (const relocation of code.relocations) {
    const at = (base + relocation.slot) * WORDS_PER_SLOT;
    switch (relocation.kind) {
      case 'own_call':
        words[at + 2] = indices[relocation.fn]!;
        break;
      case 'own_address': {
        const address = text.addressOfSlot(base + relocation.target);
        write(words, at, linkTo({ kind: 'address', address }));
        break;
      }
      case 'call':
      case 'address': {
        const { kind, name, addend } = relocation;
        const link = name === undefined ? undefined : resolver.named?.(kind, name, addend);
        if (link !== undefined) {
          write(words, at, link);
          break;
        }
        const resolved = resolver[kind](code.insnAt(relocation.slot)!);
        if (isDiagnostic(resolved)) findings.add(resolved);
        else write(words, at, linkTo(resolved));
        break;
      }
      default:
        relocation satisfies never;
    }
  }
  text.place(code, indices);
  return { index: indices[0]!, slots: text.slots - base };
}
