import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Cpu } from '../../src/kernel/cpu.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { beginScenario, type RunOptions, runScenario, type ScenarioResult } from '../../src/lab/run.js';
import { Session } from '../../src/step/session.js';
import { InputError } from '../../src/text/diagnostic.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';

afterEach(() => vi.restoreAllMocks());

const FUNCTION = 'function f(u64 v) {\n    r0 = r1\n    exit\n}\n';

const labOf = (scenario: string, before = FUNCTION) => {
  const lab = parseOrThrow({ name: 'interrupts.bpf', text: `${before}scenario {\n${scenario}\n}\n` });
  return { lab, scenario: lab.declarations.findLast((d) => d.kind === 'scenario')! };
};

function run(scenario: string, options: RunOptions, before?: string): ScenarioResult {
  const made = labOf(scenario, before);
  return runScenario(made.lab, made.scenario, environment, options);
}

/** How often something looked whether a CPU accepts an interrupt. */
function looks(scenario: string, maxInsns: number): number {
  const accepts = vi.spyOn(Cpu.prototype, 'accepts');
  run(scenario, { maxInsns });
  const { length } = accepts.mock.calls;
  accepts.mockRestore();
  return length;
}

describe.each(['nmi', 'hardirq', 'softirq'])('%s', (level) => {
  test.each([1, 2, 7])('every %i instructions: the work grows as the instructions do', (period) => {
    const scenario = `cpu 0 { call f(1) x 100000 }\nevery ${period} insns ${level} { call f(2) }`;
    const few = looks(scenario, 10_000);
    const many = looks(scenario, 40_000);
    expect(few).toBeGreaterThan(100);
    expect(many / few).toBeLessThan(4.2);
  });
});

const period = fc.integer({ min: 1, max: 400 });
const level = fc.constantFrom('nmi', 'hardirq', 'softirq');
const kernel = fc.constantFrom('arm64-7.3', 'amd64-7.3', 'arm64-7.3-rt');
const every = fc.tuple(period, level).map(([n, l]) => ({ n, text: `every ${n} insns ${l} { call f(2) }` }));
const scenarios = fc.record({
  kernel,
  events: fc.array(every, { minLength: 1, maxLength: 3 }),
  maxInsns: fc.integer({ min: 1, max: 6000 }),
  engine: fc.constantFrom(...ENGINES),
});

test('every interrupt that came is served, one with another, or waits', () => {
  fc.assert(
    fc.property(scenarios, ({ kernel, events, maxInsns, engine: [, engine] }) => {
      const text = `kernel ${kernel}\ncpu 0 { call f(1) x 20 }\n${events.map((e) => e.text).join('\n')}`;
      const result = run(text, { maxInsns, engine });
      result.interrupts.forEach(({ arrived, served, merged }, i) => {
        expect(arrived).toBe(Math.floor(result.executed / events[i]!.n));
        expect([0, 1]).toContain(arrived - served - merged);
      });
      expect(run(text, { maxInsns })).toEqual(result);
    }),
    { numRuns: 60 },
  );
});

test('stepped instruction by instruction the same comes as when it is run at once', () => {
  fc.assert(
    fc.property(scenarios, ({ kernel, events, maxInsns }) => {
      const text = `kernel ${kernel}\ncpu 0 { call f(1) x 20 }\n${events.map((e) => e.text).join('\n')}`;
      const most = Math.min(maxInsns, 1500);
      const made = labOf(text);
      const options = { maxInsns: most, observe: true };
      const session = new Session(() => beginScenario(made.lab, made.scenario, environment, options));
      session.goTo(2 * most);
      const { outcome, executed, events: seen, interrupts } = run(text, options);
      expect(session.outcome).toEqual(outcome);
      expect(session.position).toBe(executed);
      expect(session.events).toEqual(seen);
      expect(session.run.runner.interrupts).toEqual(interrupts);
    }),
    { numRuns: 20 },
  );
});

const TIMER = `map timers : array { value 16, max_entries 1 }
global started : u64
global seen : u64
global spin : u64
function work(u64 v) {
    r1 = spin ll
    r1 = *(u64 *)(r1 + 0)
again:
    if r1 == 0 goto out
    r1 += -1
    r2 = r1
    r3 = r2
    r4 = r3
    goto again
out:
    r0 = 0
    exit
}
program arm : tc {
    *(u32 *)(r10 - 4) = 0
    r1 = timers ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r6 = r0
    r1 = r6
    r2 = timers ll
    r3 = 1
    call bpf_timer_init
    r1 = r6
    r2 = on_timer ll
    call bpf_timer_set_callback
    call bpf_ktime_get_ns
    r1 = started ll
    *(u64 *)(r1 + 0) = r0
    r1 = r6
    r2 = DELAY
    r3 = 0
    call bpf_timer_start
    r1 = 0
    call work
out:
    r0 = 0
    exit
}
function on_timer(u64 map, u64 key, u64 value) {
    call bpf_ktime_get_ns
    r1 = seen ll
    *(u64 *)(r1 + 0) = r0
    r0 = 0
    exit
}
`;

test('a timer that expires while the program goes on comes at its instruction, on every engine', () => {
  const numbers = fc.record({
    delay: fc.integer({ min: 1, max: 9000 }),
    spin: fc.integer({ min: 0, max: 2000 }),
    clock: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(numbers, ({ delay, spin, clock }) => {
      const before = TIMER.replace('DELAY', String(delay));
      const scenario = `clock ${clock}\ncpu 0 { set spin = ${spin} test_run arm sleep 100000 }`;
      const expects = 'expect started == 0\nexpect seen == 0';
      const text = `${scenario}\n${expects}`;
      const observed = run(text, { observe: true }, before);
      const found = (r: ScenarioResult) => r.expects.map((e) => e.found.join());
      const [started] = found(observed).map((f) => Number(/\d+$/.exec(f)?.[0]));
      const [came] = observed.events.flatMap((e) => (e.kind === 'interrupt' ? [e.time] : []));
      // The call of bpf_timer_start is the sixth instruction after the clock was read. What queues the timer is the 13th of the
      // helper, and starts counting at its end.
      const due = started! + (6 + 13) * clock + delay;
      expect(came! - due).toBeGreaterThanOrEqual(0);
      expect(came! - due).toBeLessThan(clock);
      for (const [, engine] of ENGINES) expect(found(run(text, { engine }, before))).toEqual(found(observed));
    }),
    { numRuns: 15 },
  );
});

test('a task that waits for itself is refused, with its place', () => {
  const made = labOf('task A cpu 0 { call f(1)  join A }');
  const begin = () => beginScenario(made.lab, made.scenario, environment, {});
  expect(begin).toThrow(InputError);
  try {
    begin();
  } catch (e) {
    expect((e as InputError).diagnostics[0]).toMatchObject({ code: 'B0405', span: { start: 80 } });
  }
});
