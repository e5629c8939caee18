import { expect, test } from 'vitest';
import { printLlvm } from '../../src/isa/print/llvm.js';
import type { TargetTypes } from '../../src/object/core/target.js';
import type { ObjectProgram } from '../../src/object/object.js';
import { readOwn } from '../support/objects.js';

const u32 = { kind: 'int', size: 4, signed: false } as const;
const u64 = { kind: 'int', size: 8, signed: false } as const;
const s16 = { kind: 'int', size: 2, signed: true } as const;

/** `struct prog` of core.bpf.c, laid out differently, and without its field `gone`. */
const TARGET: TargetTypes = new Map([
  [
    'prog',
    {
      kind: 'struct',
      size: 128,
      id: 77,
      fields: [
        { name: 'aux', offset: 8, type: { kind: 'pointer', to: 'aux' } },
        { name: 'active', offset: 16, type: { kind: 'pointer' } },
        { name: 'len', offset: 24, type: u64 },
        { name: 'kind', offset: 34, type: s16 },
        { name: 'flags_b', offset: 36, type: u32, bits: { first: 9, width: 5 } },
        {
          name: 'inner',
          offset: 40,
          type: {
            kind: 'struct',
            size: 24,
            fields: [
              { name: 'deep', offset: 4, type: { kind: 'array', of: { ...u32, signed: true }, count: 4 } },
            ],
          },
        },
        {
          name: '',
          offset: 64,
          type: { kind: 'union', size: 8, fields: [{ name: 'anonymous', offset: 0, type: u64 }] },
        },
      ],
    },
  ],
  [
    'aux',
    {
      kind: 'struct',
      size: 32,
      fields: [
        { name: 'id', offset: 12, type: u32 },
        { name: 'load_time', offset: 16, type: u64 },
      ],
    },
  ],
  [
    'state',
    {
      kind: 'enum',
      size: 4,
      signed: false,
      values: new Map([
        ['STOPPED', 3n],
        ['RUNNING', 0x1_0000_0005n],
      ]),
    },
  ],
]);

const { programs } = readOwn('core', TARGET);
const without = readOwn('core').programs;
const named = (name: string, from = programs): ObjectProgram => from.find((p) => p.name === name)!;
const textOf = (p: ObjectProgram): string[] =>
  p.insns.map((i) => (i.op === undefined ? '?' : printLlvm(i, { alu32: false, exact: true })));

/** What a program of the form `out[i] = value` stores, by i. */
function constants(p: ObjectProgram): Record<number, bigint> {
  const out: Record<number, bigint> = {};
  const registers = new Map<number, bigint>();
  for (const i of p.insns) {
    if (i.op === undefined) continue;
    if (i.op.name === 'mov64_imm') registers.set(i.dst, BigInt(i.imm));
    else if (i.op.name === 'mov32_imm') registers.set(i.dst, BigInt(i.imm >>> 0));
    else if (i.op.name === 'lddw' && i.ref === undefined)
      registers.set(i.dst, (BigInt(i.hi) << 32n) | BigInt(i.imm >>> 0));
    else if (i.op.name === 'stxdw') out[i.off / 8] = registers.get(i.src)!;
  }
  return out;
}

test('fields are read where the target has them, as wide as it has them', () => {
  const text = textOf(named('offsets'));
  expect(text).toContain('r3 = *(u64 *)(r1 + 0x18)'); // len, u32 in the program and u64 in the target
  expect(text).toContain('r3 = *(u64 *)(r1 + 0x8)'); // aux
  expect(text).toContain('r3 = *(u32 *)(r3 + 0xc)'); // id, in `struct aux___local`
  expect(text).toContain('r3 = *(u32 *)(r1 + 0x34)'); // inner.deep[2]
  expect(text).toContain('r3 = *(u64 *)(r1 + 0x40)'); // in an anonymous union
  expect(text).toContain('r3 = *(u16 *)(r1 + 0x22)'); // kind
  expect(text).toContain('*(u16 *)(r1 + 0x22) = r3');
  expect(text).toContain('r3 = 0x10'); // &active
  expect(named('offsets').unresolved).toEqual([]);
});

test('bit fields, existence and signs are those of the target', () => {
  expect(constants(named('infos'))).toEqual({
    0: 36n, // the u32 that holds bits 9 to 13 of byte 36
    1: 4n,
    2: 0n, // `gone` does not exist
    3: 1n,
    4: 1n,
    5: 64n - 14n,
    6: 64n - 5n,
  });
});

test('types and enumerators', () => {
  const [local] = named('types').insns;
  expect(constants(named('types'))).toEqual({
    0: BigInt(local?.op === undefined ? 0 : local.imm),
    1: 77n,
    2: 1n,
    3: 128n,
    4: 0n,
    5: 1n,
    6: 1n,
    7: 0x1_0000_0005n,
    8: 0n,
  });
});

test('what the target does not have is a call of helper 0xbad2310, with the reason and its line', () => {
  const p = named('unresolved');
  expect(textOf(p).filter((t) => t.startsWith('call'))).toEqual(['call +0x1', 'call 0xbad2310']);
  expect(p.unresolved.map((d) => [d.code, d.message])).toEqual([
    ['B1010', 'the target has no struct nowhere::x (0:0)'],
  ]);
  expect(p.unresolved[0]?.span?.source.name).toBe('core.bpf.c');
});

test('without a target every field is missing, and nothing else is refused', () => {
  expect(named('offsets', without).unresolved.map((d) => d.message)).toEqual([
    'the target has no struct prog::len (0:0)',
    'the target has no struct prog::aux (0:5)',
    'the target has no struct aux___local::id (0:0)',
    'the target has no struct prog::inner.deep[2] (0:6:0:2)',
    'the target has no struct prog::<anon 7>.anonymous (0:7:0)',
    'the target has no struct prog::kind (0:3)',
    'the target has no struct prog::kind (0:3)',
    'the target has no struct prog::active (0:4)',
  ]);
  expect(named('types', without).unresolved.map((d) => d.message)).toEqual([
    'the target has no enum state::RUNNING = 9',
  ]);
});
