import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** The rooms in the order in which data walks through them; a file may import from its own room and earlier ones. */
const ROOMS = [
  'text',
  'syntax',
  'isa',
  'object',
  'verify',
  'machine',
  'kernel',
  'lab',
  'report',
  'cli',
  'web',
];
/** What must not be seen from where, besides. */
const BLIND: Readonly<Record<string, readonly string[]>> = { report: ['kernel'] };

const src = fileURLToPath(new URL('../src/', import.meta.url));

function filesBelow(dir: string, kinds: readonly string[] = ['.ts']): string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) return filesBelow(path, kinds);
    return kinds.some((k) => path.endsWith(k)) ? [path] : [];
  });
}

const roomOf = (path: string): string => relative(src, path).split('/')[0] ?? '';

function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((m) => resolve(dirname(path), m[1]!));
}

test('imports point only to earlier rooms', () => {
  const backward = filesBelow(src).flatMap((file) => {
    const room = ROOMS.indexOf(roomOf(file));
    return importsOf(file)
      .filter((target) => target.startsWith(src))
      .filter(
        (target) =>
          room >= 0 &&
          (ROOMS.indexOf(roomOf(target)) > room || BLIND[roomOf(file)]?.includes(roomOf(target))),
      )
      .map((target) => `${relative(src, file)} -> ${relative(src, target)}`);
  });
  expect(backward).toEqual([]);
});

test('every folder is a room', () => {
  const folders = readdirSync(src).filter((name) => statSync(join(src, name)).isDirectory());
  expect(folders.filter((f) => !ROOMS.includes(f))).toEqual([]);
});

test('no file is long without saying why', () => {
  const long = filesBelow(src, ['.ts', '.css', '.html']).filter((file) => {
    const lines = readFileSync(file, 'utf8').split('\n');
    return (
      lines.length > 400 &&
      !file.endsWith('.generated.ts') &&
      !/Long because/.test(lines.slice(0, 8).join('\n'))
    );
  });
  expect(long.map((f) => relative(src, f))).toEqual([]);
});

test('text leaves the program in one place, and comes into the page in one', () => {
  const ways = [
    { within: 'cli', by: /\bconsole\.|process\.std(?:out|err)\.write/, but: [] },
    {
      within: 'web',
      by: /\.textContent =|\.innerHTML|\.innerText =|insertAdjacent|\.replaceChildren\(|\.append(?:Child)?\((?!this\.|app\.|findingView|parent|element)/,
      but: ['web/dom.ts'],
    },
  ];
  const found = ways.flatMap(({ within, by, but }: { within: string; by: RegExp; but: readonly string[] }) =>
    filesBelow(join(src, within))
      .filter((file) => !but.includes(relative(src, file)) && by.test(readFileSync(file, 'utf8')))
      .map((file) => relative(src, file)),
  );
  expect(found).toEqual([]);
});
