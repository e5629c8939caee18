import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { isOfVerifier, PAGE } from '../support/page-server.js';

const files = readdirSync(PAGE, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));

const sizeOf = (paths: readonly string[]): number =>
  paths.reduce((sum, path) => sum + gzipSync(readFileSync(path)).length, 0);

test('the page is small: all its files, compressed as servers compress them', () => {
  const ofVerifier = files.filter(isOfVerifier);
  expect(ofVerifier.length).toBe(3);
  expect(sizeOf(files.filter((path) => !isOfVerifier(path)))).toBeLessThan(438_000);
  // It is loaded once a lab has been shown (verifier.test.ts).
  expect(sizeOf(ofVerifier)).toBeLessThan(83_000);
});

test('the page names no address but its own, and what it begins with is small and no style sheet', () => {
  const html = readFileSync(join(PAGE, 'index.html'), 'utf8');
  const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map((m) => m[1]!);
  const files = addresses.filter((address) => address !== 'data:,');
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) expect(file).toMatch(/^\.\/assets\/[\w-]+\.js$/);
  // It may be read before anything is painted.
  const bytes = files.reduce((sum, file) => sum + readFileSync(join(PAGE, file)).length, 0);
  expect(bytes).toBeLessThan(8_000);
  expect(html).toMatch(/<p id="first">.*re-enter itself\?<\/p>/);
});

/** The files that a file of the page imports, by their names. */
function importsOf(name: string): string[] {
  const text = readFileSync(join(PAGE, 'assets', name), 'utf8');
  return [...text.matchAll(/(?:from|import)"\.\/([\w-]+\.js)"/g)].map((m) => m[1]!);
}

test('what the page itself loads is nothing of its worker: it would be read, and carried out, twice', () => {
  const names = files.filter((path) => path.endsWith('.js')).map((path) => basename(path));
  const named = (name: string): string => names.find((n) => n.startsWith(`${name}-`))!;
  const [worker] = importsOf(named('worker'));
  expect(worker).toMatch(/^labs-/);
  const loaded = new Set([named('index'), named('app'), named('embed')]);
  for (const name of loaded) for (const more of importsOf(name)) loaded.add(more);
  expect([...loaded]).toContain(named('both'));
  expect([...loaded]).not.toContain(worker);
});
