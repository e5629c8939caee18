// cspell:ignore expct frobnicate
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { assemble } from '../../src/isa/assemble.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { parseScript } from '../../src/percpu/parse.js';
import { parseSchedule } from '../../src/replay/parse.js';
import { parseLab } from '../../src/syntax/parse-lab.js';
import { parseAssembly } from '../../src/syntax/parse-program.js';
import { bpfGrammar, labGrammar, mnemonicGrammar } from '../../src/syntax/tree.js';
import type { Diagnostic } from '../../src/text/diagnostic.js';
import { collecting } from '../support/collecting.js';
import { tinybpfHere } from '../support/in-process.js';

/** Reading ends with the first error after the hundredth, and says so, however long the input is. */

const LINES = 100_000;
const bad = (line: (n: number) => string): string =>
  Array.from({ length: LINES }, (_, n) => line(n)).join('\n');

const found = (read: () => unknown): Diagnostic[] => {
  const all: Diagnostic[] = [];
  collecting(all, read);
  return all;
};

const KINDS: readonly (readonly [string, () => readonly Diagnostic[]])[] = [
  [
    'assembly',
    () => parseAssembly({ name: 'bad.s', text: bad((n) => `r1 = *(u32 *)r${n % 9} +`) }).diagnostics,
  ],
  [
    'the mnemonic dialect',
    () => parseAssembly({ name: 'bad.s', text: bad((n) => `mov %r1 = ${n}`) }, 'mnemonic').diagnostics,
  ],
  [
    'assembly that is well formed',
    () =>
      assemble(parseAssembly({ name: 'bad.s', text: bad(() => 'r1 = w2').slice(0, 80_000) }).value)
        .diagnostics,
  ],
  [
    'labels that there are not',
    () =>
      assemble(parseAssembly({ name: 'bad.s', text: bad((n) => `goto x${n}`).slice(0, 80_000) }).value)
        .diagnostics,
  ],
  ['declarations', () => parseLab({ name: 'bad.bpf', text: bad((n) => `globl g${n} : u64`) }).diagnostics],
  [
    'a program of a lab',
    () =>
      found(() =>
        parseOrThrow({
          name: 'bad.bpf',
          text: `program p : fentry/htab_map_delete_elem {\n${bad((n) => `ret ${n}`)}\n}`,
        }),
      ),
  ],
  [
    'a scenario',
    () => parseLab({ name: 'bad.bpf', text: `scenario {\n${bad((n) => `expct ${n}`)}\n}` }).diagnostics,
  ],
  ['a schedule', () => found(() => parseSchedule({ name: 'bad.schedule', text: bad((n) => `tsk A ${n}`) }))],
  [
    'a per-CPU script',
    () => found(() => parseScript({ name: 'bad.percpu', text: bad((n) => `fre 1/${n}`) })),
  ],
];

afterEach(() => vi.restoreAllMocks());

test.each(KINDS)('100 errors of 100 000 in %s', (_, read) => {
  const diagnostics = read();
  expect(diagnostics.filter((d) => d.severity === 'error').length).toBe(100);
  expect(diagnostics.at(-1)).toMatchObject({ code: 'B0109', severity: 'note' });
  expect(diagnostics.filter((d) => d.code === 'B0109').length).toBe(1);
});

test.each([
  ['assembly', bad((n) => `if r1 == ${n} gto out`), 'llvm'],
  ['assembly', bad((n) => `frobnicate ${n}, ${n}, ${n}`), 'llvm'],
  ['the mnemonic dialect', bad((n) => `mov %r1 = ${n}`), 'mnemonic'],
] as const)('100 000 bad lines of %s ask the grammar less than 2 000 good ones would', (_, text, dialect) => {
  const asked = [bpfGrammar, mnemonicGrammar, labGrammar].map((g) => vi.spyOn(g, 'match'));
  parseAssembly({ name: 'bad.s', text }, dialect);
  const times = asked.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
  expect(times).toBeGreaterThan(100);
  expect(times).toBeLessThan(2000);
});

const lines = (n: number, line: string): string => `${line}\n`.repeat(n);
const dir = mkdtempSync(join(tmpdir(), 'tinybpf-limits-'));
const labFile = join(dir, 'bad.bpf');
writeFileSync(labFile, lines(150, 'globl x : u64'));
afterAll(() => rmSync(dir, { recursive: true }));

test.each([
  [['asm', '-'], lines(150, 'r1 = w2')],
  [['asm', '-'], lines(150, 'foo')],
  [['run', '-'], `program p : fentry/htab_map_delete_elem {\n${lines(150, '    foo')}}\n`],
  [['check', '-'], `program p : fentry/htab_map_delete_elem {\n${lines(150, '    r1 = w2')}}\n`],
  [['explore', '-'], lines(150, 'globl x : u64')],
  [['test', labFile], ''],
  [['step', '-', '-x', 'stepi'], lines(150, 'globl x : u64')],
  [['disasm', '--function', 'f', '-'], lines(150, 'globl x : u64')],
  [['percpu', '-'], lines(150, 'fre 1/2')],
  [['run', 'programs/explore/two-tasks.bpf', '--schedule', '-'], lines(150, 'tsk A 3')],
] as const)('%j shows the first errors, as many as it is told', async (args, input) => {
  const count = (text: string): number => text.match(/error\[/g)?.length ?? 0;
  const plain = await tinybpfHere(args, input);
  expect(count(plain.stdout + plain.stderr)).toBe(100);
  expect(plain.stdout + plain.stderr).toContain('there are more than 100 errors');
  const few = await tinybpfHere([...args, '--max-errors', '3'], input);
  expect(count(few.stdout + few.stderr)).toBe(3);
  expect(few.stdout + few.stderr).toContain('there are more than 3 errors');
  const all = await tinybpfHere([...args, '--max-errors', '150'], input);
  expect(count(all.stdout + all.stderr)).toBe(150);
  expect(all.stdout + all.stderr).not.toContain('B0109');
  expect([plain.status, few.status, all.status]).toEqual([1, 1, 1]);
});

test('the document of errors says whether there are more', async () => {
  const input = lines(5, 'foo');
  const told = async (most: string): Promise<unknown> =>
    JSON.parse((await tinybpfHere(['--json', 'asm', '--max-errors', most, '-'], input)).stdout);
  expect(await told('5')).toMatchObject({ more: false, error: { length: 5 } });
  expect(await told('4')).toMatchObject({ more: true, error: { length: 5 } });
});

test('warnings are cut as errors are, and hide none of them', async () => {
  const input = `${lines(150, 'r1 = 0xffffffff')}r1 = w2\nexit\n`;
  const { stderr } = await tinybpfHere(['asm', '-'], input);
  expect(stderr.match(/warning\[/g)?.length).toBe(100);
  expect(stderr).toContain('there are more than 100 warnings');
  expect(stderr).toContain('error[B0201]');
});
