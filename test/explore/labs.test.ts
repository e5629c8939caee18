import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Exploration, explore } from '../../src/explore/explore.js';
import { finish, type SearchLimits } from '../../src/explore/search.js';
import { judgeVerdicts } from '../../src/explore/verdicts.js';
import { modelNamed, parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { parseSchedule } from '../../src/replay/parse.js';
import { replay } from '../../src/replay/replay.js';
import type { LabAst } from '../../src/syntax/lab-ast.js';
import { environment } from '../support/environment.js';

const LIMITS: SearchLimits = {
  maxStates: 5_000_000,
  maxSeconds: 120,
  // Only states count, so that nothing depends on how fast this machine is.
  clock: () => 0,
  isInterrupted: () => false,
};
const folder = new URL('../../programs/explore/', import.meta.url);
const files = readdirSync(folder).filter((f) => f.endsWith('.bpf'));

function labOf(name: string): LabAst {
  return parseOrThrow({ name, text: readFileSync(new URL(name, folder), 'utf8') });
}

function explored(lab: LabAst, guardName: string, scenario = 0, limits = LIMITS): Exploration {
  return finish(explore(lab, scenariosOf(lab)[scenario]!, environment, { guardName }, limits));
}

describe.each(files)('explore/%s', (name) => {
  const lab = labOf(name);

  test('begins with what it shows', () => {
    expect(readFileSync(new URL(name, folder), 'utf8').startsWith(`// ${name}: `)).toBe(true);
  });

  test.each(scenariosOf(lab).map((s, i) => [s.title?.name ?? `scenario ${i + 1}`, s] as const))(
    '%s: comes to the verdicts it expects',
    (_, scenario) => {
      const verdicts = judgeVerdicts(lab, scenario, environment, {}, LIMITS);
      expect(verdicts.length).toBeGreaterThan(0);
      expect(verdicts.filter((v) => !v.passed).map((v) => `${v.text}: it ${v.found}`)).toEqual([]);
    },
    120_000,
  );
});

describe('a search', () => {
  test('ends where its states take more memory than they may, and tells what it has found', () => {
    const told: string[] = [];
    const limits = {
      ...LIMITS,
      progress: (states: number, _: number, __: number, broken: readonly string[]) =>
        told.push(`${states >= 1024} ${broken.join()}`),
      shortening: (property: string) => told.push(property),
    };
    const lab = labOf('three-tasks-irq-nmi.bpf');
    const whole = explored(lab, 'arm64-v1', 0, { ...limits, maxBytes: 2 ** 30 });
    expect(whole.completeness).toBe('complete');
    told.length = 0;
    const maxBytes = whole.bytes / 2;
    const found = explored(lab, 'arm64-v1', 0, { ...limits, maxBytes });
    expect(found.completeness).toBe('max-memory');
    expect(found.bytes).toBeLessThanOrEqual(maxBytes);
    expect(found.states).toBeLessThan(whole.states);
    expect(told[0]).toMatch(/^true one_instance/);
    expect(told.slice(-found.broken.length)).toEqual(found.broken);
    // The schedules are there all the same, and have been carried out.
    expect(found.counterexamples.map((c) => c.property)).toEqual(found.broken);
  });

  test('tells how far it is where a state takes many instructions, and a replay that there was a fault', () => {
    const lab = labOf('self.bpf');
    let told = 0;
    const limits = { ...LIMITS, progress: () => void (told += 1) };
    const { states, counterexamples } = explored(lab, 'none', 0, limits);
    expect(states).toBeLessThan(1024);
    expect(told).toBeGreaterThan(0);
    const { schedule } = counterexamples.find((c) => c.property === 'no_fault')!;
    const turns = parseSchedule({ name: 'found', text: schedule });
    const result = replay(lab, scenariosOf(lab)[0]!, environment, turns, {
      guardName: 'none',
      maxEvents: 1e6,
    });
    expect(result.outcome.kind).toBe('fault');
    expect(result.events.at(-1)?.kind).toBe('fault');
  });
});

describe('the first version of the series', () => {
  const lab = labOf('two-tasks.bpf');
  const found = explored(lab, 'arm64-v1');
  const of = (property: string) => found.counterexamples.find((c) => c.property === property)!;

  test('admits two tasks by two switches, which the search without reduction cannot do with fewer instructions', () => {
    const { switches, moves, isMinimal, trace } = of('one_instance');
    expect({ switches, moves, isMinimal }).toEqual({ switches: 2, moves: 154, isMinimal: true });
    expect(trace.rows.filter((r) => r.text === 'on_work ADMITTED').map((r) => r.lane)).toEqual(['B', 'A']);
  });

  test('leaves the byte at 255', () => {
    expect(of('balanced').trace.findings).toEqual(['active of on_work on CPU 0 is ff 00 00 00']);
  });

  test('keeps both out on another schedule', () => {
    const texts = of('progress').trace.rows.map((r) => r.text);
    expect(texts.filter((t) => t === 'on_work REFUSED').length).toBeGreaterThanOrEqual(2);
    expect(texts).not.toContain('on_work ADMITTED');
  });

  test('every counterexample replays to the same end', () => {
    for (const c of found.counterexamples) {
      const schedule = parseSchedule({ name: 'it.schedule', text: c.schedule });
      const scenario = scenariosOf(lab).find((s) => s.title?.name === schedule.title)!;
      const options = { guardName: schedule.guard!, model: modelNamed(schedule.kernel!) };
      const result = replay(lab, scenario, environment, schedule, options);
      expect(result.executed).toBe(c.moves);
      expect(result.outcome.kind).toBe(c.property === 'one_instance' ? 'paused' : 'finished');
    }
  });
});

test('a search that is cut short says so, and proves nothing', () => {
  const lab = labOf('three-tasks-irq-nmi.bpf');
  const cut = explored(lab, 'arm64', 0, { ...LIMITS, maxStates: 100 });
  expect(cut.completeness).toBe('max-states');
  expect(cut.states).toBeLessThan(200);
  const interrupted = explored(lab, 'arm64', 0, { ...LIMITS, isInterrupted: () => true });
  expect(interrupted.completeness).toBe('interrupted');
});

test('257 tasks take a byte through 256, as u8-wrap.bpf says', () => {
  // A runs and is preempted inside; 254 are refused and preempted before put; the next takes the byte to 0, the last is admitted.
  const names = Array.from({ length: 257 }, (_, i) => `t${i}`);
  const tasks = names.map((n) => `    task ${n} cpu 0 { call work(1) }`).join('\n');
  const events = names
    .slice(0, -1)
    .map(
      (n, i) =>
        `    at ${i === 0 ? 'on_work' : 'bpf_prog_inc_misses_counter'} in ${n} preempt ${names[i + 1]}`,
    )
    .join('\n');
  const text = `function work(u64 who) {
    r0 = 0
    exit
}
global inside : u64
global most : u64
program on_work : fentry/work {
    r1 = inside ll
    r2 = *(u64 *)(r1 + 0)
    r2 += 1
    *(u64 *)(r1 + 0) = r2
    r3 = most ll
    r4 = *(u64 *)(r3 + 0)
    if r4 >= r2 goto leave
    *(u64 *)(r3 + 0) = r2
leave:
    r2 = *(u64 *)(r1 + 0)
    r2 += -1
    *(u64 *)(r1 + 0) = r2
    r0 = 0
    exit
}
scenario {
    kernel arm64-7.3-preempt-rcu
    guard arm64
${tasks}
${events.replace('at on_work in', 'at on_work+5 in')}
    at on_work+5 in t256 preempt t0
    expect most == 2
    expect on_work.run_cnt == 2
    expect on_work.recursion_misses == 255
    expect on_work.active == 0
}
`;
  const lab = parseOrThrow({ name: 'wrap.bpf', text });
  const result = runScenario(lab, scenariosOf(lab)[0]!, environment);
  expect(result.expects.filter((e) => !e.passed).map((e) => [e.text, ...e.found])).toEqual([]);
  expect(result.passed).toBe(true);
});
