import { expect, test } from 'vitest';
import { readObject } from '../../src/object/read.js';
import { buildElf, words } from '../support/elf-builder.js';
import { ownBytes, RECORDED, readOwn } from '../support/objects.js';

test('the functions a program calls follow it in the order of their first calls', () => {
  const { programs } = readOwn('functions');
  expect(programs.map((p) => [p.name, p.section, p.autoload, [...p.labels.keys()]])).toEqual([
    ['direct', 'fentry/bpf_fentry_test1', true, ['global', 'outer', 'inner']],
    ['twice', 'tc', true, ['global']],
    ['loops', 'fexit/bpf_fentry_test1', false, ['callback', 'outer', 'inner', 'global']],
  ]);
});

test('initial entries of maps name programs and maps', () => {
  const { maps } = readOwn('maps');
  expect(maps.find((m) => m.name === 'jumps')?.values).toEqual([
    { index: 1, name: 'first' },
    { index: 3, name: 'second' },
  ]);
  expect(maps.find((m) => m.name === 'outer')).toMatchObject({
    values: [
      { index: 0, name: 'inner_b' },
      { index: 1, name: 'inner_a' },
    ],
    inner: { type: 2, maxEntries: 7 },
  });
});

test('a static function beside a program in its section is called by it, and is none itself', () => {
  const { programs, data } = readOwn('beside');
  expect(programs.map((p) => [p.name, [...p.labels]])).toEqual([['calls_beside', [['beside', 4]]]]);
  expect(data.map((d) => d.name)).toEqual(['.bss.later']);
});

test('sizes and flags of maps', () => {
  const sizes = readOwn('maps').maps.map((m) => [
    m.name,
    m.type,
    m.keySize,
    m.valueSize,
    m.maxEntries,
    m.flags,
  ]);
  expect(sizes).toEqual([
    ['jumps', 3, 4, 4, 4, 0],
    ['inner_b', 2, 4, 8, 7, 0],
    ['inner_a', 2, 4, 8, 7, 0],
    ['outer', 12, 4, 4, 2, 0],
    ['timed', 1, 12, 24, 1000, 1],
    ['sized', 2, 4, 24, 1, 0],
  ]);
  expect(readOwn('maps').maps.find((m) => m.name === 'timed')?.kernelFields).toEqual([
    { kind: 'managed', type: 'bpf_timer', offset: 8 },
  ]);
});

test('initial values of global data', () => {
  const { data } = readOwn('maps');
  const hex = (name: string): string | undefined => {
    const section = data.find((d) => d.name === name);
    return section && Buffer.from(section.bytes).toString('hex');
  };
  expect(hex('.rodata')).toMatch(/^2800000068656c6c6f00/);
  expect(hex('.data')).toMatch(/^f9ffffffffffffff0100feff030001..ffffffff$/);
  expect(hex('.data.counters')).toBe('0b000000000000000c00000000000000');
  expect(hex('.bss')).toBe('');
  expect(data.map((d) => [d.name, d.size, d.readonly])).toEqual([
    ['.rodata', expect.any(Number), true],
    ['.data', 20, false],
    ['.data.counters', 16, false],
    ['.bss', 104, false],
  ]);
});

test('externs and what refers to them', () => {
  const { externs, programs } = readOwn('externs');
  expect(externs).toEqual([
    { name: 'perhaps', kind: 'ksym', weak: true },
    { name: 'bpf_maybe', kind: 'kfunc', weak: true },
    { name: 'bpf_kfunc_common_test', kind: 'kfunc', weak: false },
    { name: 'runqueues', kind: 'ksym', weak: false },
    { name: 'CONFIG_HZ', kind: 'kconfig', weak: false, option: { size: 4, as: 'number' } },
  ]);
  const refs = programs[0]!.insns.flatMap((i) =>
    i.op === undefined || i.ref === undefined ? [] : [[i.op.name, i.ref.name, i.ref.addend]],
  );
  expect(refs).toEqual([
    ['lddw', 'perhaps', 0n],
    ['call_kfunc', 'bpf_maybe', 0n],
    ['call_kfunc', 'bpf_kfunc_common_test', 0n],
    ['lddw', 'runqueues', 0n],
    ['lddw', 'CONFIG_HZ', 0n],
  ]);
});

test('the only function of an object is a program even without a section', () => {
  const bytes = ownBytes('small');
  const at = Buffer.from(bytes).lastIndexOf('fentry/bpf_fentry_test1');
  bytes.set(new TextEncoder().encode('.text\0'), at);
  expect(readObject('text.o', bytes).programs.map((p) => [p.name, p.section])).toEqual([['count', '.text']]);
});

test('what is not used is said', () => {
  const struct = { name: '.struct_ops', flags: 3, bytes: new Uint8Array(8) };
  const data = { name: '.data', flags: 3, bytes: new Uint8Array(8) };
  const pointer = { name: '.rel.data', type: 9, for: '.data', bytes: words(0, 0, 3, 1) };
  const bytes = buildElf([struct, data, pointer], [{ name: 'x', section: '.data', info: 0x11, size: 8 }]);
  const { warnings } = readObject('x.o', bytes);
  expect(warnings.map((d) => `${d.severity} ${d.code} ${d.message}`)).toEqual([
    'warning B1011 x.o: the pointer to `x` at 0 of `.data` is not filled in',
    'warning B1011 x.o: section 1 `.struct_ops` is not used',
  ]);
});

test.each(RECORDED)('$name has no warnings', ({ name, bytes }) => {
  expect(readObject(name, bytes).warnings).toEqual([]);
});
