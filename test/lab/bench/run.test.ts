import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findModel } from '../../../src/kernel/model.js';
import { CASES } from '../../../src/lab/bench/cases.js';
import { evaluate, floorPart, runBench } from '../../../src/lab/bench/run.js';
import { guardOfFile, parseOrThrow } from '../../../src/lab/environment.js';
import { benchToJson, formatBench } from '../../../src/report/bench.js';
import { benchToSvg } from '../../../src/report/bench-svg.js';
import type { GuardAst, LabAst } from '../../../src/syntax/lab-ast.js';
import { environment } from '../../support/kernel.js';

const model = findModel('arm64-7.3')!;
const lab = (name: string): LabAst =>
  parseOrThrow({
    name,
    text: readFileSync(new URL(`../../../programs/bench/${name}.bpf`, import.meta.url), 'utf8'),
  });
const shipped = (name: string): GuardAst => environment.guard(name, { declarations: [] });
const named = (...names: readonly string[]) => CASES.filter((c) => names.includes(c.name));

/** A clock on which every look takes a tenth of a millisecond. */
function ticking(): () => number {
  let ms = 0;
  return () => {
    ms += 0.1;
    return ms;
  };
}

const run = (cases: readonly string[], guards: readonly GuardAst[], engine: 'interp' | 'wasm' = 'wasm') =>
  runBench(environment, {
    cases: named(...cases),
    guards,
    model,
    engine,
    schedule: { rounds: 3, time: 1, warmup: 0 },
    lab,
    now: ticking(),
  });

describe('what samples say', () => {
  const cases = named('trig-kernel-count', 'trig-fentry');
  const guards = ['generic', 'arm64', 'none'];
  const rounds = Array.from({ length: 9 }, (_, i) => i);
  const around = (ns: number): number[] => rounds.map((r) => ns + (r % 3) * 0.01);
  const { rows, floor, indistinct } = evaluate(
    cases,
    guards,
    [
      [around(10), around(10.2), around(10)],
      [around(40), around(32), around(20)],
    ],
    (b, g) => b * 10 + g,
  );
  const row = (name: string, guard: string) => rows.find((r) => r.case === name && r.guard === guard)!;

  test('time, share and ratio', () => {
    expect(row('trig-fentry', 'arm64').ns.median).toBeCloseTo(32.01);
    expect(row('trig-fentry', 'arm64').share).toEqual({
      median: expect.closeTo(12),
      spread: expect.closeTo(0),
    });
    expect(row('trig-fentry', 'generic').share.median).toBeCloseTo(20);
    expect(row('trig-fentry', 'arm64').ratio.median).toBeCloseTo(0.8, 3);
    expect(row('trig-fentry', 'none').insns).toBe(12);
  });

  test('the floor is what differs where nothing should', () => {
    expect(floor).toEqual([
      { case: 'trig-kernel-count', ns: expect.closeTo(0.2), part: expect.closeTo(0.02, 3) },
    ]);
    expect(floorPart(floor)).toBeCloseTo(0.02, 3);
    expect(indistinct).toEqual([]);
  });

  test('guards that differ by less than the floor are named', () => {
    const close = evaluate(
      cases,
      guards,
      [
        [around(10), around(10.5), around(10)],
        [around(40), around(39), around(20)],
      ],
      () => 1,
    );
    expect(close.indistinct).toEqual([{ case: 'trig-fentry', guards: ['generic', 'arm64'] }]);
  });
});

test('rounds that scatter say that the machine was busy', () => {
  const cases = named('trig-fentry');
  const guards = ['generic', 'arm64', 'none'];
  const calm = [30, 30, 31, 30, 30, 31, 30, 30, 31];
  const torn = [30, 55, 31, 54, 30, 55, 30, 55, 31];
  const of = (samples: readonly (readonly number[])[]) =>
    evaluate(cases, guards, [samples], () => 1).unsteady;
  expect(of([calm, calm, calm])).toBeUndefined();
  expect(of([calm, torn, calm])).toMatchObject({ case: 'trig-fentry', guard: 'arm64' });
});

test('all cases count every trigger under every guard, and take the same instructions on both engines', async () => {
  const guards = environment.guardNames.map(shipped);
  const [wasm, interp] = [
    await run(
      CASES.map((c) => c.name),
      guards,
    ),
    await run(
      CASES.map((c) => c.name),
      guards,
      'interp',
    ),
  ];
  expect(wasm.rows).toHaveLength(CASES.length * guards.length);
  // The driver's own way in and out falls on more or fewer triggers.
  for (const [i, row] of wasm.rows.entries()) expect(row.insns).toBeCloseTo(interp.rows[i]!.insns, 0);
  const unguarded = wasm.rows.filter((r) => !CASES.find((c) => c.name === r.case)!.usesGuard);
  for (const c of CASES.filter((x) => !x.usesGuard))
    expect(new Set(unguarded.filter((r) => r.case === c.name).map((r) => r.insns)).size).toBe(1);
});

test('the report has every case and guard, the floor, and the published figures with their source', async () => {
  const result = await run(['trig-kernel-count', 'trig-fentry'], ['generic', 'arm64', 'none'].map(shipped));
  const text = formatBench(result);
  expect(text).toMatch(/^trig-fentry +generic +[\d.]+ +[\d.]+ +[\d.]+ +[\d.-]+ +[\d.]+ +1\.000 +183$/m);
  expect(text).toMatch(/^noise floor: [\d.]+ %$/m);
  expect(text).toMatch(/^ {2}arm64 +█+.? [\d.]+ ns$/m);
  expect(text).toMatch(/^trig-fentry +43\.15 +53\.95 +\+25\.0 % +[+-][\d.]+ %$/m);
  expect(text).toContain('Neoverse V2');
  expect(text).toContain('30 % slower');
  expect(benchToJson(result)).toMatchObject({ engine: 'wasm', kernel: 'arm64-7.3', rounds: 3 });
  const svg = benchToSvg(result);
  expect(svg.match(/<rect /g)).toHaveLength(1 + 6 + 3);
  expect(svg).not.toContain('NaN');
});

const guard = (enter: string, exit = 'exit'): GuardAst =>
  guardOfFile({
    name: 'mine.bpf',
    text: `guard mine {\n    area size 4 align 4\n    enter {\n${enter}\n    }\n    exit {\n${exit}\n    }\n}\n`,
  });

test.each([
  ['refuses', guard('r0 = 0\nexit'), /B0621: under guard mine 0 of \d+ triggers of trig-fentry ran/],
  [
    'never lets go',
    guard(
      'r0 = &(void __percpu *)(r1)\nr1 = *(u32 *)(r0 + 0)\nw2 = 1\n*(u32 *)(r0 + 0) = w2\nr0 = 0\nif r1 != 0 goto 1f\nr0 = 1\n1:\nexit',
    ),
    /B0621: under guard mine 1 of/,
  ],
  ['faults', guard('w0 = *(u32 *)(r1 + 0)\nexit'), /B0701: trig-fentry under guard mine: percpu_pointer/],
  ['does not end', guard('again:\nr0 += 1\ngoto again\nexit'), /B0702: trig-fentry under guard mine/],
])('a guard that %s is not measured', async (_, mine, message) => {
  await expect(run(['trig-fentry'], [shipped('generic'), mine, shipped('none')])).rejects.toThrow(message);
});
