import { type Diagnostic, InputError, warningAt } from '../text/diagnostic.js';
import { Findings } from '../text/findings.js';
import { type Btf, readBtf } from './btf.js';
import { type BtfExt, type FunctionInfo, readBtfExt } from './btf-ext.js';
import { type CodeSection, readCode, readFunctions } from './code.js';
import { contextOf } from './context.js';
import { applyCore } from './core/apply.js';
import { CoreResolver } from './core/resolve.js';
import { NO_TARGET, type TargetTypes } from './core/target.js';
import { TypeSpace } from './core/type-space.js';
import { isData, readData, readLicense } from './data.js';
import { type DwarfFunctions, readDwarf } from './dwarf.js';
import { describeSection, type Elf, isLoaded, readElf, type Section } from './elf.js';
import { readExterns } from './externs.js';
import { isLegacyMaps } from './legacy-maps.js';
import { SourceLines, withSpans } from './lines.js';
import { Linker, mainFunctions } from './link.js';
import { inFile, malformed } from './malformed.js';
import { readMaps } from './maps.js';
import type { BpfObject, DataPointer } from './object.js';
import { readPointers } from './pointers.js';
import { applyRelocations } from './refer.js';
import { type Relocation, readRelocations, relocationSections } from './relocations.js';
import { readSymbols, SYMBOL_TYPE } from './symbols.js';

const sectionNamed = (elf: Elf, name: string): Section | undefined =>
  elf.sections.find((s) => s.name === name);

/** The records of functions carry nothing that symbols lack here, but wrong ones mean that the rest is wrong too. */
function checkFunctions(infos: readonly FunctionInfo[], btf: Btf, section: CodeSection): void {
  for (const [i, { offset, type }] of infos.entries()) {
    if (section.at(offset) === undefined || btf.get(type).kind !== 'func') {
      throw malformed(
        'B1007',
        `function record ${i} of \`${section.section.name}\` is for byte ${offset} and type ${type}, where there is no instruction or the type is not a function`,
      );
    }
  }
}

/** Attaches the lines of C to the instructions of a section. */
function readLines(ext: BtfExt, btf: Btf, section: CodeSection, lines: SourceLines): void {
  const infos = ext.lines.get(section.section.name) ?? [];
  let before = -1;
  infos.forEach((info, i) => {
    if (info.offset <= before || section.at(info.offset) === undefined) {
      throw malformed(
        'B1007',
        `line record ${i} of \`${section.section.name}\` is for byte ${info.offset}, where no instruction begins or which is not after that of the record before`,
      );
    }
    before = info.offset;
  });
  checkFunctions(ext.functions.get(section.section.name) ?? [], btf, section);
  if (infos.length > 0) section.replaceAll(withSpans(section.insns, infos, lines));
}

/** Sections whose contents a loader needs and that are read elsewhere. */
const OTHER = new Set(['license', 'version', '.maps']);
/** What types the keys and values of a map of before BTF have (BPF_ANNOTATE_KV_PAIR). */
const KEY_VALUE_TYPES = /^\.maps\./;
const isReadElsewhere = (s: Section): boolean =>
  OTHER.has(s.name) || isLegacyMaps(s) || KEY_VALUE_TYPES.test(s.name);

/** What would matter to a loader and is not used here. */
function unusedParts(elf: Elf): Diagnostic[] {
  const out: Diagnostic[] = [];
  for (const section of elf.sections) {
    if (isLoaded(section) && !isData(section) && !isReadElsewhere(section))
      out.push(warningAt('B1011', `${describeSection(section)} is not used`));
  }
  return out;
}

/** What DWARF says, as far as it can be read: it tells prototypes, and an object works without it. */
function dwarfOf(elf: Elf): DwarfFunctions | undefined {
  try {
    return readDwarf(elf);
  } catch (e) {
    if (e instanceof InputError) return undefined;
    throw e;
  }
}

/** What cannot do without each other is read in turn; the mistakes of all else are found together. */
function readParts(name: string, bytes: Uint8Array, target: TargetTypes | TypeSpace): BpfObject {
  const warnings: Diagnostic[] = [];
  const findings = new Findings();
  const elf = readElf(bytes);
  const table = readSymbols(elf);
  const { symbols } = table;
  const btfSection = sectionNamed(elf, '.BTF');
  const btf = btfSection === undefined ? undefined : readBtf(btfSection);
  const extSection = sectionNamed(elf, '.BTF.ext');
  const ext =
    btf === undefined || extSection === undefined
      ? undefined
      : findings.attempt(() => readBtfExt(extSection, btf));
  const relocationsBy = relocationSections(elf);
  const relocationsOf = (s: Section): Relocation[] => {
    const relocations = relocationsBy.get(s.index);
    return relocations === undefined ? [] : readRelocations(relocations, s.size, table);
  };
  const code = readCode(elf);
  const functions = findings.attempt(() => readFunctions(code, symbols)) ?? [];
  const poisoned = new Map<number, ReadonlyMap<number, Diagnostic>>();
  if (btf !== undefined && target instanceof TypeSpace) target.see(btf);
  const types = target instanceof TypeSpace ? target : new TypeSpace(target, { isStrict: true });
  if (btf !== undefined && ext !== undefined) {
    const lines = findings.attempt(() => new SourceLines(btf, ext.lines.values()));
    const resolver = new CoreResolver(btf, types);
    for (const [index, section] of code) {
      findings.attempt(() => {
        if (lines !== undefined) readLines(ext, btf, section, lines);
        poisoned.set(index, applyCore(section, ext.core.get(section.section.name) ?? [], btf, resolver));
      });
    }
  }
  const mapFindings = new Findings();
  const maps =
    mapFindings.attempt(() =>
      readMaps(elf, symbols, btf, { relocationsOf, warnings, findings: mapFindings }),
    ) ?? [];
  const mapNames = new Map(maps.map((m) => [`${m.section} ${m.offset}`, m.name]));
  // Where maps are not as they should be, code that refers to them is not at fault.
  const mapAt = (section: Section, at: number): string | undefined =>
    mapNames.get(`${section.index} ${at}`) ?? (mapFindings.errors > 0 ? '?' : undefined);
  for (const section of code.values())
    findings.attempt(() => applyRelocations(section, relocationsOf(section.section), { code, mapAt }));
  findings.addAll(mapFindings.diagnostics);
  const mains = mainFunctions(functions);
  const pointersOf = (s: Section): readonly DataPointer[] =>
    readPointers(s, { relocationsOf, mapAt, programs: mains, warnings });
  const data = findings.attempt(() => readData(elf, symbols, btf, pointersOf)) ?? [];
  findings.orThrow();
  warnings.push(...unusedParts(elf));
  const linker = new Linker(code, poisoned);
  const contexts = mains.map(({ code: { section }, start }) => {
    const info = ext?.functions.get(section.name)?.find((f) => f.offset === start * 8);
    return btf && contextOf(btf, types, info, section.name);
  });
  const dwarf = dwarfOf(elf);
  // After the context, which is the parameter of the function that BPF_PROG has made.
  const parameters = mains.map((main) => dwarf?.get(`____${main.name}`)?.slice(1));
  return {
    name,
    license: readLicense(elf),
    programs: linker.linkAll(mains).map((p, i) => ({
      ...p,
      ...(contexts[i] && { context: contexts[i] }),
      ...(parameters[i] && { parameters: parameters[i] }),
    })),
    maps: maps.map(({ section: _, offset: __, ...map }) => map),
    data,
    externs: readExterns(symbols, btf),
    ...(btf && { btf }),
    hidden: new Set(symbols.filter((s) => s.isHidden && s.type === SYMBOL_TYPE.function).map((s) => s.name)),
    warnings: warnings.map((d) => ({ ...d, message: `${name}: ${d.message}` })),
  };
}

/**
 * Reads an object file that clang made for BPF: ELF with code, maps, global variables, BTF. `name` is how diagnostics
 * call it; `target` has the kernel types that its CO-RE relocations are resolved against, and may take more from the object. Throws `InputError` for bytes
 * that are not an object, with all the places that are damaged, as far as they are
 * independent of each other.
 */
export const readObject = (
  name: string,
  bytes: Uint8Array,
  target: TargetTypes | TypeSpace = NO_TARGET,
): BpfObject => inFile(name, () => readParts(name, bytes, target));
