import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tinybpf } from '../support/cli.js';

const whole = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const readme = whole.slice(whole.indexOf('| document of'));

/** Members that the README's table says the document of a command has; those after a colon belong to its parts. */
function documented(command: string): string[] {
  const row = new RegExp(`^\\| \`?${command}[^|]*\\| *([^|]*?) *\\|$`, 'm').exec(readme)?.[1] ?? '';
  const own = row.replace(/\([^)]*\)/g, '').split(':')[0] ?? '';
  return ['version', ...[...own.matchAll(/`(\w+)`/g)].map((m) => m[1]!)];
}

const add = 'r1 = sym + 8 ll\nexit\n';
const recursion = 'programs/recursion.bpf';

test.each([
  ['run', ['run', recursion], ''],
  ['test', ['test', recursion], ''],
  ['check', ['check', recursion], ''],
  ['asm', ['asm', '-'], add],
  ['disasm', ['disasm', '-'], '9500000000000000'],
  ['explain', ['explain', 'B0101'], ''],
  ['conformance', ['conformance', 'test/data/conformance'], ''],
  ['errors', ['asm', '-'], 'r1 = w2\n'],
] as const)('README names the members of the document of %s', (command, args, input) => {
  const { stdout } = tinybpf(['--json', ...args], input);
  const document = JSON.parse(stdout) as Record<string, unknown>;
  expect(document['version']).toBe(1);
  expect(Object.keys(document).sort()).toEqual(documented(command).sort());
});

test('a scenario has the members that README names', () => {
  const sentence = /A scenario has ([^.]*)\./.exec(readme)?.[1] ?? '';
  const named = [...sentence.replace(/\([^)]*\)/g, '').matchAll(/`(\w+)`/g)].map((m) => m[1]!);
  const { stdout } = tinybpf(['--json', 'run', recursion]);
  const { scenarios } = JSON.parse(stdout) as { scenarios: Record<string, unknown>[] };
  expect(named.length).toBeGreaterThan(10);
  // A title is there only where the scenario has one.
  expect(Object.keys(scenarios[0]!)).toEqual(expect.arrayContaining(named.filter((n) => n !== 'title')));
});

test('the relocations of asm say what is added', () => {
  const { stdout } = tinybpf(['--json', 'asm', '-'], add);
  expect(JSON.parse(stdout)).toMatchObject({
    bytes: '180100000800000000000000000000009500000000000000',
    relocations: [{ at: 0, name: 'sym', addend: 8 }],
  });
});
