import { type Diagnostic, warningAt } from '../text/diagnostic.js';
import type { ObjectFunction } from './code.js';
import { isData } from './data.js';
import { type Section, sectionBytes } from './elf.js';
import { malformed } from './malformed.js';
import type { DataPointer } from './object.js';
import { RELOCATION, type Relocation } from './relocations.js';

interface Named {
  readonly relocationsOf: (s: Section) => readonly Relocation[];
  /** Name of the map at a byte of a section of maps. */
  readonly mapAt: (section: Section, offset: number) => string | undefined;
  /** Those that are programs. */
  readonly programs: readonly ObjectFunction[];
  readonly warnings: Diagnostic[];
}

const POINTER = 8;

/** What is at a byte of a section, if a pointer to it can be filled in. */
function target(section: Section, at: number, { mapAt, programs }: Named): DataPointer['to'] | undefined {
  if (isData(section))
    return at >= 0 && at <= section.size ? { kind: 'data', section: section.name, addend: at } : undefined;
  const program = programs.find((f) => f.code.section.index === section.index && f.start * 8 === at);
  if (program !== undefined) return { kind: 'program', name: program.name };
  const map = mapAt(section, at);
  return map === undefined ? undefined : { kind: 'map', name: map };
}

/**
 * The addresses in the initial values of a section of variables: of other variables, of texts, of maps, of programs. What
 * else there is an address of is left as it is, with a warning; libbpf leaves all of them. Throws `InputError`.
 */
export function readPointers(section: Section, named: Named): readonly DataPointer[] {
  const relocations = named.relocationsOf(section);
  if (relocations.length === 0) return [];
  const bytes = sectionBytes(section, 'B1005');
  return relocations.flatMap((r): DataPointer[] => {
    const { symbol, offset, place } = r;
    if (r.type === RELOCATION.abs64 && offset + POINTER > section.size)
      throw malformed('B1005', `${place}: 8 bytes at ${offset} reach past the end of \`${section.name}\``);
    const addend = r.type === RELOCATION.abs64 ? bytes.u64(offset, 'a pointer') : 0;
    const to =
      symbol.section === undefined || r.type !== RELOCATION.abs64
        ? undefined
        : target(symbol.section, symbol.value + addend, named);
    if (to !== undefined) return [{ offset, to }];
    const what = `the pointer to \`${symbol.name}\` at ${offset} of \`${section.name}\` is not filled in`;
    named.warnings.push(warningAt('B1011', what));
    return [];
  });
}
