import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/cli.js';

const IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^'";]*?from\s*)?'(\.[^']+)'|\bimport\(\s*'(\.[^']+)'/gm;

/** What the page's own thread reads, by way of what: all that is imported, but for what a worker begins with. */
function modulesFrom(first: string): ReadonlyMap<string, string> {
  const reached = new Map<string, string>();
  const open = [[first, '']] as [string, string][];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [file, by] = next;
    if (reached.has(file) || !existsSync(join(ROOT, file))) continue;
    reached.set(file, by);
    if (!file.endsWith('.ts')) continue;
    for (const [, path = '', later = path] of readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT))
      open.push([relative(ROOT, resolve(ROOT, dirname(file), later)).replace(/\.js$/, '.ts'), file]);
  }
  return reached;
}

/** Rooms of which the page has nothing, and those of which it has tables and names. */
const WORKS = /^src\/(?:object|verify|machine|percpu|replay|step|bench|explore|promela)\//;
const TABLES =
  /^src\/(?:syntax\/(?:keywords\.generated|lab-ast)|isa\/(?:table|semantics\/\w+)|kernel\/(?:model|attach\/kinds)|lab\/(?:properties|events|layers))\.ts$/;

/**
 * A task that takes long keeps the page from answering. How long one takes depends on the machine; that nothing parses,
 * boots, runs, explores or measures but in a worker does not.
 */
test('nothing that takes long can be called on the thread of the page', () => {
  const modules = modulesFrom('src/web/main.ts');
  expect(modules.has('src/web/app.ts')).toBe(true);
  expect(modules.has('src/web/protocol/client.ts')).toBe(true);
  const working = [...modules].filter(
    ([file]) => WORKS.test(file) || (/^src\/(?:syntax|isa|kernel|lab)\//.test(file) && !TABLES.test(file)),
  );
  expect(working).toEqual([]);
});

test('and all of it can in the worker', () => {
  const files = [...modulesFrom('src/web/worker/worker.ts').keys()];
  for (const room of [
    'syntax',
    'isa',
    'verify',
    'machine',
    'kernel',
    'lab',
    'replay',
    'step',
    'bench',
    'explore',
  ])
    expect(
      files.some((file) => file.startsWith(`src/${room}/`)),
      room,
    ).toBe(true);
});
