import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { explore } from '../../src/explore/explore.js';
import { finish } from '../../src/explore/search.js';
import { guardOfFile, parseOrThrow } from '../../src/lab/environment.js';
import type { LabEvent } from '../../src/lab/events.js';
import { type Begun, beginScenario, type RunOptions, scenariosOf } from '../../src/lab/run.js';
import { parseSchedule } from '../../src/replay/parse.js';
import { beginReplay } from '../../src/replay/replay.js';
import { formatActive } from '../../src/report/active.js';
import { traceEvents } from '../../src/report/perfetto.js';
import { formatTimeline } from '../../src/report/timeline.js';
import type { GuardAst } from '../../src/syntax/lab-ast.js';
import { environment } from '../support/environment.js';
import { LIMITS } from '../support/explore.js';
import { labScenarios } from '../support/labs.js';

/** A change of an area: the program, the CPU, and the bytes before and after. */
type Change = readonly [program: string, cpu: number, before: string, after: string];

/**
 * What really happened to the guard's areas, found without what records events: instruction by instruction, by reading
 * all of them.
 */
function changesOf({ kernel, runner }: Begun, most: number): Change[] {
  const areas = [...kernel.programs.values()].flatMap((program) =>
    kernel.processors.map(({ id: cpu }) => ({ program, cpu, before: kernel.active(program, cpu) })),
  );
  const changes: Change[] = [];
  for (let n = 0; n < most; n += 1) {
    const outcome = runner.step();
    for (const area of areas) {
      const { program, cpu, before } = area;
      const after = kernel.active(program, cpu);
      if (after.every((byte, i) => byte === before[i])) continue;
      changes.push([program.name, cpu, formatActive(before), formatActive(after)]);
      area.before = after;
    }
    if (outcome !== undefined) break;
  }
  return changes;
}

const written = (events: readonly LabEvent[]): Change[] =>
  events.flatMap((e) =>
    e.kind === 'write' ? [[e.program, e.areaCpu, formatActive(e.before), formatActive(e.after)]] : [],
  );

const changed = ([, , before, after]: Change): boolean => before !== after;

/** Every change is an event, in their order, and no event says of a change what is not so. */
function expectAllWritten(begun: Begun, most = 60_000): readonly LabEvent[] {
  const changes = changesOf(begun, most);
  begun.recorder!.finish();
  const { events } = begun.recorder!;
  expect(written(events).filter(changed)).toEqual(changes);
  // The text says every one of them, on a line of its own or as what an enter or exit came to.
  const text = formatTimeline(events);
  const arrows = [...text.matchAll(/(?:[\da-f]{2} ?)+(?: ?-> (?:[\da-f]{2} ?)+)+/g)].flatMap(([chain]) => {
    const steps = chain.split('->').map((s) => s.trim());
    return steps.slice(1).map((to, i) => `${steps[i]} -> ${to}`);
  });
  for (const [, , from, to] of changes) expect(arrows).toContain(`${from} -> ${to}`);
  return events;
}

const folders = ['programs', 'test/data/labs'];
const scenarios = labScenarios(...folders);

describe('every change of a guard’s area is an event', () => {
  test.each(scenarios.map((s) => [s.name, s] as const))('%s', (_, { lab, scenario }) => {
    expectAllWritten(beginScenario(lab, scenario, environment, { observe: true }), 20_000);
  });
});

const data = new URL('../data/guards/', import.meta.url);
const guardFiles = readdirSync(data).map((f): GuardAst => {
  const path = new URL(f, data);
  return guardOfFile({ name: path.pathname, text: readFileSync(path, 'utf8') });
});

const THREE = parseOrThrow({
  name: 'three.bpf',
  text: `function work(u64 who) {
    r0 = 0
    exit
}
program on_work : fentry/work {
    r0 = 0
    exit
}
scenario {
    kernel arm64-7.3-preempt-rcu
    task A cpu 0 { call work(1) }
    task B cpu 0 { call work(2) }
    task C cpu 0 { call work(3) }
    may nmi x 1 { call work(4) }
}
`,
});

const shipped = ['arm64-v1', 'arm64-nested', 'none'].map((guardName): RunOptions => ({ guardName }));
const choices: readonly (readonly [string, RunOptions])[] = [
  ...shipped.map((o): readonly [string, RunOptions] => [o.guardName!, o]),
  ...guardFiles.map((guard): readonly [string, RunOptions] => [guard.file!.declared, { guard }]),
];

describe.each(choices)('a schedule that breaks something under %s', (_, options) => {
  const [scenario] = scenariosOf(THREE);
  const found = finish(explore(THREE, scenario!, environment, options, LIMITS));

  test('has every write among its events, in the trace and in the rows of the counterexample', () => {
    expect(found.counterexamples.length).toBeGreaterThan(0);
    for (const c of found.counterexamples) {
      const schedule = parseSchedule({ name: 'it', text: c.schedule });
      const begun = beginReplay(THREE, scenario!, environment, schedule, options);
      const events = expectAllWritten(begun);
      const changes = written(events).filter(changed);
      const { rows } = c.trace;
      const shown = rows.flatMap((r) => (r.active === undefined ? [] : [formatActive(r.active)]));
      // Each change is the difference of two rows, one after the other.
      let at = 0;
      for (const [, , from, to] of changes) {
        at = shown.findIndex((bytes, i) => i >= at && bytes === to && (i === 0 || shown[i - 1] === from));
        expect(at).toBeGreaterThanOrEqual(0);
      }
      const marks = traceEvents([
        { title: undefined, guard: 'g', kernel: 'k', cpus: 1, events } as never,
      ]).filter((e) => e.name === 'active of on_work written');
      expect(marks.map((e) => e.args!['active'])).toEqual(
        written(events).map(([, , from, to]) => `${from} -> ${to}`),
      );
    }
  });
});

test('the store of an instance that was refused, which lets another in, is told where it happens', () => {
  const guard = guardFiles.find((g) => g.file!.declared === 'one-byte-of-bits')!;
  const [scenario] = scenariosOf(THREE);
  const { counterexamples } = finish(explore(THREE, scenario!, environment, { guard }, LIMITS));
  const { schedule, trace } = counterexamples.find((c) => c.property === 'one_instance')!;
  const begun = beginReplay(THREE, scenario!, environment, parseSchedule({ name: 'it', text: schedule }), {
    guard,
  });
  begun.runner.run();
  const text = formatTimeline(begun.recorder!.events);
  expect(text).toMatch(
    /on_work REFUSED.*\n.*on_work written {3}active 01 -> 00 {2}by one-byte-of-bits\.exit\+9\n/,
  );
  expect(trace.rows.map((r) => r.text)).toContain('one-byte-of-bits.exit: *(u8 *)(r6 + 0) = w2');
});

test('a write of a helper is a row, and of several stores each is a line', () => {
  const guard = guardFiles.find((g) => g.file!.declared === 'written-by-a-helper')!;
  const [scenario] = scenariosOf(THREE);
  const begun = beginScenario(THREE, scenario!, environment, { guard, observe: true });
  begun.runner.run();
  const text = formatTimeline(begun.recorder!.events);
  expect(text).toMatch(/written {3}active 01 00 00 00 00 00 00 00 -> 01 00 00 00 07 00 00 00 {2}by /);
  const { counterexamples } = finish(explore(THREE, scenario!, environment, { guard }, LIMITS));
  const rows = counterexamples.flatMap((c) => c.trace.rows.map((r) => r.text));
  expect(rows).toContain('written-by-a-helper.enter: call bpf_probe_read_kernel   writes on_work.active');
});
