import { describe, expect, test } from 'vitest';
import { assemble } from '../../../src/isa/assemble.js';
import type { Insn } from '../../../src/isa/insn.js';
import { STACK_SIZE } from '../../../src/machine/thread.js';
import { compileUnit } from '../../../src/machine/wasm/unit.js';
import { parseAssembly } from '../../../src/syntax/parse-program.js';
import { type Comparison, compareEngines, type Plan, type Stretch } from '../../fuzz/compare.js';
import { DATA, LEAVES, prepare, toWords } from '../../fuzz/machine.js';
import { type Node, node, toInsns } from '../../fuzz/program.js';

const SLOT = `call ${LEAVES.indexOf('slot')}`;
const ARRAY = `${DATA.address} ll`;
const TABLE = `${DATA.table} ll`;

function compare(text: string, plan: Partial<Plan> = {}): Comparison {
  const { insns } = assemble(parseAssembly({ name: 'test', text }).value ?? []);
  return compareOf(insns as readonly Insn[], plan);
}

/** Runs a program on both engines, compiled from its beginning. */
function compareOf(insns: readonly Insn[], plan: Partial<Plan> = {}): Comparison {
  return compareEngines(insns, {
    ...{ alignment: { atomics: false, plain: false }, room: STACK_SIZE, watched: 0 },
    ...{ flow: 'structured', slice: 1 << 20, inline: true, eager: true, atomics: false, slots: true },
    ...{ isReferenceWatched: false, stretches: [{ engine: 'wasm', budget: 10_000 }] },
    ...plan,
  });
}

const SAME = { kind: 'same', end: 'done' };
const FAULT = { kind: 'same', end: 'fault' };

/** How many places of its compiled form a program is left at for what an access finds. */
function accessesOf(text: string): number {
  const { insns } = assemble(parseAssembly({ name: 'test', text }).value ?? []);
  const given = { alignment: { atomics: false, plain: false }, room: STACK_SIZE, watched: 0 };
  const { machine } = prepare(0, insns as readonly Insn[], given)!;
  const [main] = machine.text.functions;
  const entry = { slot: main!.start, frameSize: main!.frameSize };
  const { sites } = compileUnit(
    machine,
    entry,
    () => [],
    () => 0,
  );
  return sites.filter(({ kind }) => kind === 'access' || kind === 'interpret').length;
}

describe('a slot of an array that is known', () => {
  const find = (index: number, use: string): string => `
    *(u32 *)(r10 - 4) = ${index}
    r1 = ${ARRAY}
    r2 = r10
    r2 += -4
    ${SLOT}
    ${use}
    exit`;

  test('is found, or not', () => {
    const use = `
      if r0 == 0 goto out
      r1 = 5
      *(u64 *)(r0 + 0) = r1
      r0 = *(u32 *)(r0 + 4)
    out:`;
    for (const index of [0, 1, 4, 5, 6, -1]) expect(compare(find(index, use))).toEqual(SAME);
  });

  test('is not touched where none was found', () => {
    expect(compare(find(9, 'r0 = *(u64 *)(r0 + 0)'))).toEqual(FAULT);
    expect(compare(find(9, 'if r0 != 0 goto out\nr0 = *(u64 *)(r0 + 0)\nout:'))).toEqual(FAULT);
    expect(compare(find(9, 'r0 += 8\nif r0 == 0 goto out\nr0 = *(u64 *)(r0 + 0)\nout:'))).toEqual(FAULT);
    expect(compare(find(9, 'if w0 == 0 goto out\nr0 = *(u64 *)(r0 + 0)\nout:'))).toEqual(SAME);
    expect(compare(find(9, 'if r0 == 1 goto out\nr0 = *(u64 *)(r0 + 0)\nout:'))).toEqual(FAULT);
  });

  test('ends where its value ends', () => {
    const use = (access: string): string => `if r0 == 0 goto out\n${access}\nout:`;
    expect(compare(find(1, use('r0 = *(u32 *)(r0 + 4)')))).toEqual(SAME);
    // What is next to it may be touched here: what matters is that it is tested.
    for (const at of ['+ 4', '- 1', '+ 8'])
      expect(compare(find(4, use(`r0 = *(u64 *)(r0 ${at})`))).kind).toBe('same');
    expect(compare(find(4, use('r0 = *(u64 *)(r0 + 20)')))).toEqual(FAULT);
  });

  test('has an index that may be read', () => {
    const text = (off: number): string => `
      r1 = ${ARRAY}
      r2 = r10
      r2 += ${off}
      r3 = *(u32 *)(r10 - 8)
      ${SLOT}
      exit`;
    expect(compare(text(-4))).toEqual(SAME);
    for (const off of [-2, 0]) expect(compare(text(off))).toEqual(FAULT);
  });

  test.each([
    ['in a body', ''],
    ['in a body in a body', 'call within\nexit\nwithin:'],
  ])('is another after the same call once more, %s', (_, call) => {
    const text = `
      w1 = 0
      call find
      if r0 == 0 goto out
      r7 = r0
      w1 = 2
      call find
      if r0 == 0 goto out
      r1 = 77
      *(u64 *)(r7 + 0) = r1
      r0 = *(u64 *)(r0 + 0)
    out:
      exit
    find:
      ${call}
      *(u32 *)(r10 - 4) = r1
      r1 = ${ARRAY}
      r2 = r10
      r2 += -4
      ${SLOT}
      exit`;
    expect(compare(text)).toEqual(SAME);
  });

  test('is another after a call that finds one with the same instructions', () => {
    // Both arguments come from the caller, so that it is known what the body gives, too.
    const find = (index: number): string => `
      *(u32 *)(r10 - 4) = ${index}
      r1 = ${ARRAY}
      r2 = r10
      r2 += -4
      call find
      if r0 == 0 goto out`;
    const text = `
      ${find(0)}
      r7 = r0
      ${find(2)}
      r1 = 77
      *(u64 *)(r7 + 0) = r1
      r0 = *(u64 *)(r0 + 0)
    out:
      exit
    find:
      ${SLOT}
      exit`;
    expect(compare(text)).toEqual(SAME);
  });

  test('is another in the next round', () => {
    const text = `
      r8 = 0
      r7 = 0
    again:
      *(u32 *)(r10 - 4) = r8
      r1 = ${ARRAY}
      r2 = r10
      r2 += -4
      ${SLOT}
      if r7 == 0 goto keep
      r1 = *(u64 *)(r7 + 0)
      r1 += r8
      *(u64 *)(r7 + 0) = r1
    keep:
      if r0 == 0 goto out
      r7 = r0
      r8 += 1
      goto again
    out:
      r0 = r8
      exit`;
    expect(compare(text)).toEqual(SAME);
  });
});

describe('a short loop that looks up', () => {
  const loop = (index: string, helper: string): string => `
    r6 = 0
    r7 = 0
    r9 = ${ARRAY}
    r9 += ${DATA.size - 40}
  again:
    ${index}
    r1 = ${ARRAY}
    ${SLOT}
    ${helper}
    if r0 == 0 goto next
    r1 = *(u64 *)(r0 + 0)
    r7 += r1
    *(u64 *)(r0 + 0) = r7
  next:
    r6 += 1
    if r6 < 40 goto again
    r0 = r7
    exit`;
  const stored = `
    r1 = r6
    w1 &= 7
    *(u32 *)(r10 - 4) = r1
    r2 = r10
    r2 += -4`;
  const stop = (text: string, budget: number): Comparison =>
    compare(text, { stretches: [{ engine: 'wasm', budget }] });

  test.each([
    ['alone', ''],
    ['beside a helper in place', `r8 = r0\ncall ${LEAVES.indexOf('cpu')}\nr7 += r0\nr0 = r8`],
  ])('ends at any instruction, %s', (_, helper) => {
    const text = loop(stored, helper);
    expect(compare(text)).toEqual(SAME);
    for (let budget = 1; budget < 200; budget += 3) expect(stop(text, budget).kind).toBe('same');
  });

  test('faults in the round whose index may not be read', () => {
    const text = loop('r2 = r9\nr9 += 4', '');
    expect(compare(text)).toEqual(FAULT);
    for (let budget = 1; budget < 120; budget += 3) expect(stop(text, budget).kind).toBe('same');
  });
});

describe('a word that normally stays as it is', () => {
  const table = toWords(DATA.table);
  /** A loop that calls by the first word of the table, 60 times; `change` is what a round does besides. */
  const caller = (change: readonly Node[]): Node[] => [
    // What they do is in the unit of those that call them, and so of nobody's.
    ...[1, 2, 3].map((callee) => node('lddw_func', { dst: 3, src: 4, callee })),
    node('mov64_imm', { dst: 7, imm: 60 }),
    node('mov64_imm', { dst: 8, imm: 0 }),
    node('lddw', { dst: 6, ...table }),
    node('ldxdw', { dst: 3, src: 6, off: 8 }),
    node('callx', { dst: 3 }),
    node('add64_reg', { dst: 8, src: 0 }),
    ...change,
    node('add64_imm', { dst: 7, imm: -1 }),
    node('jne64_imm', { dst: 7, imm: 0, target: 5 }),
    node('mov64_reg', { dst: 0, src: 8 }),
    node('exit'),
  ];
  const gives = (imm: number): Node[] => [node('mov64_imm', { dst: 0, imm }), node('exit')];
  /** Gives the first word of the table what is in the second. */
  const change = [
    node('lddw', { dst: 1, ...table }),
    node('ldxdw', { dst: 2, src: 1, off: 16 }),
    node('stxdw', { dst: 1, src: 2, off: 8 }),
  ];
  const changes = [...change, node('exit')];
  const insns = (...functions: Node[][]): Insn[] => toInsns({ functions });

  test('is looked at again where it may have changed', () => {
    const here = [node('jne64_imm', { dst: 7, imm: 20, target: 13 }), ...change];
    expect(compareOf(insns(caller(here), gives(1), gives(2), changes))).toEqual(SAME);
  });

  test('is looked at again where somebody else may have changed it', () => {
    const stretches: Stretch[] = [
      { engine: 'wasm', budget: 150 },
      { engine: 'wasm', budget: 150, interrupt: { handler: 3, budget: 100 } },
      { engine: 'wasm', budget: 10_000 },
    ];
    expect(compareOf(insns(caller([]), gives(1), gives(2), changes), { stretches })).toEqual(SAME);
  });
});

describe('a word that the code relies on', () => {
  /** Places where a unit is left for the interpreter because the word has changed. */
  function looksAgain(store: string): number {
    const text = `
      *(u32 *)(r10 - 4) = 1
      r6 = r1
      r1 = ${ARRAY}
      r2 = r10
      r2 += -4
      ${SLOT}
      if r0 == 0 goto out
      ${store}
      r2 = ${TABLE}
      r0 = *(u64 *)(r2 + 0)
    out:
      exit`;
    expect(compare(text)).toEqual(SAME);
    const { insns } = assemble(parseAssembly({ name: 'test', text }).value ?? []);
    const { machine } = prepare(0, insns as readonly Insn[], {
      ...{ alignment: { atomics: false, plain: false }, room: STACK_SIZE, watched: 0 },
    })!;
    const { start, end, frameSize } = machine.text.functions[0]!;
    const nothingSeen = (): never[] => [];
    const { sites, settled } = compileUnit(machine, { slot: start, frameSize }, nothingSeen, () => 0);
    expect(settled).toHaveLength(1);
    return sites.filter(({ kind, slot }) => kind === 'interpret' && slot === end - 2).length;
  }

  test.each([
    ['in a slot', '*(u64 *)(r0 + 0) = 5', 0],
    ['in the frame', '*(u64 *)(r10 - 16) = 5', 0],
    ['in a slot, in one step', 'r1 = 1\nlock *(u64 *)(r0 + 0) += r1', 0],
    ['past the end of the slot', '*(u64 *)(r0 + 4) = 5', 1],
    ['where nobody knows', '*(u64 *)(r6 + 0) = 5', 1],
    ['in a leaf', `call ${LEAVES.indexOf('silent')}`, 1],
  ])('is looked at again after a write %s only if that could change it', (_, store, times) => {
    expect(looksAgain(store)).toBe(times);
  });
});

describe('memory that may be touched for sure', () => {
  test('ends where it ends, for accesses that are tested together too', () => {
    const text = (second: string): string => `
      r1 = ${TABLE}
      r0 = *(u64 *)(r1 + 24)
      ${second}
      exit`;
    expect(compare(text('r2 = *(u64 *)(r1 + 0)'))).toEqual(SAME);
    expect(compare(text('r2 = *(u8 *)(r1 + 32)'))).toEqual(FAULT);
    expect(compare(text('r2 = *(u32 *)(r1 + 30)'))).toEqual(FAULT);
    expect(compare(text('*(u8 *)(r1 - 1) = 0'))).toEqual(FAULT);
  });

  test('is the frame of a caller, and not what is next to it', () => {
    const text = (access: string): string => `
      *(u64 *)(r10 - 16) = 7
      r1 = r10
      r1 += -16
      call use
      r0 += *(u64 *)(r10 - 8)
      exit
    use:
      ${access}
      exit`;
    const done = text('r0 = *(u64 *)(r1 + 0)\n*(u64 *)(r1 + 8) = r0').replace(
      'r0 += *(u64 *)(r10 - 8)',
      'r2 = *(u64 *)(r10 - 8)\nr0 += r2',
    );
    expect(compare(done)).toEqual(SAME);
    for (const off of ['+ 9', '+ 16', '- 8'])
      expect(compare(done.replace('*(u64 *)(r1 + 8) = r0', `*(u64 *)(r1 ${off}) = r0`))).toEqual(FAULT);
  });
});

describe("the current task's structure", () => {
  const CURRENT = `call ${LEAVES.indexOf('current')}`;
  const use = (...lines: readonly string[]): string => [CURRENT, ...lines, 'exit'].join('\n');

  test('is touched without a test, up to its end and no further', () => {
    const store = (at: string): string => use(`*(u64 *)(r0 ${at}) = 77`, `r0 = *(u32 *)(r0 ${at})`);
    for (const at of ['+ 0', '+ 3', '+ 32']) {
      expect(compare(store(at))).toEqual(SAME);
      expect(accessesOf(store(at))).toBe(0);
    }
    for (const at of ['+ 33', '+ 40', '- 1', '- 8', '+ 4096']) {
      expect(compare(store(at))).toEqual(FAULT);
      expect(accessesOf(store(at))).toBeGreaterThan(0);
    }
  });

  test('is known through moves, sums and calls', () => {
    for (const [by, end] of [
      [24, SAME],
      [32, FAULT],
      [-16, FAULT],
    ] as const)
      expect(compare(use('r6 = r0', `r6 += ${by}`, CURRENT, 'r0 = *(u64 *)(r6 + 8)'))).toEqual(end);
    expect(accessesOf(use('r6 = r0', 'r6 += 24', CURRENT, 'r0 = *(u64 *)(r6 - 8)'))).toBe(0);
  });

  test('is tested where it is not known on every way', () => {
    const text = `
      r6 = r1
      ${CURRENT}
      if r6 == 1 goto use
      r0 = r6
    use:
      r0 = *(u64 *)(r0 + 0)
      exit`;
    expect(compare(text)).toEqual(SAME);
    expect(accessesOf(text)).toBe(1);
  });

  test('where accesses must be aligned, is reached aligned', () => {
    const plan = { alignment: { atomics: true, plain: true } };
    expect(compare(use('r0 = *(u64 *)(r0 + 8)'), plan)).toEqual(SAME);
    expect(compare(use('r0 = *(u64 *)(r0 + 4)'), plan)).toEqual(FAULT);
  });
});

describe('what bodies need', () => {
  // Where something is looked up, the budget of bodies is asked for at once.
  const text = `
      r6 = 3
      r7 = 0
      if r6 == 99 goto look
    again:
      r1 = r6
      call outer
      r7 += r0
      r6 += -1
      if r6 != 0 goto again
      r0 = r7
      exit
    look:
      r1 = ${ARRAY}
      r2 = r10
      r2 += -4
      ${SLOT}
      exit
    outer:
      r6 = r1
      *(u64 *)(r10 - 40) = r1
      call inner
      r1 = r6
      call inner
      r0 += r6
      exit
    inner:
      *(u64 *)(r10 - 200) = r1
      r0 = *(u64 *)(r10 - 200)
      exit`;

  test('of the budget is there, or it stops where the interpreter does', () => {
    for (let budget = 1; budget < 50; budget += 1)
      for (const slice of [7, 1 << 20]) {
        const stretches: Stretch[] = [
          { engine: 'wasm', budget },
          { engine: 'wasm', budget: 1000 },
        ];
        expect(compare(text, { slice, stretches })).toEqual(SAME);
      }
  });

  test('of the stack is there, or the call faults that has no room', () => {
    const ends = new Set<string>();
    for (let room = 80; room < 640; room += 8) {
      const result = compare(text, { room });
      ends.add(result.kind === 'same' ? result.end : result.kind);
    }
    expect(ends).toEqual(new Set(['fault', 'done']));
  });
});
