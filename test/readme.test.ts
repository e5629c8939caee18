import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from './support/cli.js';
import {
  argumentsOf,
  linksOf,
  Reader,
  type ReadmeStep,
  readmes,
  readReadme,
  reindexed,
  shortened,
  stepsOf,
  timeless,
} from './support/readme.js';

const names = readmes();

test('the folders that a user or a contributor opens have a README', () => {
  const folders = [
    '.',
    'programs',
    'programs/explore',
    'programs/bench',
    'grammar',
    'src',
    'src/cli',
    'src/web',
    'test',
    'bench',
  ];
  expect(names).toEqual(expect.arrayContaining(folders.map((f) => join(f, 'README.md'))));
});

test('README.md is read in three minutes', () => {
  expect(Buffer.byteLength(readReadme('README.md'))).toBeLessThanOrEqual(8192);
});

const isOurs = (step: ReadmeStep): boolean => step.kind === 'file' || argumentsOf(step.command) !== undefined;

describe.each(names)('%s', (name) => {
  const text = readReadme(name);
  let reader: Reader;
  beforeAll(() => {
    reader = new Reader();
  });

  for (const [i, step] of stepsOf(text).entries()) {
    if (step.kind === 'file') {
      // Tests run in the order in which a reader does these things.
      test(`${i + 1}: ${step.name} can be saved`, () => reader.save(step.name, step.text));
      continue;
    }
    test(`${i + 1}: ${step.command} prints what it says`, () => {
      expect(isOurs(step), 'a console block holds commands of tinybpf').toBe(true);
      const now = reader.output(argumentsOf(step.command)!);
      expect(timeless(shortened(now, step.output))).toBe(timeless(step.output));
    });
  }

  test('has its indexes of folders as they are', () => {
    expect(reindexed(text, name)).toBe(text);
  });

  test('links to what there is', () => {
    const missing = linksOf(text).filter((link) => !isThere(link, name));
    expect(missing).toEqual([]);
  });
});

/** The anchors of a text, as they are made of its headings. */
function anchorsOf(readme: string): string[] {
  const prose = readme.replace(/^```[\s\S]*?^```$/gm, '');
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/ /g, '-'),
  );
}

function isThere(link: string, from: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? join(ROOT, from) : join(ROOT, dirname(from), path);
  if (!existsSync(target)) return false;
  return anchor === undefined || anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
}

test('output that is left out is no other output', () => {
  const now = 'a\nb\nc\nd\ne';
  for (const shown of [now, 'a\n...', '...\ne', 'a\n...\ne', '...\nc\n...', 'a\n...\nc\n...\ne', '...'])
    expect(shortened(now, shown)).toBe(shown);
  for (const shown of [
    'a',
    'b\n...',
    '...\nd',
    'a\n...\nx\n...\ne',
    '...\nc\n...\nb\n...',
    'a\nb\nc\nd\ne\n...\ne',
    '',
  ])
    expect(shortened(now, shown)).toBe(now);
});
