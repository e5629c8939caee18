import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readObject } from '../../src/object/read.js';
import { OWN } from '../support/objects.js';
import { arbitraryTarget } from './arbitrary.js';
import { campaign, tally } from './campaign.js';
import { judgeRun } from './command/judge.js';
import { runCommand } from './command/run.js';
import { define } from './define.js';
import { putTogether, takeApart } from './object/parts.js';
import { parseOptions } from './options.js';
import { fewer, fewerBytes, shorterText } from './shrink.js';
import { TARGETS } from './targets.js';
import { encode } from './text/words.js';

const texts = define<string>({
  name: 'texts',
  about: 'fails where a text has both letters',
  inTest: 1,
  reaches: [],
  make: (random) => Array.from({ length: 200 }, () => random.of(['q ', 'x ', 'y\n', 'z\n'])).join(''),
  judge: (text) => {
    if (text.includes('q') && text.includes('z'))
      return { end: 'bad', wrong: { kind: 'both', details: text } };
    if (text.includes('w')) throw new Error('never');
    return { end: 'good' };
  },
  shrink: (text, fails) => shorterText(text, fails),
  show: (text) => text,
});

describe('a campaign', () => {
  test('reports a failure once, reduced, with the way to repeat it', async () => {
    const found = await campaign(texts, 40, ({ inputs }) => inputs < 5);
    const [failed] = found.failed.values();
    expect(found.failed.size).toBe(1);
    expect(failed).toMatchObject({ kind: 'both', seed: 40, times: 5 });
    expect(failed?.text).toContain('reproduce: npm run fuzz -- texts --seed 40 --runs 1');
    expect([...failed!.files.values()]).toEqual([expect.stringMatching(/^(?:qz|zq)$/)]);
    expect(tally(found)).toMatch(/^5 inputs: 5 bad; the slowest took \d+ ms/);
  });

  test('makes the same input of the same seed', async () => {
    for (const target of TARGETS) {
      if (target.name === 'objects' || target.name === 'lab')
        expect(await target.show(7)).toBe(await target.show(7));
    }
    expect(await texts.show(3)).not.toBe(await texts.show(4));
  });

  test('takes what is thrown for a failure', async () => {
    const throwing = define<number>({
      name: 'throwing',
      about: '',
      inTest: 1,
      reaches: [],
      make: (random) => random.between(0, 9),
      judge: (n) => {
        throw new RangeError(`bad number ${n}`);
      },
      show: String,
    });
    const { failed } = await campaign(throwing, 1, ({ inputs }) => inputs < 4);
    expect([...failed.keys()]).toEqual([expect.stringContaining('thrown: bad number N')]);
  });

  test('shrinks what fast-check makes', async () => {
    const numbers = arbitraryTarget<readonly number[]>({
      name: 'numbers',
      about: '',
      inTest: 1,
      reaches: [],
      arbitrary: fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1 }),
      judge: (list) =>
        list.some((n) => n > 100) ? { end: 'bad', wrong: { kind: 'large', details: '' } } : { end: 'good' },
      show: (list) => list.join(),
    });
    const { failed } = await campaign(numbers, 1, ({ inputs }) => inputs < 20);
    expect([...failed.get('large')!.files.values()]).toEqual(['101']);
  });
});

test('lists and bytes are reduced to what is needed', async () => {
  const needs =
    (...wanted: number[]) =>
    async (some: Iterable<number>) => {
      const list = [...some];
      return wanted.every((n) => list.includes(n));
    };
  const all = Array.from({ length: 100 }, (_, i) => i);
  expect(await fewer(all, needs(3, 77))).toEqual([3, 77]);
  expect(await fewerBytes(Uint8Array.from(all), needs(3, 77))).toEqual(Uint8Array.of(3, 77));
});

test('options', () => {
  expect(parseOptions(['lab', '--seed', '5', '--runs', '9'], 77)).toMatchObject({
    names: ['lab'],
    seed: 5,
    runs: 9,
    seconds: undefined,
  });
  expect(parseOptions(['all'], 77)).toMatchObject({ seed: 77, seconds: 10 });
  expect(() => parseOptions(['--seed', '-1'], 0)).toThrow();
  expect(() => parseOptions(['--runs', 'x'], 0)).toThrow('--runs needs a whole number');
  expect(() => parseOptions(['--sed', '1'], 0)).toThrow();
});

/** What the judge has to find in an answer. */
const BAD: readonly (readonly [
  string,
  { status?: number; stdout?: string; stderr?: string; args?: string[] },
  RegExp,
])[] = [
  [
    'an internal error',
    { status: 3, stderr: 'error[B0901]: internal error: oops 12\n' },
    /internal error: oops N/,
  ],
  ['another status', { status: 9, stderr: 'x' }, /^status 9$/],
  ['a stack trace', { status: 1, stderr: 'Error: x\n    at f (/a/b.js:1:2)\n' }, /^a stack trace$/],
  ['a stray word', { stdout: 'it took NaN ns\n' }, /^`NaN` in the output$/],
  ['another stray word', { stdout: 'in undefined+3\n' }, /^`undefined` in the output$/],
  ['a character that steers', { stdout: 'map \u001b[31mx' }, /^U\+001b in the output$/],
  ['a character that turns the line round', { stdout: 'map \u202ex' }, /^U\+202e in the output$/],
  ['half a document', { stdout: '{', args: ['--json'] }, /^no valid JSON$/],
  ['an unknown code', { status: 1, stderr: 'error[B9999]: x\n' }, /^an unknown code$/],
  ['no message', { status: 1, stderr: 'error[B0101]: \n --> f:1:1\n' }, /^B0101 without a message$/],
  ['no place', { status: 1, stderr: 'error[B0101]: x\n' }, /^B0101 without a place$/],
  ['a place outside', { status: 1, stderr: 'error[B0101]: x\n --> f:1:9\n' }, /^B0101 at a place outside/],
  ['an error all the same', { stderr: 'error[B0101]: x\n --> f:1:1\n' }, /^an error, but status 0$/],
  ['nothing at all', { status: 1 }, /^status 1, and nothing said$/],
  [
    'more than is allowed',
    { stdout: '{"version":1,"scenarios":[{"executed":99999}]}', args: ['--json'] },
    /^more executed than allowed$/,
  ],
];

describe('an answer is judged bad for', () => {
  test.each(BAD)('%s', (_, { status = 0, stdout = '', stderr = '', args = [] }, kind) => {
    const given = { file: 'f', text: 'abc', maxInsns: 100 };
    expect(judgeRun({ status, stdout, stderr, args }, given)?.kind).toMatch(kind);
  });
});

test('a good answer is not judged bad', async () => {
  expect(judgeRun(await runCommand(['run', 'programs/recursion.bpf']), {})).toBeUndefined();
  expect(judgeRun(await runCommand(['--json', 'run', 'nowhere']), {})).toBeUndefined();
});

test('a text keeps bytes that are not UTF-8', () => {
  expect([...encode('aé\udcff\ud83d\ude00')]).toEqual([0x61, 0xc3, 0xa9, 0xff, 0xf0, 0x9f, 0x98, 0x80]);
});

test.each(OWN.map((o) => [o.name, o.bytes] as const))(
  '%s is the same object when it has been taken apart',
  (_, bytes) => {
    const [before, after] = [readObject('x.o', bytes), readObject('x.o', putTogether(takeApart(bytes)))];
    expect(after).toEqual(before);
  },
);
