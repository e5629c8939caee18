import type { AnyInsn } from '../isa/insn.js';
import { type Listing, listInsn } from '../isa/print/listing.js';
import { shown, shownLine } from '../text/shown.js';
import type { DissectedInsn, DissectedSection } from './dissect.js';

const address = (n: number): string => n.toString(16).padStart(16, '0');

/** Without the lines of relocations the names are in the instructions, so that the text says all. */
function named(d: DissectedInsn): AnyInsn {
  const [r] = d.relocations;
  const { insn } = d;
  if (r === undefined || insn.op === undefined) return insn;
  const addend = insn.op.name === 'lddw' ? BigInt(insn.imm) : 0n;
  // A call of a section means the function at an offset; that is left as it is.
  if (insn.op.form === 'call_local' && insn.imm !== -1) return insn;
  return { ...insn, ref: { name: r.symbol, addend, span: undefined } };
}

/**
 * The code of an object as lines of text: in style `llvm` with bytes what `llvm-objdump -d -r` prints after its first
 * line, and with `source` what `-S` adds.
 */
export function listSections(
  sections: readonly DissectedSection[],
  listing: Listing,
  options: { readonly source: boolean },
): string[] {
  const isFull = listing.style === 'llvm' && listing.bytes;
  const lines: string[] = [];
  for (const section of sections) {
    lines.push('', `Disassembly of section ${shownLine(section.name)}:`);
    for (const part of section.parts) {
      const symbol = shownLine(part.symbol);
      lines.push('', isFull ? `${address(part.address)} <${symbol}>:` : `${symbol}:`);
      for (const d of part.insns) {
        if (options.source && d.source !== undefined) lines.push(`; ${shown(d.source)}`);
        const suffix = isFull && d.target !== undefined ? ` ${shownLine(d.target)}` : '';
        const { isBigEndian } = section;
        lines.push(listInsn(isFull ? d.insn : named(d), d.slot, { ...listing, isBigEndian }, suffix, true));
        if (!isFull) continue;
        const place = `\t\t${address(d.slot * 8)}:  `;
        for (const r of d.relocations) lines.push(`${place}${r.type}\t${shownLine(r.symbol)}`);
        if (d.core !== undefined) lines.push(place + shownLine(d.core));
      }
    }
  }
  return lines;
}
