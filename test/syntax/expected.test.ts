// cspell:ignore fentr
import { expect, test } from 'vitest';
import { parseLab } from '../../src/syntax/parse-lab.js';
import type { Diagnostic } from '../../src/text/diagnostic.js';
import { tinybpfHere } from '../support/in-process.js';

/** What is expected in the place of what cannot be read: what may have been meant, and no more than can be looked through. */

function saidOf(line: string): Diagnostic {
  const text = `program p : fentry/bpf_fentry_test1 {\n    ${line}\n    exit\n}\n`;
  return parseLab({ name: 'p.bpf', text }).diagnostics[0]!;
}
const expected = (line: string): string => saidOf(line).expected ?? '';

test.each([
  ['r6 = ', 'a register, a number, a name'],
  ['call', 'a sign, `kfunc`, a number, a name'],
  ['zz = 1 + 2', 'a register, `*`, `if`, `call`, `goto`, `gotol`, `exit`'],
])('%s', (line, first) => {
  const list = expected(line);
  expect(list.startsWith(first), list).toBe(true);
  // By letters the grammar looks ahead: nobody writes them.
  expect(list).not.toMatch(/`[a-z]`/);
  expect(list.split(/, | or /).length, list).toBeLessThan(14);
});

test('where some are left out it is said how to see all', () => {
  expect(saidOf('r6 = ').notes).toEqual(['`tinybpf list insns` shows all that there is']);
  expect(expected('r6 = ')).not.toContain('in quotes');
  expect(saidOf('goto').notes).toBeUndefined();
});

test('a kind or a type that is near is named, and not all', async () => {
  const lab = 'program p : fentr/f {\n    exit\n}\nmap h : hsh { }\n';
  const { stderr } = await tinybpfHere(['run', '-'], lab);
  expect(stderr).toContain('expected: a kind of `tinybpf list kinds`, such as fentry/NAME');
  expect(stderr).toContain('help: did you mean `fentry`?');
  expect(stderr).toContain('help: did you mean `hash`?');
  expect(stderr).not.toContain('lpm_trie');
  const far = await tinybpfHere(['run', '-'], 'map h : quite_another { }\n');
  expect(far.stderr).toContain('expected: hash, array,');
});
