import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CASES } from '../../src/bench/cases.js';
import { type CpuJob, CpuRunner } from '../../src/bench/cpu.js';
import { bootBench, callDriver } from '../../src/bench/prepare.js';
import { type CpuPool, cpuCounts, PRECISE, runScale } from '../../src/bench/scale.js';
import { placeWords, withMovedLab, withMovedWords } from '../../src/bench/sharing.js';
import { findModel } from '../../src/kernel/model.js';
import { guardOfFile, parseOrThrow } from '../../src/lab/environment.js';
import { interpreter } from '../../src/machine/bare.js';
import { formatScale, scaleToJson } from '../../src/report/bench-scale.js';
import type { GuardAst } from '../../src/syntax/lab-ast.js';
import { environment } from '../support/environment.js';

const model = findModel('arm64-7.3')!;
const lab = (name: string) =>
  parseOrThrow({
    name,
    text: readFileSync(new URL(`../../programs/bench/${name}.bpf`, import.meta.url), 'utf8'),
  });
const shipped = (name: string): GuardAst => environment.guard(name, { declarations: [] });

/** Runs CPUs one after the other on this thread; each call of the driver takes a millisecond. */
function inTurn(): CpuPool & { readonly jobs: CpuJob[] } {
  const jobs: CpuJob[] = [];
  return {
    jobs,
    run: async (all, ms) => {
      jobs.push(...all);
      return all.map((job) => {
        let clock = 0;
        return new CpuRunner(job).measure(ms, { now: () => clock++, step: 0.001, jumps: 0 });
      });
    },
  };
}

const run = (cases: readonly string[], guards: readonly GuardAst[], falseSharing = false, pool = inTurn()) =>
  runScale(environment, {
    cases: CASES.filter((c) => cases.includes(c.name)),
    guards,
    model,
    cpus: 3,
    falseSharing,
    schedule: { rounds: 3, time: 2, warmup: 1 },
    lab,
    pool,
    timer: { now: () => 0, step: 0, jumps: 0 },
  });

test('what is wrong with guards is found before anything is measured, and all of it', async () => {
  const named = (name: string, code: string): GuardAst =>
    guardOfFile({
      name,
      text: `guard ${name} { area size 4 align 4\nenter { ${code}; exit }\nexit { exit } }`,
    });
  const guards = [named('one', 'goto +99'), shipped('arm64'), named('two', 'r0 = nosuch ll')];
  for (const falseSharing of [false, true]) {
    const error: unknown = await run(['trig-fentry', 'trig-tp'], guards, falseSharing).catch((e) => e);
    expect(error).toMatchObject({ diagnostics: [{ code: 'B0503' }, { code: 'B0208' }] });
  }
});

test('1, 2, 4 … CPUs and the most', () => {
  expect([1, 2, 3, 6, 8].map(cpuCounts)).toEqual([[1], [1, 2], [1, 2, 3], [1, 2, 4, 6], [1, 2, 4, 8]]);
});

test('every CPU runs every case on memory that is shared, and counts its own triggers', async () => {
  const pool = inTurn();
  const result = await run(
    CASES.map((c) => c.name),
    ['generic', 'arm64', 'x86'].map(shipped),
    false,
    pool,
  );
  expect(result.rows).toHaveLength(CASES.length * 3 * 3);
  for (const row of result.rows) {
    expect(row.ns.median).toBeCloseTo(1e6 / 4000);
    expect(row.rate?.median).toBeCloseTo(row.cpus * 4);
    expect(row.busy).toBe(1);
  }
  for (const job of pool.jobs) expect(job.memory.buffer).toBeInstanceOf(SharedArrayBuffer);
});

test('words of the guard lie where they are put, and end at zero', async () => {
  const bench = CASES.find((c) => c.name === 'trig-fentry')!;
  for (const [placement, stride] of [
    ['apart', 256],
    ['together', 4],
  ] as const) {
    const kernel = bootBench(environment, {
      lab: withMovedLab(lab(bench.name)),
      guard: withMovedWords(shipped('arm64')),
      model,
      cpus: 3,
      engine: interpreter,
    });
    placeWords(kernel, placement);
    const [program] = kernel.programs.values();
    const written: number[][] = [];
    for (let cpu = 0; cpu < 3; cpu += 1) {
      const places = new Set<number>();
      const lines = kernel.globals.get('bench_lines')!;
      const { thread } = kernel.tasks[cpu]!;
      callDriver(kernel, bench, cpu, 1);
      const { startThread } = await import('../../src/machine/start.js');
      startThread(kernel.machine, thread, kernel.symbols.functionIndex(bench.driver), [1n]);
      kernel.interpreter.observe(thread, 1e6, {
        write: (_thread, _slot, at) => {
          if (at >= lines.at && at < lines.at + lines.count * 8) places.add(at);
        },
      });
      written.push([...places]);
      expect(kernel.active(program!, cpu)).toEqual(new Uint8Array(4));
    }
    expect(written.map((w) => w.length)).toEqual([1, 1, 1]);
    const [first, second, third] = written.map(([at]) => at!);
    expect([second! - first!, third! - first!]).toEqual([stride, 2 * stride]);
    expect(first! % 256).toBe(0);
    for (const [at] of written) expect(kernel.memory.readU32(at!)).toBe(0);
  }
});

test('both placements are measured and named', async () => {
  const result = await run(['trig-fentry'], [shipped('arm64')], true);
  expect(result.rows.map((r) => r.placement)).toEqual([
    ...Array(3).fill('apart'),
    ...Array(3).fill('together'),
  ]);
  expect(formatScale(result)).toMatch(
    /^trig-fentry +arm64 +in one line +3 +12\.00 +0\.00 +250\.00 +3\.00 +0\.0 %$/m,
  );
});

/** A pool of which every so many measurements take `times` as long as the others. */
function disturbed(every: number, times: number): CpuPool & { readonly jobs: CpuJob[] } {
  const pool = inTurn();
  let runs = 0;
  return {
    jobs: pool.jobs,
    run: async (jobs, ms) => {
      const found = await pool.run(jobs, ms);
      const by = (runs += 1) % every === 0 ? times : 1;
      return found.map((sample) => sample && { ...sample, ns: sample.ns * by });
    },
  };
}

test.each([
  ['until it is known what it takes', inTurn(), 6, 0],
  ['until a disturbance now and then counts no more', disturbed(11, 3), 9, 0],
  ['not for ever', disturbed(2, 2), 12, 3],
])('a measurement is repeated %s', async (_, pool, most, vague) => {
  const result = await run(['trig-fentry'], [shipped('arm64')], false, pool);
  expect(result.schedule.rounds).toBeGreaterThan(3);
  expect(result.schedule.rounds).toBeLessThanOrEqual(most);
  expect(result.rows.filter((r) => r.precision >= PRECISE)).toHaveLength(vague);
  expect(formatScale(result).includes('this machine cannot tell')).toBe(vague > 0);
});

/** What threads measure that have this part of their time in common: none where they take turns. */
const sharing = (together: number): CpuPool & { readonly jobs: CpuJob[] } => {
  const pool = inTurn();
  return {
    jobs: pool.jobs,
    run: async (jobs, ms) => {
      const found = await pool.run(jobs, ms);
      return found.map((sample, cpu) => {
        const from = cpu * ms * (1 - together);
        return sample && { ...sample, from, to: from + ms };
      });
    },
  };
};

test.each([
  ['take turns', 0, undefined, 0],
  ['have a part of their time in common', 0.6, undefined, 0.2 / 1.8],
  ['run at once', 0.99, 3, 0.98 / 1.02],
])('CPUs that %s', async (_, together, speedup, busy) => {
  const result = await run(['trig-fentry'], ['generic', 'none'].map(shipped), false, sharing(together));
  const three = result.rows.filter((r) => r.cpus === 3);
  for (const row of three) {
    expect(row.speedup).toBe(speedup);
    expect(row.rate === undefined).toBe(speedup === undefined);
    expect(row.busy).toBeCloseTo(busy);
  }
  const text = formatScale(result);
  expect(text).toMatch(
    speedup === undefined
      ? /^trig-fentry +none +3 +- +250\.00 +- +0\.0 %$/m
      : /^trig-fentry +none +3 +12\.00 .* 3\.00 +0\.0 %$/m,
  );
  expect(text.includes('too noisy')).toBe(speedup === undefined);
  const json = JSON.stringify(scaleToJson(result, 4));
  expect(`${text}${json}`).not.toMatch(/NaN|Infinity|undefined/);
  expect(json.includes('"ratio_to_one_cpu":null')).toBe(speedup === undefined);
});

test('what needs the host’s one thread is refused', async () => {
  const text = `guard mine {
    area size 4 align 4
    enter {
        r1 = r10
        r1 += -16
        r2 = 16
        call bpf_get_current_comm
        r0 = 1
        exit
    }
    exit {
        exit
    }
}
`;
  await expect(run(['trig-fentry'], [guardOfFile({ name: 'mine.bpf', text })])).rejects.toThrow(/B0622/);
});
