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
  'percpu',
  'lab',
  'export',
  'verdict',
  'replay',
  'step',
  'bench',
  'explore',
  'promela',
  'report',
  'cli',
  'web',
];
/** What must not be seen from where, besides: each question that is asked of a lab is answered by itself. */
const BLIND: Readonly<Record<string, readonly string[]>> = {
  lab: ['percpu'],
  export: ['percpu'],
  step: ['replay', 'export'],
  replay: ['export'],
  bench: ['export', 'replay', 'step'],
  explore: ['export', 'step', 'bench'],
  promela: ['export', 'step', 'bench'],
  report: ['kernel'],
};

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

/** Files that import each other, types included, whatever the way: the strongly connected components of the imports. */
function circles(): string[][] {
  const files = filesBelow(src);
  const known = new Set(files);
  const importsBy = new Map(
    files.map((file) => [
      file,
      importsOf(file)
        .map((path) => path.replace(/\.js$/, '.ts'))
        .filter((path) => known.has(path)),
    ]),
  );
  const reached = new Map(files.map((file) => [file, reachable(file, importsBy)]));
  const seen = new Set<string>();
  const found: string[][] = [];
  for (const file of files) {
    if (seen.has(file) || !reached.get(file)!.has(file)) continue;
    const circle = files.filter((other) => reached.get(file)!.has(other) && reached.get(other)!.has(file));
    for (const member of circle) seen.add(member);
    found.push(circle.map((member) => relative(src, member)));
  }
  return found;
}

function reachable(from: string, importsBy: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>();
  const open = [...importsBy.get(from)!];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    open.push(...importsBy.get(file)!);
  }
  return reached;
}

test('no files import each other in a circle', () => {
  expect(circles()).toEqual([]);
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
      // The other has style sheets and scripts loaded, which are not texts.
      but: ['web/dom.ts', 'web/build/preload.ts'],
    },
  ];
  const found = ways.flatMap(({ within, by, but }: { within: string; by: RegExp; but: readonly string[] }) =>
    filesBelow(join(src, within))
      .filter((file) => !but.includes(relative(src, file)) && by.test(readFileSync(file, 'utf8')))
      .map((file) => relative(src, file)),
  );
  expect(found).toEqual([]);
});
