import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConformance, runConformance } from '../../src/machine/conformance.js';
import { ENGINES } from '../support/engines.js';
import { tinybpfHere } from '../support/in-process.js';
import { CONFORMANCE, CONFORMANCE_NEXT, present } from '../support/shared.js';

const own = new URL('../data/conformance/', import.meta.url).pathname;

describe.each(ENGINES)('engine %s', (_, engine) => {
  test.each(readdirSync(own))('our own case %s', (name) => {
    const outcome = runConformance(parseConformance(name, readFileSync(`${own}/${name}`, 'utf8')), engine);
    expect(outcome).toMatchObject({ passed: true });
  });

  test.for([
    [CONFORMANCE, 100],
    [CONFORMANCE_NEXT, 1],
  ] as const)('every file of bpf_conformance in %s', ([folder, least], { skip }) => {
    if (!present(folder)) skip(`there is no ${folder}`);
    const names = readdirSync(folder).filter((n) => n.endsWith('.data'));
    const outcomes = names.map((n) =>
      runConformance(parseConformance(n, readFileSync(`${folder}/${n}`, 'utf8')), engine),
    );
    expect(names.length).toBeGreaterThan(least);
    expect(outcomes.filter((o) => !o.passed)).toEqual([]);
  });
});

const flawed = new URL('../data/conformance-flawed/', import.meta.url).pathname;

test.each(readdirSync(flawed))('%s fails', (name) => {
  const text = readFileSync(`${flawed}/${name}`, 'utf8');
  const says = /^# fails: (.*)$/m.exec(text)?.[1] ?? 'a line `# fails: …`';
  const outcome = runConformance(parseConformance(name, text), ENGINES[0]![1]);
  expect(outcome.passed).toBe(false);
  expect(outcome.actual).toContain(says);
});

test('a file that is not text is one failure among the others', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tinybpf-'));
  writeFileSync(join(dir, 'a.data'), Uint8Array.from([0xff, 0xfe, 0x80]));
  writeFileSync(join(dir, 'b.data'), '-- asm\nmov %r0, 1\nexit\n-- result\n0x1\n');
  const run = await tinybpfHere(['conformance', dir]);
  expect(run.stdout).toMatch(/^FAIL a\.data: .*not a text file: .*UTF-16\n1 passed, 1 failed\n$/);
  expect(run.status).toBe(1);
});
