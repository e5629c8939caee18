import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answerOf } from '../../src/web/answer.js';
import type { LabText, RunView } from '../../src/web/protocol/protocol.js';
import { notesOn } from '../../src/web/summary.js';
import { runLab } from '../../src/web/worker/run.js';
import { runSchedule } from '../../src/web/worker/schedule.js';
import { environment } from '../support/environment.js';

const labOf = (name: string): LabText => ({
  name: `programs/${name}.bpf`,
  text: readFileSync(`programs/${name}.bpf`, 'utf8'),
});
const runsOf = (name: string, guard: string | undefined): readonly RunView[] =>
  runLab(labOf(name), { guard, kernel: undefined }, environment).runs;
const sentence = (name: string, scenario = 0, guard?: string): string =>
  answerOf(runsOf(name, guard)[scenario]!).text;

const LABS = ['', 'explore/'].flatMap((folder) =>
  readdirSync(`programs/${folder}`)
    .filter((f) => f.endsWith('.bpf'))
    .map((f) => folder + f.slice(0, -'.bpf'.length)),
);

describe('says in a sentence what a run comes to', () => {
  test.each([
    [
      'recursion',
      undefined,
      '`on_delete` re-entered itself on CPU 0: byte 0 went from 1 to 2, so the arm64 guard refused it.',
    ],
    [
      'recursion',
      'generic',
      '`on_delete` re-entered itself on CPU 0: byte 0 went from 1 to 2, so the generic guard refused it.',
    ],
    [
      'recursion',
      'none',
      '`on_delete` re-entered itself on CPU 0, and the none guard admitted it: two instances of `on_delete` at a time. It ends in a fault: kernel stack overflow on the kernel stack of task 0: 16376 of 16384 bytes are in use and the next frame needs 64.',
    ],
    [
      'nmi-over-task',
      undefined,
      '`on_work` came again in an NMI on CPU 0, on top of its run in task 0: byte 3 went from 0 to 1, so the arm64 guard refused it.',
    ],
  ] as const)('%s under %s', (lab, guard, said) => {
    expect(sentence(lab, 0, guard)).toBe(said);
  });

  /** The kernel counts misses itself, in BPF; the sentence is made from events. */
  test.each(LABS)('%s, as the counters have it, whatever the guard', (lab) => {
    for (const guard of [undefined, 'none'])
      for (const view of runsOf(lab, guard)) {
        const said = answerOf(view);
        const missed = view.counters.reduce((sum, c) => sum + c.recursionMisses + c.linkMissed, 0n);
        const event = said.event === undefined ? undefined : view.events[said.event];
        const where = `${lab}, ${view.title}, ${view.guard}: ${said.text}`;
        if (missed > 0n) expect(said.tone, where).not.toBe('quiet');
        if (said.tone === 'quiet') expect(missed, where).toBe(0n);
        if (event?.kind === 'enter') expect(event.admitted, where).toBe(/admitted/.test(said.text));
        if (said.tone === 'refused') expect(['enter', 'missed'], where).toContain(event?.kind);
        if (view.outcome === 'fault') expect(event?.kind, where).toBe('fault');
        expect(said.text, where).toMatch(/^(?:`|[A-Z]).*\.$/s);
        expect(said.text.split('`').length % 2, where).toBe(1);
      }
  });
});

test('a byte that stays is said beside it', () => {
  const schedule = readFileSync('test/data/web/lost-update.schedule', 'utf8');
  const choice = { guard: 'arm64-v1', kernel: undefined, schedule };
  const answer = runSchedule(labOf('explore/two-tasks'), choice, environment);
  const said = answerOf(answer.runs[0]!);
  expect(said.tone).toBe('broken');
  expect(said.text).toMatch(
    /Everything has returned, and byte 0 of the arm64-v1 guard for `on_work` on CPU 0 is 255, not 0\.$/,
  );
  expect(answer.breaks).toEqual(['one_instance', 'balanced']);
});

test.each([
  ['lost-update', 'arm64-v1', ' · the schedule ends here: it breaks one_instance, balanced'],
  ['claims-too-much', undefined, ' · the schedule ends here'],
] as const)(
  'the end of the schedule %s says what it has broken, whatever it claims',
  (name, guard, ending) => {
    const schedule = readFileSync(`test/data/web/${name}.schedule`, 'utf8');
    expect(schedule).toMatch(/^\/\/ breaks balanced: /m);
    const choice = { guard, kernel: undefined, schedule };
    const answer = runSchedule(labOf('explore/two-tasks'), choice, environment);
    expect(notesOn(answer.runs[0], schedule, answer.breaks)).toEqual({ note: '', ending });
  },
);
