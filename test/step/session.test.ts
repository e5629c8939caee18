import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { beginScenario, runScenario } from '../../src/lab/run.js';
import { Session } from '../../src/step/session.js';
import { environment } from '../support/environment.js';
import { type LabScenario, labScenarios } from '../support/labs.js';
import { stateOf } from '../support/step-state.js';

const open = ({ lab, scenario }: LabScenario): Session =>
  new Session(() => beginScenario(lab, scenario, environment, { observe: true }));

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

test('a position reached backwards is the one reached forwards', () => {
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
