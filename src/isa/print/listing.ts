import { hexByte } from '../../text/numbers.js';
import { swapByteOrder } from '../byte-order.js';
import { encodeProgram } from '../encode.js';
import { targetSlot } from '../flow.js';
import { type AnyInsn, slotsOf } from '../insn.js';
import { printKernel } from './kernel.js';
import { printLlvm } from './llvm.js';
import { printMnemonic } from './mnemonic.js';

export type Style = 'llvm' | 'kernel' | 'mnemonic';

export interface Listing {
  readonly style: Style;
  /** w registers for 32-bit loads and stores, as llvm-objdump prints with `--mcpu=v3`. */
  readonly alu32: boolean;
  /** Style `llvm` only: the column of bytes. Without it the text alone gives the same bytes again. */
  readonly bytes: boolean;
  /** The bytes are shown as a big-endian object has them. */
  readonly isBigEndian?: boolean;
  /** Names of slots: printed as headers, and after jump targets. */
  readonly symbols?: ReadonlyMap<number, string>;
}

function unknownText(bytes: Uint8Array, listing: Listing): string {
  if (listing.style === 'kernel') return `BUG_${hexByte(bytes[0] ?? 0)}`;
  if (listing.style === 'llvm' && listing.bytes) return '<unknown>';
  return `.byte ${[...bytes].map((b) => `0x${hexByte(b)}`).join(', ')}`;
}

/** One instruction as text in the style asked for. */
export function printInsn(insn: AnyInsn, listing: Listing): string {
  if (insn.op === undefined) return unknownText(insn.bytes, listing);
  switch (listing.style) {
    case 'llvm':
      return printLlvm(insn, { alu32: listing.alu32, exact: !listing.bytes });
    case 'kernel':
      return printKernel(insn);
    case 'mnemonic':
      return printMnemonic(insn);
    default:
      return listing.style satisfies never;
  }
}

/** `<name+0x10>` after a jump, as llvm-objdump prints it: the nearest symbol before the target, distance in bytes. */
function annotation(target: number, ascending: readonly (readonly [number, string])[]): string {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]![0] <= target) low = middle + 1;
    else high = middle;
  }
  const best = ascending[low - 1];
  if (best === undefined) return '';
  const [at, name] = best;
  return at === target ? ` <${name}>` : ` <${name}+0x${((target - at) * 8).toString(16)}>`;
}

/** The line of one instruction; `suffix` is what follows a jump, `isIndented` sets it off from symbols where that is not a column. */
export function listInsn(
  insn: AnyInsn,
  slot: number,
  listing: Listing,
  suffix: string,
  isIndented: boolean,
): string {
  const text = printInsn(insn, listing);
  const encoded = encodeProgram([insn]);
  const bytes = listing.isBigEndian === true ? swapByteOrder(encoded) : encoded;
  if (listing.style === 'llvm' && listing.bytes)
    return `${String(slot).padStart(8)}:\t${[...bytes].map(hexByte).join(' ')}\t${text}${suffix}`;
  if (listing.style === 'kernel') return `${String(slot).padStart(4)}: (${hexByte(bytes[0] ?? 0)}) ${text}`;
  return isIndented ? `    ${text}` : text;
}

/** A program as lines of text, one for each instruction; symbol headers and addresses where the style has them. */
export function listProgram(insns: readonly AnyInsn[], listing: Listing): string[] {
  const lines: string[] = [];
  const symbols = [...(listing.symbols ?? [])].sort(([a], [b]) => a - b);
  let slot = 0;
  for (const insn of insns) {
    const symbol = listing.symbols?.get(slot);
    if (symbol !== undefined) {
      if (lines.length > 0) lines.push('');
      const address = (slot * 8).toString(16).padStart(16, '0');
      lines.push(listing.style === 'llvm' && listing.bytes ? `${address} <${symbol}>:` : `${symbol}:`);
    }
    const target = targetSlot(insn, slot);
    const suffix = target === undefined ? '' : annotation(target, symbols);
    lines.push(listInsn(insn, slot, listing, suffix, listing.symbols !== undefined));
    slot += slotsOf(insn);
  }
  return lines;
}
