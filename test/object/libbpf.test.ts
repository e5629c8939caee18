import { describe, expect, test } from 'vitest';
import type { ObjectData, Variable, VariableType } from '../../src/object/object.js';
import { readObject } from '../../src/object/read.js';
import { RECORDED, recording } from '../support/objects.js';

/** C types of the recorded skeletons: bytes and, where a variable of it is an integer, its sign. */
const TYPES: Readonly<Record<string, { readonly size: 1 | 2 | 4 | 8 | 24; readonly signed?: boolean }>> = {
  __u64: { size: 8, signed: false },
  __s64: { size: 8, signed: true },
  __u32: { size: 4, signed: false },
  'enum colour': { size: 4, signed: true },
  short: { size: 2, signed: true },
  char: { size: 1, signed: true },
  _Bool: { size: 1, signed: false },
  'void *': { size: 8, signed: false },
  'struct value': { size: 24 },
};

const alignmentOf = (type: string): number => (type === 'struct value' ? 8 : TYPES[type]!.size);

/** The members of one struct of a skeleton, laid out by the rules of C. */
function layout(body: string): Variable[] {
  let at = 0;
  const out: Variable[] = [];
  for (const [, type, name, dims] of body.matchAll(/^\t\t(.+?) ?(\w+)((?:\[\d+\])*);$/gm)) {
    const { size, signed } = TYPES[type!]!;
    const counts = [...dims!.matchAll(/\d+/g)].map(Number);
    const count = counts.length === 0 ? undefined : counts.reduce((a, b) => a * b);
    at = Math.ceil(at / alignmentOf(type!)) * alignmentOf(type!);
    const bytes = size * (count ?? 1);
    const kind: VariableType =
      signed === undefined || size === 24 ? { kind: 'bytes' } : { kind: 'int', bytes: size, signed, count };
    if (!name!.startsWith('__pad')) out.push({ name: name!, offset: at, size: bytes, type: kind });
    at += bytes;
  }
  return out;
}

const cases = RECORDED.flatMap(({ name, bytes }) => {
  const skeleton = recording('libbpf', name);
  return skeleton === undefined ? [] : [{ name, bytes, skeleton }];
});

/** libbpf's name of a section's map: `.data.counters` is data_counters. */
const mapName = (d: ObjectData): string => d.name.slice(1).replaceAll('.', '_');

describe.each(cases)('$name', ({ name, bytes, skeleton }) => {
  const object = readObject(name, bytes);

  test('has the programs that libbpf sees, in its order', () => {
    const programs = [...skeleton.matchAll(/struct bpf_program \*(\w+);/g)].map((m) => m[1]);
    expect(object.programs.map((p) => p.name)).toEqual(programs);
  });

  test('has the maps that libbpf sees, those of global data last', () => {
    const maps = [...skeleton.matchAll(/struct bpf_map \*(\w+);/g)].map((m) => m[1]);
    const own = [...object.maps.map((m) => m.name), ...object.data.map(mapName)];
    const kconfig = object.externs.some((e) => e.kind === 'kconfig') ? ['kconfig'] : [];
    expect([...own, ...kconfig]).toEqual(maps);
  });

  test('has the global variables that libbpf sees, where the rules of C put them', () => {
    const structs = [...skeleton.matchAll(/^\tstruct x__(\w+) \{\n([\s\S]*?)^\t\} \*\w+;/gm)];
    const expected: Record<string, Variable[]> = Object.fromEntries(
      structs
        .filter(([, section]) => section !== 'kconfig')
        .map(([, section, body]) => [section, layout(body!)]),
    );
    // Static variables are in no skeleton, and take room.
    const found = object.data.flatMap((d) => {
      const wanted = expected[mapName(d)];
      const known = new Set(wanted?.map((v) => v.name));
      return wanted === undefined ? [] : [[mapName(d), d.variables.filter((v) => known.has(v.name))]];
    });
    expect(Object.fromEntries(found)).toEqual(expected);
  });
});
