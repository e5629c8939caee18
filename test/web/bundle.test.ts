import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { PAGE } from '../support/page-server.js';

const files = readdirSync(PAGE, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));

test('the page is small: all its files, compressed as servers compress them', () => {
  const bytes = files.reduce((sum, path) => sum + gzipSync(readFileSync(path)).length, 0);
  expect(bytes).toBeLessThan(420_000);
});

test('the page names no address but its own', () => {
  const html = readFileSync(join(PAGE, 'index.html'), 'utf8');
  const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map((m) => m[1]!);
  expect(addresses.length).toBeGreaterThan(2);
  expect(addresses.filter((a) => !a.startsWith('./') && !a.startsWith('data:'))).toEqual([]);
});
