import { expect, test } from 'vitest';
import { assemble } from '../../../src/isa/assemble.js';
import type { Insn } from '../../../src/isa/insn.js';
import { STACK_SIZE } from '../../../src/machine/thread.js';
import { planUnit } from '../../../src/machine/wasm/plan.js';
import { compilePlan } from '../../../src/machine/wasm/unit.js';
import { DEFAULT_COMPILE } from '../../../src/machine/wasm/unit-context.js';
import { parseAssembly } from '../../../src/syntax/parse-program.js';
import { type Comparison, compareEngines, type Stretch } from '../../fuzz/compare.js';
import { DATA, prepare, TABLE_WORDS } from '../../fuzz/machine.js';

/** What nothing is ever poisoned in, and what may be: a table of four words, and other data. */
const TABLE = `${DATA.table} ll`;
const ARRAY = `${DATA.address} ll`;
const SIZE = TABLE_WORDS * 8;

const insnsOf = (text: string): readonly Insn[] =>
  assemble(parseAssembly({ name: 'test', text }).value ?? []).insns as readonly Insn[];

const GIVEN = { alignment: { atomics: false, plain: false }, room: STACK_SIZE, watched: 0 };

function compare(text: string, stretches?: readonly Stretch[]): Comparison {
  return compareEngines(insnsOf(text), {
    ...GIVEN,
    ...{ flow: 'structured', slice: 1 << 20, inline: true, eager: true, atomics: false, slots: true },
    ...{ isReferenceWatched: false, stretches: stretches ?? [{ engine: 'wasm', budget: 100_000 }] },
  });
}

/** How many accesses of a program are only tested for being where they are expected, and how many for poison. */
function tests(text: string, missed: readonly number[] = []): { expected: number; tested: number } {
  const { machine, thread } = prepare(0, insnsOf(text), GIVEN)!;
  const [main] = machine.text.functions;
  const seen = (): readonly number[] => [];
  const entry = { slot: main!.start, frameSize: main!.frameSize };
  const plan = planUnit(machine, entry, seen, () => 0);
  const registers = (n: number): bigint => thread.getRegister(n);
  const options = { ...DEFAULT_COMPILE, slots: false };
  const { sites } = compilePlan(machine, plan, seen, options, { registers, missed: new Set(missed) });
  return {
    expected: sites.filter((site) => site.kind === 'interpret' && site.misses === true).length,
    tested: sites.filter((site) => site.kind === 'access').length,
  };
}

/** An access at a computed place: `at` is added to the table's address, so that nobody knows what that gives. */
const computed = (at: number, access: string): string => `
  r7 = ${TABLE}
  r1 = ${at}
  r1 *= 1
  r7 += r1
  ${access}
  exit`;

test.each([
  'r0 = *(u64 *)(r7 + 0)',
  'r0 = *(u32 *)(r7 + 4)',
  'r0 = *(u8 *)(r7 - 1)',
  '*(u16 *)(r7 - 2) = r7',
])('what is computed from the address of a variable is in it, or faults: %s', (access) => {
  expect(tests(computed(0, access))).toEqual({ expected: 1, tested: 0 });
  const ends = new Map<string, number>();
  for (let at = -24; at < SIZE + 24; at += 1) {
    const result = compare(computed(at, access));
    expect(result.kind).toBe('same');
    if (result.kind === 'same') ends.set(result.end, (ends.get(result.end) ?? 0) + 1);
  }
  const size = Number(/u(\d+)/.exec(access)![1]) / 8;
  expect(ends.get('done')).toBeGreaterThanOrEqual(SIZE - size + 1);
  expect(ends.get('fault')).toBeGreaterThan(8);
});

test('accesses that are tested together are in it together, or the first that is not faults', () => {
  const accesses = 'r1 = *(u64 *)(r7 + 8)\nr0 = *(u32 *)(r7 + 0)\n*(u8 *)(r7 + 17) = r0';
  expect(tests(computed(0, accesses))).toEqual({ expected: 1, tested: 0 });
  for (let at = -24; at < SIZE + 8; at += 1) expect(compare(computed(at, accesses)).kind).toBe('same');
});

test.each([-(2 ** 31), 2 ** 31 - 1, -4096, 1 << 20])('an address far away is not in it: %i', (at) => {
  const text = computed(at, 'r0 = *(u64 *)(r7 + 0)');
  expect(compare(text)).toMatchObject({ kind: 'same', end: 'fault' });
  expect(compare(text.replace('*= 1', '*= 2'))).toMatchObject({ kind: 'same', end: 'fault' });
  expect(compare(text.replace('*= 1', '<<= 32'))).toMatchObject({ kind: 'same', end: 'fault' });
});

test('what may be poisoned one day is tested, and so is what has been missed', () => {
  const access = 'r0 = *(u64 *)(r7 + 0)';
  expect(tests(computed(0, access).replace(TABLE, ARRAY))).toEqual({ expected: 0, tested: 1 });
  expect(tests(computed(0, access), [5])).toEqual({ expected: 0, tested: 1 });
});

test('addresses are expected in registers that functions get and give, and in the frame', () => {
  const text = `
    r1 = ${TABLE}
    *(u64 *)(r10 - 8) = r1
    call give
    r3 = *(u64 *)(r0 + 8)
    r2 = *(u64 *)(r10 - 8)
    r2 += r3
    r0 = *(u8 *)(r2 + 0)
    exit
  give:
    r2 = *(u64 *)(r1 + 16)
    r2 &= 7
    r1 += r2
    r0 = r1
    exit`;
  expect(tests(text).expected).toBeGreaterThanOrEqual(2);
  expect(compare(text).kind).toBe('same');
});

test.each([1, 7, 100, 100_000])(
  'where it is elsewhere now and then it is found there, %i at a time',
  (budget) => {
    const text = `
    r6 = 40
    r0 = 0
  again:
    r1 = ${TABLE}
    if r6 > 20 goto use
    r1 = ${ARRAY}
    if r6 > 10 goto use
    r2 = r6
    r2 &= 3
    if r2 == 0 goto use
    r1 = ${TABLE}
  use:
    r2 = r6
    r2 &= 7
    r1 += r2
    r3 = *(u64 *)(r1 + 8)
    r4 = *(u8 *)(r1 + 3)
    r0 += r3
    r0 ^= r4
    r6 += -1
    if r6 != 0 goto again
    exit`;
    const stretches = Array.from({ length: 400 }, (): Stretch => ({ engine: 'wasm', budget }));
    expect(compare(text, stretches).kind).toBe('same');
  },
);
