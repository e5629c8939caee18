import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as shortening from '../../src/explore/shorten.js';
import { CHOICE } from '../../src/replay/choice.js';
import { InternalError } from '../../src/text/diagnostic.js';
import { BOUNDS, type ExploreMessage } from '../../src/web/protocol/explore.js';
import { exploreLab } from '../../src/web/worker/explore.js';
import { environment } from '../support/environment.js';
import { tinybpfHere } from '../support/in-process.js';

type Moves = readonly number[];

/** What is done to a schedule that has been found. */
const damage: { to: (moves: Moves) => Moves } = { to: (moves) => moves };
const real = shortening.shorten;
beforeEach(() => {
  vi.spyOn(shortening, 'shorten').mockImplementation(function* (...args) {
    return damage.to(yield* real(...args));
  });
});

const dir = mkdtempSync(join(tmpdir(), 'tinybpf-confirm-'));
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  damage.to = (moves) => moves;
});

const TWO = 'programs/explore/two-tasks.bpf';
const EXPLORE = ['explore', '-g', 'arm64-v1', '-n', '1', '--schedules', dir, TWO];

/** Schedules as a search that is wrong could find them, and what is said of the first property that breaks. */
const WRONG: readonly (readonly [string, (moves: Moves) => Moves, string])[] = [
  ['ends too early', (m) => m.slice(0, -1), 'it breaks something else or nothing'],
  ['does nothing', () => [], 'it breaks something else or nothing'],
  ['is another order', (m) => [...m].sort(), 'it breaks something else or nothing'],
  ['lets an idle task run', (m) => [...m, CHOICE.task(2)], 'is not possible: nobody has woken ksoftirqd/0'],
  [
    'lets an interrupt go on',
    (m) => [CHOICE.interrupt(0), ...m],
    'move 1 is not possible: no interrupt is on',
  ],
];

describe.each(WRONG)('a counterexample that %s', (_, to, why) => {
  test('is an internal error of the command, with what to report', async () => {
    damage.to = to;
    const { stdout, stderr, status } = await tinybpfHere(EXPLORE);
    expect({ stdout, status }).toEqual({ stdout: '', status: 3 });
    expect(stderr).toContain(
      'error[B0901]: internal error: the schedule that was found to break one_instance',
    );
    expect(stderr).toContain(why);
    expect(stderr).toContain('= note: guard arm64-v1\n');
    expect(stderr).toContain('please report it');
    expect(stderr).not.toMatch(/^\s*(= note: )?at /m);
    expect(readdirSync(dir)).toEqual([]);
  });

  test('is one in JSON', async () => {
    damage.to = to;
    const { stdout, status } = await tinybpfHere(['--json', ...EXPLORE]);
    expect(status).toBe(3);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string; notes: string[] }[] };
    expect(error.map((e) => e.code)).toEqual(['B0901']);
    expect(error[0]!.message).toContain(why);
  });

  test('is one of the page', () => {
    damage.to = to;
    const told: ExploreMessage[] = [];
    const lab = { name: TWO, text: readFileSync(TWO, 'utf8') };
    const choice = { guards: ['arm64-v1'], kernel: undefined, bounds: BOUNDS[0]! };
    expect(() => exploreLab(lab, choice, environment, (m) => told.push(m))).toThrow(InternalError);
    expect(told.filter((m) => m.kind !== 'progress')).toEqual([]);
  });
});

test('what is found is confirmed otherwise, whatever is broken', async () => {
  const { status } = await tinybpfHere(EXPLORE);
  expect(status).toBe(0);
  expect(readdirSync(dir).length).toBe(3);
});
