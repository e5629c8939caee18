import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BOUNDS, type ExploreMessage, type Finding } from '../../src/web/protocol/explore.js';
import type { StepView } from '../../src/web/protocol/step.js';
import { oneLater } from '../../src/web/schedule-text.js';
import { exploreLab } from '../../src/web/worker/explore.js';
import { runSchedule } from '../../src/web/worker/schedule.js';
import { stepLab } from '../../src/web/worker/step.js';
import { environment } from '../support/environment.js';

const labOf = (name: string) => ({
  name: `programs/explore/${name}.bpf`,
  text: readFileSync(`programs/explore/${name}.bpf`, 'utf8'),
});

function findingsOf(name: string, guard: string): readonly Finding[] {
  const told: ExploreMessage[] = [];
  const choice = { guards: [guard], kernel: undefined, bounds: BOUNDS[0]! };
  exploreLab(labOf(name), choice, environment, (message) => told.push(message));
  return told.flatMap((m) => (m.kind === 'found' ? [m.finding] : []));
}

const LABS = [
  ['two-tasks', 'arm64-v1'],
  ['three-tasks-irq-nmi', 'arm64-v1'],
  ['broken-guard', 'mine'],
] as const;

/** What is executed next after so many instructions of a schedule, by the stepper: another player than the explorer's. */
function at(name: string, guard: string, schedule: string, position: number): StepView {
  const step = { command: 'here', from: { position } } as const;
  const answer = stepLab(labOf(name), { guard, kernel: undefined, schedule, step }, environment);
  expect(answer.flaws).toEqual([]);
  return answer.step!;
}

test.each(LABS)('rows of counterexamples of %s lead to their instruction', (name, guard) => {
  let compared = 0;
  for (const { schedules } of findingsOf(name, guard))
    for (const { schedule, rows, lanes } of schedules) {
      expect(lanes.length).toBeGreaterThan(0);
      for (const row of rows) {
        expect(lanes).toContain(row.lane);
        if (row.at === undefined) continue;
        const here = at(name, guard, schedule, row.position);
        expect(here.position).toBe(row.position);
        expect({ file: here.at?.file, line: here.at?.line }).toEqual(row.at);
        compared += 1;
      }
    }
  expect(compared).toBeGreaterThan(3);
});

test.each(LABS)('a turn of %s can come one instruction later', (name, guard) => {
  const found = findingsOf(name, guard).flatMap((f) => f.schedules)[0]!;
  const lengths = (text: string): number =>
    [...text.matchAll(/^(?:task|arrive|interrupt) .* (\d+)$/gm)].reduce((sum, m) => sum + Number(m[1]), 0);
  const first = found.rows.findIndex((row) => oneLater(found.schedule, row.move) !== undefined);
  expect(first).toBeGreaterThan(0);
  const later = oneLater(found.schedule, found.rows[first]!.move)!;
  expect(later).not.toContain('// breaks');
  expect(later).toMatch(/^\/\/ .* comes one instruction later\n/);
  // As many moves as before, or one more where nobody has one to give.
  expect(lengths(later) - lengths(found.schedule)).toBeLessThanOrEqual(1);
  const answer = runSchedule(labOf(name), { guard, kernel: undefined, schedule: later }, environment);
  const isPossible = answer.runs.length === 1;
  if (!isPossible) expect(answer.text).toContain('is not possible');
  else expect(answer.breaks).toBeDefined();
  // The turn that comes first has nothing before it.
  expect(oneLater(found.schedule, 0)).toBeUndefined();
});

test('the table of promises says what was checked, held and was not promised', () => {
  const [broken, holds] = findingsOf('two-tasks', 'arm64-v1');
  expect(Object.fromEntries(broken!.promises)).toMatchObject({
    one_instance: 'broken',
    balanced: 'broken',
    no_fault: 'holds',
  });
  expect(new Set(holds!.promises.map(([, state]) => state))).toEqual(new Set(['holds']));
  expect(broken!.schedules[0]!.mail).toMatch(
    /^readers can be preempted: guard arm64-v1, kernel \S+, 1 CPU\n\nBROKEN/,
  );
});
