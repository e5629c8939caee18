import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InputError, Linux, parseLabFile, runScenario, scenariosOf } from '../../src/index.js';
import { environment } from '../support/environment.js';
import { tinybpfHere } from '../support/in-process.js';
import { scratch } from '../support/shell.js';

/** A program that reads the last of its arguments' words, and one more: Linux refuses it, and here it runs. */
const lab = (setting = ''): string => `function work(u64 n) {
    r0 = 0
    exit
}
program p : fentry/work {
    r2 = r1
    r2 *= 2
    r0 = 0
    exit
}
scenario "first" {
    cpu 0 { call work(1) }
}
scenario "second" {
    ${setting}
    task A cpu 0 { call work(1) }
}
`;
const SAYS = 'R2 pointer arithmetic with *= operator prohibited';
const WARNS = /^warning\[B05\d\d\]: Linux 7\.3 does not load `p`: /m;
const REFUSES = /^error\[B05\d\d\]: Linux 7\.3 does not load `p`: /m;

const COMMANDS = [
  ['run', '-n', '2'],
  ['explore', '-n', '2'],
  ['bench', '-n', '2', '--engine', 'interp', '--seconds', '0.001'],
  ['step', '-n', '2', '-x', 'next'],
] as const;

describe.each(COMMANDS.map((command) => ({ command, name: command[0] })))('$name', ({ command }) => {
  const dir = scratch();
  const fileWith = (setting?: string): string => {
    const file = join(dir, 'lab.bpf');
    writeFileSync(file, lab(setting));
    return file;
  };

  test('warns, once, and goes on', async () => {
    const { status, stdout, stderr } = await tinybpfHere([...command, fileWith()]);
    expect(status).toBe(0);
    expect(stderr).toMatch(WARNS);
    expect(stderr.split(SAYS)).toHaveLength(2);
    expect(stdout).not.toBe('');
    expect(stdout).not.toContain('B05');
  });

  test.each([
    ['--verify', ''],
    ['--verify', 'verify off'],
    ['', 'verify on'],
  ])('refuses, and runs nothing: %s, %s', async (option, setting) => {
    const args = option === '' ? command : [...command, option];
    const { status, stdout, stderr } = await tinybpfHere([...args, fileWith(setting)]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(REFUSES);
    expect(stderr).not.toMatch(WARNS);
    expect(stderr.split(SAYS)).toHaveLength(2);
  });

  test.each([
    ['--no-verify', ''],
    ['--no-verify', 'verify on'],
    ['', 'verify off'],
  ])('says nothing: %s, %s', async (option, setting) => {
    const args = option === '' ? command : [...command, option];
    const { status, stdout, stderr } = await tinybpfHere([...args, fileWith(setting)]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).not.toBe('');
  });
});

describe('a program that reads what nothing has written', () => {
  const unwritten = lab().replace('r2 *= 2', 'r2 = r5');

  test('is refused by one error', async () => {
    const { status, stderr } = await tinybpfHere(['run', '--verify', '-'], unwritten);
    expect(status).toBe(1);
    expect(stderr.match(/^(?:error|warning)\[/gm)).toEqual(['error[']);
  });

  test('is passed over in silence where nobody is to be asked', async () => {
    expect((await tinybpfHere(['run', '-'], unwritten)).stderr).toMatch(/^warning\[B0511\]/);
    expect((await tinybpfHere(['run', '--no-verify', '-'], unwritten)).stderr).toBe('');
  });
});

describe('a scenario that says `verify on`', () => {
  test('is refused before another one of the same lab runs', async () => {
    const { status, stdout } = await tinybpfHere(['run', '-'], lab('verify on'));
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect((await tinybpfHere(['run', '-n', '1', '-'], lab('verify on'))).status).toBe(0);
  });

  test('is refused by `check` and counted by `test`', async () => {
    const checked = await tinybpfHere(['check', '-'], lab('verify on'));
    expect(checked.status).toBe(1);
    // The other one does not say so: that is the same program, of which the same need not be said twice.
    expect(checked.stderr.split(SAYS)).toHaveLength(2);
    const file = join(scratch(), 'lab.bpf');
    writeFileSync(file, lab('verify on'));
    const tested = await tinybpfHere(['test', file]);
    expect(tested.status).toBe(1);
    expect(tested.stderr).toMatch(REFUSES);
    writeFileSync(file, lab('verify on').replace('r2 *= 2', 'r2 += 2'));
    expect((await tinybpfHere(['test', file])).status).toBe(0);
  });

  test('and something else', async () => {
    expect((await tinybpfHere(['check', '-'], lab('verify maybe'))).stderr).toContain('<stdin>:15:12');
    const twice = await tinybpfHere(['check', '-'], lab('verify on\nverify off'));
    expect(twice.stderr).toContain('`verify` is given twice');
  });

  test('is run with a warning where nobody is there to ask', () => {
    const ast = parseLabFile({ name: 'lab.bpf', text: lab('verify on') });
    const [, second] = scenariosOf(ast);
    const { passed, warnings } = runScenario(ast, second!, environment);
    expect(passed).toBe(true);
    expect(warnings).toMatchObject([{ code: 'B0420', severity: 'warning' }]);
    expect(() => runScenario(ast, second!, environment, { judge: new Linux() })).toThrow(InputError);
    expect(runScenario(ast, second!, environment, { judge: 'nobody' }).warnings).toEqual([]);
  });
});

test('documents have the warnings', async () => {
  const read = async (args: readonly string[]): Promise<string> =>
    (await tinybpfHere(['--json', ...args, '-'], lab())).stdout;
  const { scenarios } = JSON.parse(await read(['run'])) as { scenarios: { warnings: object[] }[] };
  for (const { warnings } of scenarios)
    expect(warnings).toMatchObject([{ severity: 'warning', place: { line: 7 } }]);
  for (const command of [['explore'], ['bench', '--engine', 'interp', '--seconds', '0.001']])
    expect(JSON.parse(await read(command))).toMatchObject({
      warnings: [{ severity: 'warning', place: { line: 7 } }],
    });
});

test('a register that nothing has written is said once, and refused all the same', async () => {
  const text = lab().replace('r2 *= 2', 'r2 = r7');
  const { stderr } = await tinybpfHere(['run', '-n', '1', '-'], text);
  expect(stderr.match(/^warning\[/gm)).toHaveLength(1);
  expect((await tinybpfHere(['run', '--verify', '-'], text)).status).toBe(1);
  expect((await tinybpfHere(['check', '--verify', '-'], text)).status).toBe(1);
});

const labs = ['', 'bench/', 'course/', 'explore/', 'guards-of-linux/'].flatMap((folder) =>
  readdirSync(`programs/${folder}`)
    .filter((name) => name.endsWith('.bpf'))
    .map((name) => `programs/${folder}${name}`),
);
const REFUSED = /Linux does not load ((?:`\w+`(?:, | and )?)+)/;
test.each(labs)('%s is loaded by Linux, or its header says which programs are not', async (path) => {
  const text = readFileSync(path, 'utf8');
  const [header = ''] = text.split('\n\n');
  const [, names = ''] = REFUSED.exec(header.replace(/\n\/\/ /g, ' ')) ?? [];
  const said = [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  const { stderr } = await tinybpfHere(['check', path]);
  const refused = [...stderr.matchAll(/Linux [\d.]+ does not load `(\w+)`/g)].map(([, name]) => name);
  expect([...new Set(refused)].sort()).toEqual(said.sort());
});
