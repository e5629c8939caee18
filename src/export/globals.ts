import type { Global } from '../kernel/kernel.js';
import { type BtfWriter, LINKAGE } from '../object/write/btf.js';
import { integerType } from './types.js';

interface PlacedGlobal {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly type: number;
}

export interface GlobalSection {
  readonly name: '.data' | '.bss';
  readonly size: number;
  /** None where all are 0. */
  readonly bytes: Uint8Array;
  readonly variables: readonly PlacedGlobal[];
}

/** Lays out variables with the values that memory has: those that are 0 in `.bss`, the others in `.data`. */
export function layOutGlobals(
  btf: BtfWriter,
  globals: readonly Global[],
  memory: Uint8Array,
): readonly GlobalSection[] {
  const bytesOf = (g: Global): Uint8Array => memory.subarray(g.at, g.at + (g.bits / 8) * g.count);
  const isZero = (g: Global): boolean => bytesOf(g).every((b) => b === 0);
  return (['.data', '.bss'] as const).flatMap((name) => {
    const own = globals.filter((g) => isZero(g) === (name === '.bss'));
    let size = 0;
    const variables = own.map((g): PlacedGlobal => {
      const element = integerType(btf, g.bits, g.signed);
      const type = g.isArray ? btf.array(element, g.count) : element;
      const offset = Math.ceil(size / (g.bits / 8)) * (g.bits / 8);
      const bytes = (g.bits / 8) * g.count;
      size = offset + bytes;
      return {
        name: g.name,
        offset,
        size: bytes,
        type: btf.variable(g.name, type, LINKAGE.global),
      };
    });
    const bytes = new Uint8Array(name === '.bss' ? 0 : size);
    if (name === '.data') {
      for (const [i, g] of own.entries()) bytes.set(bytesOf(g), variables[i]!.offset);
    }
    return own.length === 0 ? [] : [{ name, size, bytes, variables }];
  });
}
