import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../src/cli/commands.js';
import { ROOT, tinybpf } from './support/cli.js';
import { tinybpfHere } from './support/in-process.js';
import {
  argumentsOf,
  linksOf,
  NOT_OURS,
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
    'programs/guards-of-linux',
    'programs/bench',
    'programs/course',
    'grammar',
    'src',
    'src/cli',
    'src/verdict',
    'src/web',
    'test',
    'bench',
  ];
  expect(names).toEqual(expect.arrayContaining(folders.map((f) => join(f, 'README.md'))));
});

test('README.md is read in three minutes', () => {
  expect(Buffer.byteLength(readReadme('README.md'))).toBeLessThanOrEqual(8192);
});

/** Programs in C are compiled: what is said of them is followed where clang is. */
const ofC = 'programs/c/README.md';
const hasClang = ['clang', 'clang-21', 'clang-20', 'clang-19'].some(
  (c) => spawnSync(c, ['--version']).status === 0,
);

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
    const isSkipped = name === ofC && !hasClang;
    const why = isSkipped ? ' (skipped: there is no clang)' : '';
    test.skipIf(isSkipped)(`${i + 1}: ${step.command} prints what it says${why}`, async () => {
      expect(isOurs(step), 'a console block holds commands of tinybpf').toBe(true);
      const run = await tinybpfHere(argumentsOf(step.command)!, '', reader.dir);
      const now = (run.stdout + run.stderr).trimEnd();
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

test('output that is left out cannot be different output', () => {
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

/** Files and folders that a README names as code: `src/isa/table.ts`, `programs/guards`. */
function pathsIn(readme: string): string[] {
  const prose = readme.replace(/^```[\s\S]*?^```$/gm, '');
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map((m) => m[1]!);
  const paths = spans.flatMap((span) => span.split(' ')).filter((word) => word.includes('/'));
  // Capitals stand for a name of the reader's: `programs/NAME.bpf`.
  return paths.filter(
    (path) =>
      !/\/[A-Z]{4}[A-Z]*\./.test(path.replace('README.', '')) &&
      /^(?:src|test|programs|grammar|bench|\.ci)\/[\w./-]*$/.test(path),
  );
}

test.each(names)('%s names files that there are', (name) => {
  expect(pathsIn(readReadme(name)).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('the recipes of src/README.md name files', () => {
  const readme = readReadme('src/README.md');
  const recipes = readme.slice(readme.indexOf('## To add something'), readme.indexOf('## Words'));
  const each = recipes.split(/^(?=\*\*)/m).slice(1);
  expect(each.length).toBeGreaterThanOrEqual(10);
  for (const recipe of each) expect(pathsIn(recipe), recipe).not.toEqual([]);
});

test('src/README.md draws every room, in the order in which they may import', () => {
  const drawing = /^```text\n([\s\S]*?)^```$/m.exec(readReadme('src/README.md'))![1]!;
  const drawn = [...drawing.matchAll(/^ +(?:\+---- )?([a-z]+) +[a-z]/gm)].map((m) => m[1]);
  const order = /const ROOMS = \[([\s\S]*?)\]/.exec(
    readFileSync(join(ROOT, 'test/imports.test.ts'), 'utf8'),
  )![1]!;
  expect(drawn).toEqual([...order.matchAll(/'(\w+)'/g)].map((m) => m[1]));
});

/** A command and its options, as prose names them: `tinybpf check --guard ./mine.bpf LAB`. */
function mentioned(readme: string): string[] {
  const prose = readme.replace(/^```(?!sh)[^\n]*\n[\s\S]*?^```$/gm, '');
  return [...prose.matchAll(/(?:npx )?tinybpf ([a-z]+(?: [^`|\n]*)?)/g)].map((m) => m[1]!);
}

test.each(names)('%s names commands and options that there are', (name) => {
  for (const text of mentioned(readReadme(name))) {
    const command = COMMANDS.find((c) => c.name === text.split(' ')[0]);
    if (command === undefined) continue;
    const help = helpOf(command.name);
    for (const [, option] of text.matchAll(/ (--[a-z][a-z-]+)/g)) expect(help, text).toContain(option);
  }
});

test('the table of commands names every command and options that it has', () => {
  const readme = readReadme('src/cli/README.md');
  const table = readme.slice(readme.indexOf('## Commands'), readme.indexOf('## Limits'));
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  for (const { name } of COMMANDS) {
    const row = rows.find((line) => line.split(' | ')[0]!.includes(`\`${name}`));
    expect(row, name).toBeDefined();
    const isAlone = row!.split(' | ')[0]!.match(/`/g)!.length === 2;
    for (const [, option] of isAlone ? row!.matchAll(/`(--[a-z-]+)/g) : [])
      expect(helpOf(name), name).toContain(option);
  }
});

const helps = new Map<string, string>();
function helpOf(command: string): string {
  const known = helps.get(command) ?? tinybpf([command, '--help']).stdout;
  helps.set(command, known);
  return known;
}

/** Commands in a table or in prose that can be typed as they are; what takes long has tests of its own. */
const LONG = /^npx tinybpf (?:tour|bench)\b/;
const typed = names.flatMap((name) =>
  [...readReadme(name).matchAll(/^\| .*?`(npx tinybpf [^`]*)`/gm)].map((m) => m[1]!),
);
test.each(typed.filter((command) => !LONG.test(command) && !/[A-Z]{3}/.test(command)))(
  '%s can be typed',
  (command) => {
    const { status, stderr } = tinybpf(argumentsOf(command)!);
    expect(status, stderr).toBeLessThan(2);
  },
);

test('comments name no document that is not there', () => {
  const wrong = sourcesBelow(ROOT).flatMap((file) => {
    const comments = readFileSync(file, 'utf8').match(/(?:\/\/|^\s*\/?\*).*$/gm) ?? [];
    const documents = comments.flatMap((c) =>
      [...c.matchAll(/(?<![\w./*-])[\w/-]+\.md\b/g)].map((m) => m[0]),
    );
    const missing = documents.filter(
      (to) => !existsSync(join(ROOT, to)) && !existsSync(join(dirname(file), to)),
    );
    // A standard has a number, `RFC 9669 section 3`; a document that is not ours has a name.
    const named = comments.flatMap((c) => [...c.matchAll(/\b[a-z][\w-]* section \d/gi)].map((m) => m[0]));
    return [...missing, ...named].map((what) => `${relative(ROOT, file)}: ${what}`);
  });
  expect(wrong).toEqual([]);
});

/** Sources and labs, without data and without what is generated. */
function sourcesBelow(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : sourcesBelow(path);
    return /\.(?:ts|bpf|ohm|css|html|c)$/.test(entry.name) ? [path] : [];
  });
}

test('the lab that programs/README.md goes through line by line is the one that is shipped', () => {
  const first = /^## A first lab[\s\S]*?(?=^## )/m.exec(readReadme('programs/README.md'))![0];
  const shown = [...first.matchAll(/^```\n([\s\S]*?)^```$/gm)].flatMap((m) => m[1]!.trimEnd().split('\n'));
  const lab = readFileSync(join(ROOT, 'programs/two-programs.bpf'), 'utf8').split('\n');
  expect(shown.length).toBeGreaterThan(10);
  expect(shown.filter((line) => !lab.includes(line))).toEqual([]);
});

test('grammar/README.md has a row for every grammar', () => {
  const readme = readReadme('grammar/README.md');
  for (const file of readdirSync(join(ROOT, 'grammar')).filter((f) => f.endsWith('.ohm'))) {
    const text = readFileSync(join(ROOT, 'grammar', file), 'utf8');
    expect(readme).toContain(`| \`${file}\` |`);
    for (const [, grammar] of text.matchAll(/^([A-Z]\w+)(?: <: \w+)? \{/gm))
      expect(readme).toContain(`| \`${grammar}\` |`);
  }
});
