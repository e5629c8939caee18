import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CASES } from '../../src/bench/cases.js';
import { type Timer, timerOf } from '../../src/bench/clock.js';
import { quickSeconds, timingPlanFor } from '../../src/bench/rounds.js';
import { type BenchResult, evaluate, runBench } from '../../src/bench/run.js';
import type { Estimate, Interval } from '../../src/bench/statistics.js';
import { findModel } from '../../src/kernel/model.js';
import { guardOfFile, parseOrThrow } from '../../src/lab/environment.js';
import { benchToJson, formatBench } from '../../src/report/bench.js';
import { benchToSvg } from '../../src/report/bench-svg.js';
import type { GuardAst, LabAst } from '../../src/syntax/lab-ast.js';
import { randomOf } from '../support/clocks.js';
import { environment } from '../support/environment.js';

const model = findModel('arm64-7.3')!;
const lab = (name: string): LabAst =>
  parseOrThrow({
    name,
    text: readFileSync(new URL(`../../programs/bench/${name}.bpf`, import.meta.url), 'utf8'),
  });
const shipped = (name: string): GuardAst => environment.guard(name, { declarations: [] });
const named = (...names: readonly string[]) => CASES.filter((c) => names.includes(c.name));

/** A clock on which every look takes a tenth of a millisecond, and that could tell a hundredth of it. */
function ticking(): Timer {
  let ms = 0;
  return { now: () => (ms += 0.1), step: 0.0005, jumps: 0 };
}

const FINE = { step: 50, part: 0 };

const run = (cases: readonly string[], guards: readonly GuardAst[], engine: 'interp' | 'wasm' = 'wasm') =>
  runBench(environment, {
    cases: named(...cases),
    guards,
    model,
    engine,
    schedule: { rounds: 3, time: 1, warmup: 0 },
    lab,
    timer: ticking(),
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
    FINE,
    (b, g) => b * 10 + g,
  );
  const row = (name: string, guard: string) => rows.find((r) => r.case === name && r.guard === guard)!;

  test('time, share and ratio', () => {
    expect(row('trig-fentry', 'arm64').ns.median).toBeCloseTo(32.01);
    expect(row('trig-fentry', 'arm64').share).toEqual({
      median: expect.closeTo(12),
      spread: expect.closeTo(0),
    });
    expect(row('trig-fentry', 'generic').share?.median).toBeCloseTo(20);
    expect(row('trig-fentry', 'arm64').ratio?.median).toBeCloseTo(0.8, 3);
    expect(row('trig-fentry', 'none').insns).toBe(12);
  });

  test('the floor is what differs where nothing should', () => {
    expect(floor.cases).toEqual([
      { case: 'trig-kernel-count', ns: expect.closeTo(0.2), part: expect.closeTo(0.02, 3) },
    ]);
    expect(floor.part).toBeCloseTo(0.02, 3);
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
      FINE,
      () => 1,
    );
    expect(close.indistinct).toEqual([{ case: 'trig-fentry', guards: ['generic', 'arm64'] }]);
  });
});

/** The rows of a table whose head begins so. */
function tableIn(text: string, head: RegExp): Record<string, string>[] {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => head.test(line));
  const names = lines[at]!.split(/ {2,}/);
  const starts: number[] = [];
  for (const name of names) starts.push(lines[at]!.indexOf(name, (starts.at(-1) ?? -1) + 1));
  const rows: Record<string, string>[] = [];
  for (const line of lines.slice(at + 1)) {
    if (!/^(?:trig|\s)/.test(line) || line.trim() === '') break;
    rows.push(
      Object.fromEntries(
        names.map((name, i) => [
          `${name}${names.indexOf(name) === i ? '' : ' 2'}`,
          line.slice(starts[i], starts[i + 1]).trim(),
        ]),
      ),
    );
  }
  return rows;
}

interface Bar {
  readonly case: string;
  readonly guard: string;
  /** What is written beside it, and what its title says. */
  readonly ns: string;
  readonly share: string;
  readonly title: string;
  /** Nanoseconds by the axis. */
  readonly length: number;
  readonly low: number;
  readonly high: number;
}

/** What a chart shows: its bars as they are drawn, and what it says of each case. */
function chartIn(svg: string): {
  readonly bars: readonly Bar[];
  readonly letters: ReadonlyMap<string, string>;
} {
  const lines = svg.split('\n');
  const at = (line: string | undefined, name: string): number =>
    Number(new RegExp(` ${name}="([-\\d.]+)"`).exec(line!)![1]);
  const said = (line: string | undefined): string => />([^<]*)<\/text>/.exec(line!)![1]!;
  const ticks = lines.flatMap((line) => (line.includes('text-anchor="middle"') ? [line] : []));
  const [zero, last] = [ticks[0], ticks.at(-1)];
  const scale = Number(said(last)) / (at(last, 'x') - at(zero, 'x'));
  const ns = (x: number): number => (x - at(zero, 'x')) * scale;
  const bars: Bar[] = [];
  const letters = new Map<string, string>();
  let name = '';
  for (const [i, line] of lines.entries()) {
    if (line.startsWith('<text') && line.includes('bold')) name = said(line);
    else if (line.includes('>letter ')) letters.set(name, said(line));
    const title = /<title>([^<]*)<\/title>/.exec(line)?.[1];
    if (title === undefined) continue;
    const whisker = lines[i + 1];
    bars.push({
      case: name,
      guard: said(lines[i - 1]),
      title,
      ns: said(lines[i + 4]),
      share: said(lines[i + 5]),
      length: ns(at(line, 'x') + at(line, 'width')),
      low: ns(at(whisker, 'x1')),
      high: ns(at(whisker, 'x2')),
    });
    for (const [cap, end] of [
      [lines[i + 2], 'x1'],
      [lines[i + 3], 'x2'],
    ] as const)
      expect(at(cap, 'x1')).toBe(at(whisker, end));
  }
  return { bars, letters };
}

const GUARDS = ['generic', 'arm64', 'x86', 'none'];
const TIMED = named('trig-kernel-count', 'trig-fentry', 'trig-rawtp');

/** What a run would say whose rounds took such times, by case and guard. */
function resultOf(samples: readonly (readonly (readonly number[])[])[], part = 0.001): BenchResult {
  return {
    engine: 'wasm',
    kernel: 'arm64-7.3',
    cases: TIMED,
    guards: GUARDS,
    schedule: { rounds: samples[0]![0]!.length, time: 20, warmup: 0 },
    ...evaluate(TIMED, GUARDS, samples, { step: 50, part }, () => 100),
  };
}

/** Rounds round a time, some of them disturbed, of all guards or of one. */
const noise = fc.record({
  base: fc.array(fc.double({ min: 5, max: 90, noNaN: true }), { minLength: 12, maxLength: 12 }),
  scatter: fc.double({ min: 0, max: 0.6, noNaN: true }),
  rounds: fc.integer({ min: 3, max: 25 }),
  seed: fc.nat(),
});

function noisySamples({
  base,
  scatter,
  rounds,
  seed,
}: typeof noise extends fc.Arbitrary<infer T> ? T : never) {
  const random = randomOf(seed);
  return TIMED.map((_, b) =>
    GUARDS.map((_guard, g) =>
      Array.from({ length: rounds }, () => base[b * 4 + g]! * (1 + scatter * random() ** 3)),
    ),
  );
}

describe('all columns of all outputs say the same', () => {
  const close = (shown: string | undefined, value: number, digits: number): void =>
    expect(Math.abs(Number.parseFloat(shown!) - value)).toBeLessThanOrEqual(0.5000001 * 10 ** -digits);

  test('and none says anything of guards that cannot be told apart', () => {
    let [apart, alike] = [0, 0];
    fc.assert(
      fc.property(noise, (drawn) => {
        const result = resultOf(noisySamples(drawn));
        const json = benchToJson(result) as BenchJson;
        const text = formatBench(result);
        const svg = benchToSvg(result);
        for (const output of [text, svg, JSON.stringify(json)])
          expect(output).not.toMatch(/NaN|Infinity|undefined|object/);
        const table = tableIn(text, /^case +guard/);
        const letter = tableIn(text, /^case +before/);
        const { bars, letters } = chartIn(svg);
        expect(bars).toHaveLength(json.rows.length);
        for (const { case: name, letter: of, here, ...found } of letter)
          if (TIMED.some((c) => c.name === name))
            expect(letters.get(name!)).toBe(
              `letter ${of} (${found['before M/s']} to ${found['after M/s']} M/s), here ${here}`,
            );
        expect(letters.size).toBe(TIMED.length);
        const isAlike = (name: string, one: string, other: string): boolean =>
          result.indistinct.some(
            (p) => p.case === name && p.guards.includes(one) && p.guards.includes(other),
          );
        for (const [i, shown] of table.entries()) {
          const row = json.rows[i]!;
          const of = (guard: string): number =>
            json.rows.find((r) => r.case === row.case && r.guard === guard)!.ns.median;
          close(shown['ns'], row.ns.median, 2);
          const bar = bars[i]!;
          expect([bar.case, bar.guard]).toEqual([row.case, row.guard]);
          const { low, high, confidence } = row.ns_interval;
          expect(low).toBeLessThanOrEqual(row.ns.median);
          expect(high).toBeGreaterThanOrEqual(row.ns.median);
          expect(confidence >= 0.95).toBe(drawn.rounds >= 6);
          // A pixel is a part of the longest bar, and coordinates have one digit after the point.
          for (const [drawnAt, value] of [
            [bar.length, row.ns.median],
            [bar.low, low],
            [bar.high, high],
          ] as const)
            expect(Math.abs(drawnAt - value)).toBeLessThan(
              0.6 * (Math.max(...json.rows.map((r) => r.ns_interval.high)) / 370) + 1e-9,
            );
          const interval = `[${low.toFixed(2)}, ${high.toFixed(2)}]`;
          const scatter = shown['+- 2'] === '' ? '' : ` ± ${shown['+- 2']}`;
          expect(bar.share).toBe(`guard ${shown['guard ns']}${scatter}`);
          expect(bar.title).toBe(`${row.case}, ${row.guard}: ${shown['ns']} ns ${interval}; ${bar.share} ns`);
          const ofCase = text.slice(text.indexOf(`\n${row.case}\n`));
          expect(ofCase).toMatch(
            new RegExp(
              `^  ${row.guard} +\\S+ ${shown['ns']} ns ${interval.replace(/[[\].]/g, '\\$&')}$`,
              'm',
            ),
          );
          close(shown['M ops/s'], 1000 / row.ns.median, 2);
          expect(row.m_ops_per_s).toBe(1000 / row.ns.median);
          const here = letter.find((l) => l['case'] === row.case)?.['here'];
          if (!row.uses_guard) {
            expect(shown['guard ns']).toBe('-');
            expect(row.guard_ns).toBeNull();
            expect(here).toBe('-');
            continue;
          }
          const free = row.guard !== 'none' && isAlike(row.case, row.guard, 'none');
          if (free) {
            expect(shown['guard ns']).toBe('~');
            expect(row.guard_ns).toBeNull();
          } else {
            close(shown['guard ns'], row.ns.median - of('none'), 2);
            expect(row.guard_ns!.median).toBeCloseTo(row.ns.median - of('none'), 9);
          }
          const same = row.guard !== 'generic' && isAlike(row.case, row.guard, 'generic');
          if (same) {
            alike += 1;
            expect(shown['x generic']).toBe('~');
            expect(row.ratio_to_generic).toBeNull();
            expect(text).toMatch(
              new RegExp(
                `^  ${row.case}: (?:generic and ${row.guard}|${GUARDS.slice(0, -1).join(', ')} and none) cannot`,
                'm',
              ),
            );
            expect(bar.ns).toBe(`${shown['ns']} ~`);
            if (row.guard === 'arm64') expect(here).toBe('~');
          } else {
            apart += 1;
            expect(bar.ns).toBe(shown['ns']);
            close(shown['x generic'], row.ns.median / of('generic'), 3);
            expect(row.ratio_to_generic!.median).toBeCloseTo(row.ns.median / of('generic'), 9);
            if (row.guard === 'arm64') close(here, 100 * (of('generic') / row.ns.median - 1), 1);
          }
        }
      }),
      { numRuns: 150 },
    );
    expect(Math.min(apart, alike)).toBeGreaterThan(50);
  });

  test('also where the rounds say otherwise than their medians', () => {
    const calm = Array.from({ length: 9 }, () => 20);
    const [generic, arm64] = [
      [50, 50, 50, 50, 50, 60, 60, 60, 60],
      [56, 56, 56, 56, 40, 40, 40, 40, 40],
    ];
    const row = [generic, arm64, calm, calm];
    const result = resultOf([[calm, calm, calm, calm], row, row]);
    expect(result.indistinct).toContainEqual({ case: 'trig-fentry', guards: ['generic', 'arm64'] });
    expect(formatBench(result)).toMatch(/^trig-fentry +43\.15 +53\.95 +\+25\.0 % +~$/m);
  });
});

test('what one step of the clock is, is part of the noise floor', () => {
  const row = [100, 100.4, 40, 20].map((ns) => Array.from({ length: 9 }, () => ns));
  const pairs = (part: number) => resultOf([[row[0]!, row[0]!, row[0]!, row[0]!], row, row], part).indistinct;
  expect(pairs(0.001)).toEqual([]);
  expect(pairs(0.01)).toContainEqual({ case: 'trig-fentry', guards: ['generic', 'arm64'] });
});

test('rounds that scatter say that the machine was busy', () => {
  const cases = named('trig-fentry');
  const guards = ['generic', 'arm64', 'none'];
  const calm = [30, 30, 31, 30, 30, 31, 30, 30, 31];
  const torn = [30, 55, 31, 54, 30, 55, 30, 55, 31];
  const of = (samples: readonly (readonly number[])[]) =>
    evaluate(cases, guards, [samples], FINE, () => 1).unsteady;
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
  // Three rounds tell nothing apart, the less so by a clock on which all take the same.
  expect(text).toMatch(/^trig-fentry +generic +40\.00 +25\.00 +0\.00 +~ +1\.000 +183$/m);
  expect(text).toMatch(/^noise floor: [\d.]+ %$/m);
  expect(text).toMatch(/^ {2}arm64 +█+.? ([\d.]+) ns \[\1, \1\]$/m);
  expect(text).toMatch(/^\[\]: all of 3 rounds, which hold the median with 75 % confidence only$/m);
  expect(text).toMatch(/^trig-fentry +43\.15 +53\.95 +\+25\.0 % +~$/m);
  expect(text).toContain('Neoverse V2');
  expect(text).toContain('30 % slower');
  expect(benchToJson(result)).toMatchObject({ engine: 'wasm', kernel: 'arm64-7.3', rounds: 3 });
  const svg = benchToSvg(result);
  expect(chartIn(svg).bars).toHaveLength(6);
  expect(svg).toContain('all of 3 rounds, which hold the median with 75 % confidence only');
  for (const said of ['Neoverse V2', '~: cannot be told apart']) expect(svg).toContain(said);
  expect(svg).not.toContain('NaN');
  // Where there is less room its bars are shorter and its notes take more lines; what it says is the same.
  const narrow = benchToSvg(result, 360);
  expect(Number(/ width="(\d+)"/.exec(narrow)![1])).toBeLessThanOrEqual(360);
  const saying = (drawn: string): string =>
    [...drawn.matchAll(/<text x="8.0"[^>]*>([^<]*)</g)].map(([, note]) => note).join(' ');
  expect(saying(narrow)).toBe(saying(svg));
  expect(chartIn(narrow).bars.map(({ case: of, guard }) => [of, guard])).toEqual(
    chartIn(svg).bars.map(({ case: of, guard }) => [of, guard]),
  );
});

/** A clock that shows whole steps, and on which every look takes most of a tenth of a millisecond. */
function stepping(step: number): () => number {
  let readings = 0;
  return () => {
    readings += 1;
    return Math.floor((readings * 0.08) / step) * step;
  };
}

test.each([0.1, 1])('as the page measures, by a clock with steps of %d ms', async (step) => {
  const timer = timerOf(stepping(step));
  expect(timer.step).toBeCloseTo(step, 6);
  const result = await runBench(environment, {
    cases: named('trig-kernel-count', 'trig-fentry'),
    guards: ['generic', 'none'].map(shipped),
    model,
    engine: 'wasm',
    schedule: { ...timingPlanFor(quickSeconds(CASES.length * 4), timer), warmup: 0 },
    lab,
    timer,
  });
  expect(result.floor.clock.part).toBeLessThanOrEqual(0.010_001);
  for (const row of result.rows) {
    // 4000 triggers in two looks, whatever machine this is: by as much as the clock can tell.
    expect(Math.abs(row.ns.median / 20 - 1)).toBeLessThan(0.011);
    expect(row.interval.low).toBeGreaterThan(19.7);
    expect(row.interval.high).toBeLessThan(20.3);
  }
  for (const output of [formatBench(result), benchToSvg(result), JSON.stringify(benchToJson(result))])
    expect(output).not.toMatch(/NaN|Infinity|undefined|object/);
});

test('not by one that stands still', () => {
  expect(() => timerOf(() => 1234.5)).toThrow(/B0623: nothing can be measured: the clock stands still/);
});

interface BenchJson {
  readonly rows: readonly {
    readonly case: string;
    readonly guard: string;
    readonly uses_guard: boolean;
    readonly m_ops_per_s: number;
    readonly ns: Estimate;
    readonly ns_interval: Interval;
    readonly guard_ns: Estimate | null;
    readonly ratio_to_generic: Estimate | null;
  }[];
}

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
