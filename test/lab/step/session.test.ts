import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { beginScenario, runScenario } from '../../../src/lab/run.js';
import type { Scheduler } from '../../../src/lab/scheduler.js';
import { Session } from '../../../src/lab/step/session.js';
import { takeSnapshot } from '../../../src/lab/step/snapshots.js';
import { environment, type LabScenario, labScenarios } from '../../support/labs.js';

const open = ({ lab, scenario }: LabScenario): Session =>
  new Session(() => beginScenario(lab, scenario, environment, { observe: true }));

/** All that a run is at a moment, with nothing in it that only this run has. */
function stateOf(session: Session): object {
  const { memory, runner: _, ...rest } = takeSnapshot(session.run);
  const scheduler = (session.run.runner as Scheduler).save();
  const { thread } = session;
  return {
    ...rest,
    memory: createHash('sha256').update(memory).digest('hex'),
    recorder: { ...rest.recorder, open: rest.recorder.open.map(([t, open]) => [t.at, open]) },
    events: [...session.events],
    outcome: session.outcome,
    next: [thread?.name, thread?.pc],
    scheduler: {
      ...scheduler,
      line: scheduler.line.map(({ script, at }) => [script.task.name, at]),
      last: scheduler.last?.task.name,
      turn: [scheduler.turn?.thread.name, scheduler.turn?.left, scheduler.turn?.exact],
      events: { ...scheduler.events, stoodAt: scheduler.events.stoodAt.map(([t, slot]) => [t.at, slot]) },
    },
  };
}

const scenarios = labScenarios('programs', 'test/data/labs').filter((s) => !s.name.includes('percpu'));

describe.each(scenarios.map((s) => [s.name, s] as const))('%s', (_, scenario) => {
  test('stepped to its end it does what it does when run at once', () => {
    const session = open(scenario);
    session.goTo(10_000);
    if (session.outcome === undefined) return;
    const { outcome, events, executed } = runScenario(scenario.lab, scenario.scenario, environment, {
      observe: true,
    });
    expect(session.position).toBe(executed);
    expect(session.outcome).toEqual(outcome);
    expect(session.events).toEqual(events);
  });
});

const position = fc.integer({ min: 0, max: 4000 });

test('a position reached from behind is the one reached from before', () => {
  fc.assert(
    fc.property(fc.constantFrom(...scenarios.map((s) => s.name)), position, position, (name, a, b) => {
      const session = open(scenarios.find((s) => s.name === name)!);
      session.goTo(Math.min(a, b));
      const before = stateOf(session);
      session.goTo(Math.max(a, b));
      const after = stateOf(session);
      session.goTo(Math.min(a, b));
      expect(stateOf(session)).toEqual(before);
      session.goTo(Math.max(a, b));
      expect(stateOf(session)).toEqual(after);
    }),
    { numRuns: 60 },
  );
});
