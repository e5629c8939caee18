import { type Insn, makeInsn } from '../isa/insn.js';
import { operation } from '../isa/table.js';
import type { CodeSection } from './code.js';
import { isData, isMaps } from './data.js';
import { describeSection, type Section } from './elf.js';
import { isLegacyMaps } from './legacy-maps.js';
import { malformed } from './malformed.js';
import { RELOCATION, type Relocation, relocationName } from './relocations.js';

/** What the symbols of relocations mean. */
export interface Referents {
  readonly code: ReadonlyMap<number, CodeSection>;
  /** Name of the map at a byte of a section of maps. */
  readonly mapAt: (section: Section, offset: number) => string | undefined;
}

/** `call f`: a function of the object, or one of the kernel's. */
function referCall(r: Relocation, insn: Insn, slot: number, code: CodeSection, to: Referents): void {
  if (insn.op.form !== 'call_local')
    throw malformed('B1005', `${r.place}: \`${insn.op.name}\` is not a call of a function`);
  const { symbol } = r;
  const { section } = symbol;
  if (symbol.isUndefined) {
    const ref = { name: symbol.name, addend: 0n, span: insn.span };
    code.replace(slot, makeInsn(operation('call_kfunc'), { ref, ...(insn.span && { span: insn.span }) }));
  } else if (section !== undefined && to.code.has(section.index)) {
    code.targets.set(slot, { section: section.index, slot: symbol.value / 8 + insn.imm + 1 });
  } else throw malformed('B1005', `${r.place}: \`${symbol.name}\` is not a function`);
}

/** `r1 = x ll`: the address of a map, of data, of a function, or of something in the kernel. */
function referAddress(r: Relocation, insn: Insn, slot: number, code: CodeSection, to: Referents): void {
  if (insn.op.name !== 'lddw')
    throw malformed('B1005', `${r.place}: \`${insn.op.name}\` cannot take a 64-bit address`);
  const { symbol } = r;
  const { section } = symbol;
  const at = symbol.value + insn.imm;
  const refer = (name: string, addend: number): void => {
    const ref = { name, addend: BigInt(addend), span: insn.span };
    code.replace(slot, { ...insn, imm: 0, hi: 0, ref });
  };
  if (symbol.isUndefined) refer(symbol.name, insn.imm);
  else if (section === undefined)
    throw malformed('B1005', `${r.place}: \`${symbol.name}\` is not in a section`);
  else if (to.code.has(section.index)) {
    code.replace(slot, { ...insn, op: operation('lddw_func'), imm: 0, hi: 0 });
    code.targets.set(slot, { section: section.index, slot: at / 8 });
  } else if (isMaps(section) || isLegacyMaps(section)) {
    const map = to.mapAt(section, at);
    if (map === undefined)
      throw malformed('B1005', `${r.place}: no map begins at ${at} of ${describeSection(section)}`);
    refer(map, 0);
  } else if (isData(section)) {
    if (at < 0 || at > section.size)
      throw malformed('B1005', `${r.place}: ${at} is outside of ${describeSection(section)}`);
    refer(section.name, at);
  } else {
    throw malformed(
      'B1005',
      `${r.place}: \`${symbol.name}\` is in ${describeSection(section)}, which is neither code nor data of a program`,
    );
  }
}

/** Gives the instructions of a section the names they refer to; throws `InputError`. */
export function applyRelocations(code: CodeSection, relocations: readonly Relocation[], to: Referents): void {
  for (const r of relocations) {
    const insn = code.at(r.offset);
    if (insn === undefined || insn.op === undefined)
      throw malformed('B1005', `${r.place}: no instruction begins at ${r.offset}`);
    const slot = r.offset / 8;
    if (insn.ref !== undefined || code.targets.has(slot))
      throw malformed('B1005', `${r.place}: the instruction at ${r.offset} has two relocations`);
    if (r.type === RELOCATION.call) referCall(r, insn, slot, code, to);
    else if (r.type === RELOCATION.ld64) referAddress(r, insn, slot, code, to);
    else
      throw malformed('B1005', `${r.place}: ${relocationName(r.type)} (${r.type}) does not belong in code`);
  }
}
