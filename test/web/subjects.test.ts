import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { labNamed, SHIPPED_LABS } from '../../src/web/labs.js';
import { SUBJECTS } from '../../src/web/subjects.js';
import { ROOT } from '../support/cli.js';

const labsIn = (folder: string): string[] =>
  readdirSync(join(ROOT, 'programs', folder))
    .filter((f) => f.endsWith('.bpf'))
    .map((f) => folder + f.slice(0, -'.bpf'.length));

test('every lab has one subject, and every subject labs', () => {
  const listed = SUBJECTS.flatMap(([, labs]) => labs);
  expect([...listed].sort()).toEqual([...labsIn(''), ...labsIn('explore/')].sort());
  for (const [subject, labs] of SUBJECTS) {
    expect(labs.length, subject).toBeGreaterThan(0);
    for (const name of labs) expect(labNamed(name)?.subject).toBe(subject);
  }
});

test('the menu is in the order of the subjects, and each lab says what it shows', () => {
  expect(SHIPPED_LABS.map((lab) => lab.name)).toEqual(SUBJECTS.flatMap(([, labs]) => labs));
  for (const { name, summary } of SHIPPED_LABS) expect(summary, name).not.toBe('');
});
