import { encodeProgram } from '../isa/encode.js';
import { type Listing, printInsn } from '../isa/print/listing.js';
import { type DissectedPart, type DissectedSection, dissectObject } from '../object/dissect.js';
import { listSections } from '../object/list.js';
import { errorAt, InputError } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import { hexBytes } from '../text/numbers.js';
import { shownLine } from '../text/shown.js';
import type { CliContext } from './context.js';
import { UsageError } from './io.js';
import { nameOf } from './read.js';

export interface ObjectListing {
  readonly listing: Listing;
  readonly source: boolean;
  /** Only the code of this symbol. */
  readonly function: string | undefined;
  readonly trampoline: string | undefined;
}

function only(sections: readonly DissectedSection[], symbol: string): DissectedSection[] {
  const found = sections
    .map((s) => ({ ...s, parts: s.parts.filter((p) => p.symbol === symbol) }))
    .filter((s) => s.parts.length > 0);
  if (found.length > 0) return found;
  const names = sections.flatMap((s) => s.parts.map((p) => p.symbol));
  throw new InputError(
    errorAt('B0601', `there is no function \`${symbol}\``, { help: didYouMean(symbol, names) }),
  );
}

function asJson(section: string, part: DissectedPart, listing: Listing): object {
  return {
    name: part.symbol,
    section,
    insns: part.insns.map(({ slot, insn, relocations, core, source }) => ({
      slot,
      bytes: hexBytes(encodeProgram([insn]), ''),
      disasm: printInsn(insn, listing),
      operation: insn.op?.name,
      ...(relocations.length > 0 && { relocations }),
      ...(core !== undefined && { core }),
      ...(source !== undefined && { source }),
    })),
  };
}

/** `tinybpf disasm FILE.o`: the code of an object, as it lies in its sections. */
export function disasmObject(cx: CliContext, path: string, bytes: Uint8Array, options: ObjectListing): void {
  const name = nameOf(path);
  if (options.trampoline !== undefined) {
    throw new UsageError(
      errorAt('B0803', 'an object has no trampolines', { help: 'a lab that attaches its programs has' }),
    );
  }
  const all = dissectObject(name, bytes);
  const sections = options.function === undefined ? all : only(all, options.function);
  const { listing } = options;
  if (cx.json) {
    const programs = sections.flatMap((s) => s.parts.map((p) => asJson(s.name, p, listing)));
    cx.document({ programs });
    return;
  }
  const head =
    listing.style === 'llvm' && listing.bytes ? ['', `${shownLine(name)}:\tfile format elf64-bpf`] : [];
  const lines = [...head, ...listSections(sections, listing, { source: options.source })];
  cx.out((head.length > 0 ? lines : lines.slice(1)).join('\n'));
}
