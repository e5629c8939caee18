import { describe, expect, test } from 'vitest';
import type { Timer } from '../../src/bench/clock.js';
import { type OwnResult, runOwnBench } from '../../src/bench/own.js';
import type { BenchEngine } from '../../src/bench/run.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { scenariosOf } from '../../src/lab/run.js';
import { formatOwnBench, ownBenchToJson } from '../../src/report/bench.js';
import { environment } from '../support/environment.js';

/** A clock on which every look takes a tenth of a millisecond. */
function ticking(): Timer {
  let ms = 0;
  return { now: () => (ms += 0.1), step: 0.0005, jumps: 0 };
}

async function bench(text: string, engine: BenchEngine, guards = ['generic', 'arm64', 'none']) {
  const lab = parseOrThrow({ name: 'mine.bpf', text });
  return runOwnBench(environment, {
    lab,
    scenarios: scenariosOf(lab),
    guards: guards.map((guardName) => ({ guardName })),
    engine,
    schedule: () => ({ rounds: 3, time: 1, warmup: 0 }),
    timer: ticking(),
  });
}

const COUNTS = `
map counts : hash { key 4, value 8, max_entries 16 }
global seen : u64
function work(u64 n) {
    r0 = r1
    exit
}
program on_work : fentry/work {
    r1 = seen ll
    r2 = 1
    lock *(u64 *)(r1 + 0) += r2
    r0 = 0
    exit
}
program on_delete : fentry/htab_map_delete_elem {
    r1 = 0
    *(u32 *)(r10 - 4) = r1
    r1 = counts ll
    r2 = r10
    r2 += -4
    call bpf_map_delete_elem
    r0 = 0
    exit
}
`;

const row = (result: OwnResult, name: string, guard: string) =>
  result.rows.find((r) => r.case === name && r.guard === guard);

describe.each(['wasm', 'interp'] as const)('what calls of a lab cost on %s', (engine) => {
  test('each by itself, under each guard and without programs', async () => {
    const result = await bench(
      `${COUNTS}scenario {\n cpu 0 {\n call work(7) x 5\n delete counts[0]\n }\n}`,
      engine,
    );
    expect(result.cases.map((c) => [c.name, c.usesGuard])).toEqual([
      ['call work(7)', true],
      ['delete counts[0]', true],
    ]);
    expect(result.guards).toEqual(['generic', 'arm64', 'none', 'no programs']);
    expect(row(result, 'call work(7)', 'arm64')!.effect).toEqual({ runs: 1, misses: 0 });
    expect(row(result, 'call work(7)', 'no programs')!.effect).toEqual({ runs: 0, misses: 0 });
    // The program triggers itself once and is kept out; without a guard it never comes back.
    expect(row(result, 'delete counts[0]', 'generic')!.effect).toEqual({ runs: 1, misses: 1 });
    expect(row(result, 'delete counts[0]', 'none')).toBeUndefined();
    expect(result.leftOut).toEqual([
      { what: 'delete counts[0]', guard: 'none', why: expect.stringContaining('stack_overflow') },
    ]);
    const insns = (guard: string): number => row(result, 'call work(7)', guard)!.insns;
    expect(insns('no programs')).toBeLessThan(insns('none'));
    expect(insns('none')).toBeLessThan(insns('generic'));
    // By a clock that goes with looks at it, a batch takes as long under all guards.
    expect(row(result, 'call work(7)', 'generic')!.programs).toBeDefined();
    expect(row(result, 'call work(7)', 'no programs')!.programs).toBeUndefined();
  });

  test('after what its task does before it', async () => {
    const text = `${COUNTS}scenario {
    attach on_work
    cpu 0 {
        call work(1)
        detach on_work
        call work(2)
        attach on_work
        call work(3)
    }
}`;
    const result = await bench(text, engine);
    expect(result.cases.map((c) => c.name)).toEqual(['call work(1)', 'call work(3)']);
    expect(result.leftOut.filter((l) => l.what === 'call work(2)')).toEqual([
      { what: 'call work(2)', guard: undefined, why: 'no program runs in it' },
    ]);
  });

  test('a guard that lets nobody in, or lets nobody go, has no cost', async () => {
    const guards = `guard shut {
 area size 4 align 4
 enter {
 r0 = 0
 exit
 }
 exit {
 exit
 }
}
guard once {
 area size 4 align 4
 enter {
 r1 = &(void __percpu *)(r1)
 w2 = *(u32 *)(r1 + 0)
 w3 = 1
 *(u32 *)(r1 + 0) = w3
 r0 = 0
 if w2 != 0 goto 1f
 r0 = 1
 1:
 exit
 }
 exit {
 exit
 }
}
`;
    const result = await bench(`${guards}${COUNTS}scenario { cpu 0 { call work(1) } }`, engine, [
      'generic',
      'shut',
      'once',
      'none',
    ]);
    expect(result.rows.map((r) => r.guard)).toEqual(['generic', 'none', 'no programs']);
    expect(result.leftOut).toEqual([
      {
        what: 'call work(1)',
        guard: 'shut',
        why: expect.stringMatching(/^programs ran 0 times in \d+ calls/),
      },
      {
        what: 'call work(1)',
        guard: 'once',
        why: expect.stringMatching(/^programs ran 1 time in \d+ calls/),
      },
    ]);
  });
});

const LEFT = `${COUNTS}
user late : u64 missing
program on_fault : fentry/bpf_fentry_test1 {
    r1 = 0
    r0 = *(u64 *)(r1 + 0)
    exit
}
scenario "one" {
    cpus 2
    task A cpu 0 {
        sleep 5
        call work(1)
        join B
        call bpf_fentry_test1(1)
    }
    task B cpu 1 { call work(2) }
    at on_work+0 hardirq { delete counts[1] }
    at arm64.enter+1 nmi { call work(1) }
    expect on_work.run_cnt == 77
}
scenario "two" { cpu 0 { call bpf_fentry_test2(1, 2) } }
`;

test('what is not measured is said, and why', async () => {
  const result = await bench(LEFT, 'interp');
  const said = result.leftOut.map(({ what, why }) => `${what}: ${why}`);
  for (const wanted of [
    /^one: A, B: that tasks run at the same time/,
    /^one: sleep 5: costs what it says/,
    /^one: join B: tasks do not wait for each other/,
    /^one: at on_work\+0 hardirq: what comes in between is not measured/,
    /^one: at arm64\.enter\+1 nmi: what comes in between is not measured/,
    /^one: call bpf_fentry_test1\(1\): fault: /,
    /^two: call bpf_fentry_test2\(1, 2\): no program runs in it/,
  ])
    expect(said).toContainEqual(expect.stringMatching(wanted));
  expect(result.cases.map((c) => c.name)).toEqual(['one: call work(1)', 'one: call work(2)']);
  const text = formatOwnBench(result);
  expect(text).toMatch(
    /^case +guard +M ops\/s +ns +\+- +programs ns +\+- +guard ns +\+- +x generic +runs +misses +insns$/m,
  );
  expect(text).toMatch(/^not measured:\n {2}one: A, B: /m);
  expect(text).not.toMatch(/NaN|undefined|Neoverse/);
  const json = JSON.parse(JSON.stringify(ownBenchToJson(result)));
  expect(json.left_out).toHaveLength(result.leftOut.length);
  expect(json.rows[0]).toMatchObject({ case: 'one: call work(1)', guard: 'generic', runs: 1, misses: 0 });
  expect(json.rows.find((r: { guard: string }) => r.guard === 'no programs')).toMatchObject({
    guard_ns: null,
    programs_ns: null,
    uses_guard: false,
  });
});

test('where nothing can be measured, that is an error with the reasons', async () => {
  await expect(bench(`${COUNTS}scenario { cpu 0 { sleep 5 } }`, 'interp')).rejects.toThrow(
    /B0624: there is no call that could be measured/,
  );
});
