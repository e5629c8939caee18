import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';

const whole = readFileSync(new URL('../../src/cli/README.md', import.meta.url), 'utf8');
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
] as const)('README names the members of the document of %s', async (command, args, input) => {
  const { stdout } = await tinybpfHere(['--json', ...args], input);
  const document = JSON.parse(stdout) as Record<string, unknown>;
  expect(document['version']).toBe(1);
  expect(Object.keys(document).sort()).toEqual(documented(command).sort());
});

/** Members that README's second table says a part of a document has. */
function named(part: string): string[] {
  const row = new RegExp(`^\\| ${part} \\| (.*) \\|$`, 'm').exec(readme);
  expect(row, part).not.toBeNull();
  return [...row![1]!.replace(/\([^)]*\)/g, '').matchAll(/`(\w+)`/g)].map((m) => m[1]!).sort();
}

const members = (value: unknown): string[] => Object.keys(value as object).sort();

/** Labs with a title and without, with a fault, an expectation that fails, a warning, records and merged interrupts. */
const LABS = [
  recursion,
  'programs/scratch-corruption.bpf',
  'programs/own-guard.bpf',
  'programs/alignment.bpf',
];

test.each(LABS)('a scenario of %s has the members that README names, and no others', async (lab) => {
  const { stdout } = await tinybpfHere(['--json', 'run', lab, '--guard', 'arm64,none']);
  const { scenarios } = JSON.parse(stdout) as { scenarios: Record<string, unknown>[] };
  expect(scenarios.length).toBeGreaterThan(1);
  for (const scenario of scenarios) {
    expect(members(scenario)).toEqual(named('scenario'));
    const each = (of: string): object[] => scenario[of] as object[];
    for (const p of each('programs')) expect(members(p)).toEqual(named('program'));
    for (const a of each('actions')) expect(members(a)).toEqual(named('action'));
    for (const e of each('expects')) expect(members(e)).toEqual(named('expectation'));
    for (const w of each('warnings')) expect(members(w)).toEqual(named('diagnostic'));
    for (const e of each('events')) expect(members(e)).toEqual(expect.arrayContaining(named('event')));
  }
});

test('a diagnostic has the members that README names, wherever it is', async () => {
  for (const args of [['asm', '-'], ['explain', 'B9999'], ['run', 'nowhere.bpf'], ['run']]) {
    const { error } = JSON.parse((await tinybpfHere(['--json', ...args], 'r1 = w2\n')).stdout) as {
      error: object[];
    };
    expect(error.length).toBeGreaterThan(0);
    for (const d of error) expect(members(d)).toEqual(named('diagnostic'));
  }
});

test('an exploration and its counterexamples have the members that README names', async () => {
  const lab = 'programs/explore/two-tasks.bpf';
  const { explorations } = JSON.parse(
    (await tinybpfHere(['--json', 'explore', '-g', 'arm64-v1', lab])).stdout,
  ) as {
    explorations: { counterexamples: object[] }[];
  };
  const row = /^\| `explore LAB`[^|]*\| *([^|]*?) *\|$/m.exec(readme)![1]!.replace(/\([^)]*\)/g, '');
  const [own = '', each = ''] = row.slice(row.indexOf('with ')).split('`counterexamples`: each with');
  const names = (text: string): string[] => [...text.matchAll(/`(\w+)`/g)].map((m) => m[1]!);
  expect(explorations.flatMap((e) => e.counterexamples).length).toBeGreaterThan(0);
  for (const e of explorations) {
    expect(members(e)).toEqual(expect.arrayContaining([...names(own), 'counterexamples']));
    for (const c of e.counterexamples) expect(members(c)).toEqual(expect.arrayContaining(names(each)));
  }
});

test('the relocations of asm say what is added', async () => {
  const { stdout } = await tinybpfHere(['--json', 'asm', '-'], add);
  expect(JSON.parse(stdout)).toMatchObject({
    bytes: '180100000800000000000000000000009500000000000000',
    relocations: [{ at: 0, name: 'sym', addend: 8 }],
  });
});
