import { describe, expect, test } from 'vitest';
import { parseOrThrow } from '../../src/lab/environment.js';
import { EVENT_BYTES, RESULT_BYTES, type RunLimits } from '../../src/lab/limits.js';
import { beginScenario, type RunOptions, runScenario, type ScenarioResult } from '../../src/lab/run.js';
import { Session } from '../../src/step/session.js';
import { InputError } from '../../src/text/diagnostic.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';
import { tinybpfHere } from '../support/in-process.js';

const LAB = `map small : array { value 8, max_entries 4 }
map large : hash { key 4, value 8, max_entries 100000 }
global g : u64
function f(u64 v) {
    r0 = r1
    exit
}
program on_f : fentry/f {
    r0 = 0
    exit
}
program spin : tc {
    r1 = 0
again:
    r1 += 1
    if r1 < 200000 goto again
    r0 = 0
    exit
}
program ever : tc {
    r1 = 0
again:
    r1 += 1
    goto again
}
`;

const made = (scenario: string) => {
  const lab = parseOrThrow({ name: 'limits.bpf', text: `${LAB}scenario {\n${scenario}\n}\n` });
  return { lab, scenario: lab.declarations.findLast((d) => d.kind === 'scenario')! };
};

function run(scenario: string, options: RunOptions): ScenarioResult {
  const { lab, scenario: ast } = made(scenario);
  return runScenario(lab, ast, environment, options);
}

/** A clock that goes on by so many milliseconds whenever it is looked at. */
function clock(step: number): { readonly clock: () => number; readonly looks: () => number } {
  let looks = 0;
  return {
    clock: () => {
      looks += 1;
      return looks * step;
    },
    looks: () => looks,
  };
}

describe.each(ENGINES)('seconds, on engine %s', (_, engine) => {
  test('end a run in the middle of one long call, with the place where it stopped', () => {
    const { clock: now } = clock(100);
    const result = run('cpu 0 { test_run ever }', {
      engine,
      maxInsns: 1e12,
      limits: { maxSeconds: 1, clock: now },
    });
    const { outcome } = result;
    expect(outcome.kind).toBe('time');
    if (outcome.kind !== 'time') return;
    expect(outcome.where[0]).toMatchObject({ function: 'ever', kind: 'program' });
    expect(outcome.unfinished).toMatchObject([{ task: 'task 0', text: 'test_run ever' }]);
    expect(result.passed).toBe(false);
    // Ten looks at the clock, of which two come before the first instruction.
    expect(result.executed).toBeLessThan(10 * 300_000);
    expect(result.executed).toBeGreaterThan(100_000);
  });

  test.each([
    ['that only does what takes no instructions', 'cpu 0 { set g = 1 x 1000000 }'],
    ['that interrupts keep from going on', 'cpu 0 { call f(1) }\nevery 1 insns nmi { call f(2) }'],
    ['of many short calls', 'cpu 0 { call f(1) x 1000000 }'],
  ])('end a run %s', (_what, scenario) => {
    const { clock: now, looks } = clock(1);
    const result = run(scenario, { engine, maxInsns: 1e12, limits: { maxSeconds: 2, clock: now } });
    expect(result.outcome.kind).toBe('time');
    expect(looks()).toBeLessThanOrEqual(2003);
  });

  test('that are not over change nothing', () => {
    const scenario =
      'cpu 0 { test_run spin  test_run spin  call f(1) x 20 }\nevery 70001 insns nmi { call f(2) }';
    const limits: RunLimits = { maxSeconds: 1, clock: () => 5, maxBytes: 1 << 30 };
    const result = run(scenario, { engine, limits });
    expect(result.outcome.kind).toBe('finished');
    expect(result.executed).toBeGreaterThan(800_000);
    expect(result).toEqual(run(scenario, { engine }));
  });
});

describe('memory', () => {
  const MACHINE = beginScenario(...args('cpu 0 { call f(1) }'), {}).kernel.memory.bytes;

  function args(
    scenario: string,
  ): [ReturnType<typeof made>['lab'], ReturnType<typeof made>['scenario'], typeof environment] {
    const { lab, scenario: ast } = made(scenario);
    return [lab, ast, environment];
  }

  test('ends a run that records too many events, with the place', () => {
    const maxBytes = MACHINE + 2000 * EVENT_BYTES;
    const result = run('cpu 0 { call f(1) x 1000000 }', { observe: true, limits: { maxBytes } });
    expect(result.outcome).toMatchObject({ kind: 'memory', unfinished: [{ text: 'call f(1)' }] });
    // Results of calls count too; and some come between two looks.
    expect(result.events.length).toBeGreaterThan(1900);
    expect(result.events.length).toBeLessThan(2000 + (1 << 14));
    expect(run('cpu 0 { call f(1) x 100 }', { observe: true, limits: { maxBytes } }).outcome.kind).toBe(
      'finished',
    );
  });

  test('ends a run that keeps too many results', () => {
    const maxBytes = MACHINE + 1000 * RESULT_BYTES;
    const result = run('cpu 0 { call f(1) x 1000000 }', { limits: { maxBytes } });
    expect(result.outcome.kind).toBe('memory');
    expect(result.actions[0]!.results.length).toBe(1001);
  });

  test('is told before the machine is made, where its largest part is', () => {
    const begin = () => run('cpu 0 { call f(1) }', { limits: { maxBytes: 4 << 20 } });
    expect(begin).toThrow(InputError);
    try {
      begin();
    } catch (e) {
      const [diagnostic] = (e as InputError).diagnostics;
      expect(diagnostic).toMatchObject({ code: 'B0607', help: '`--max-memory` says so' });
      expect(diagnostic!.span!.source.text.slice(diagnostic!.span!.start, diagnostic!.span!.end)).toBe(
        'large',
      );
    }
  });

  test('ends a run that is stepped, and can be walked back from there', () => {
    const { lab, scenario } = made('cpu 0 { call f(1) x 1000000 }');
    const options = { observe: true, limits: { maxBytes: MACHINE + 50 * EVENT_BYTES } };
    const session = new Session(() => beginScenario(lab, scenario, environment, options));
    session.goTo(1e6);
    expect(session.outcome?.kind).toBe('memory');
    const end = session.position;
    session.goTo(10);
    expect(session.outcome).toBeUndefined();
    session.goTo(1e6);
    expect(session.position).toBe(end);
  });
});

test('the command says what was used up, in text and JSON, with status 1', async () => {
  const lab = `${LAB}scenario {\n    cpu 0 { call f(1) x 1000000 }\n}\n`;
  const text = await tinybpfHere(['run', '--timeline', '--max-memory', '20', '-'], lab);
  expect(text.stdout).toMatch(/stopped\[B0706\]: it has kept as much as it may after \d+ instructions/);
  expect(text.status).toBe(1);
  const json = await tinybpfHere(['--json', 'run', '--max-memory', '20', '-'], lab);
  expect(json.status).toBe(1);
  const { scenarios } = JSON.parse(json.stdout) as { scenarios: { outcome: object }[] };
  expect(scenarios[0]!.outcome).toMatchObject({ kind: 'memory', code: 'B0706' });
  const test = await tinybpfHere(
    ['run', '--max-seconds', '1', '--max-insns', '1000000000000000', '-'],
    `${LAB}scenario {\n    cpu 0 { test_run ever }\n}\n`,
  );
  expect(test.stdout).toContain('stopped[B0705]: the time is over');
  expect(test.stdout).toMatch(/#0 {2}ever\+\d \(program\)/);
  expect(test.status).toBe(1);
});

test('more memory than node has is refused, with what gives it more', async () => {
  const run = await tinybpfHere(['run', '--max-memory', '99999999', 'programs/recursion.bpf']);
  expect(run.status).toBe(2);
  expect(run.stderr).toContain('NODE_OPTIONS=--max-old-space-size=99999999');
});
