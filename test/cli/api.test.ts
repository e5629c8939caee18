import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, tinybpf } from '../support/cli.js';
import { publicApi, RECORDED_API } from '../support/public-api.js';

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

/** Lines that only one of two texts has, in their order; lines that occur several times are counted. */
function onlyIn(one: string, other: string): string[] {
  const left = new Map<string, number>();
  for (const line of linesOf(other)) left.set(line, (left.get(line) ?? 0) + 1);
  return linesOf(one).filter((line) => {
    const n = left.get(line) ?? 0;
    left.set(line, n - 1);
    return n <= 0;
  });
}

test('what a user can import is as it is recorded', () => {
  const recorded = readFileSync(RECORDED_API, 'utf8');
  const now = publicApi();
  const difference = [
    ...onlyIn(recorded, now).map((line) => `- ${line}`),
    ...onlyIn(now, recorded).map((line) => `+ ${line}`),
  ];
  expect(
    difference,
    'The public API (src/index.ts, src/node.ts, and the types that these name) is not what test/data/api records. ' +
      'If that is meant, run `npm run accept -- api` and say in CHANGELOG.md what changes for users.',
  ).toEqual([]);
  expect(now).toBe(recorded);
});

test('the newest entry of CHANGELOG.md, package.json and --version name one version', () => {
  const changelog = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(/^## (\S+)/m.exec(changelog)?.[1]).toBe(version);
  expect(tinybpf(['--version']).stdout.trim()).toBe(version);
});
