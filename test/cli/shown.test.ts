import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';
import { ownBytes } from '../support/objects.js';
import { runs } from '../support/runs.js';

/**
 * Whatever is in a file, a file's name or an argument, what is printed has nothing in it that cannot be seen: the
 * bytes of both outputs are looked at. Every test puts the same hostile text wherever text can be written.
 */

const dir = mkdtempSync(join(tmpdir(), 'tinybpf-shown-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** What steers a terminal or cannot be seen, one of each kind and the ends of each range, with letters between. */
const HOSTILE = [
  '\x01 \x07 \x08 \x0b \x0c \x0e \x1b \x1b[31m \x1b]0;title\x07 \x1f \x7f \x80 \x85 \x9b \x9f \xad',
  '\u061c \u180e \u200b \u200d \u200e \u200f \u2028 \u2029 \u202a \u202e \u2060 \u2066 \u2069 \ufeff \ufff9',
  '\u{1d173} \u{e0001} \u{e0041} \u{e0100} \ufe0f \u115f \u3164',
].flatMap((row) => row.split(' '));
const hostile = fc
  .array(fc.constantFrom(...HOSTILE, 'a', 'é', '汉', '\u{1f600}', '_'), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join(''));

const HIDDEN = /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/u;

/** Without what this program paints in; another escape stays. */
function unpainted(output: string): string {
  const [first, ...rest] = output.split('\x1b');
  const OURS = /^\[(?:1|2|22|31|33|36|39)m/;
  return first + rest.map((part) => (OURS.test(part) ? part.replace(OURS, '') : `\x1b${part}`)).join('');
}

/** Both outputs are visible; where colours were asked for, beside those that this program paints. */
function expectVisible({ stdout, stderr }: CliResult, isPainted = false): void {
  for (const output of [stdout, stderr])
    expect(HIDDEN.exec(isPainted ? unpainted(output) : output)?.[0]).toBeUndefined();
}

async function run(args: readonly string[], input = ''): Promise<void> {
  const result = await tinybpfHere(args, input);
  expectVisible(result);
  expect([0, 1, 2]).toContain(result.status);
}

/** JSON, too, is safe to print, and says what it said. */
async function runJson(args: readonly string[], input = ''): Promise<string> {
  const result = await tinybpfHere(['--json', ...args], input);
  expectVisible(result);
  return JSON.stringify(JSON.parse(result.stdout));
}

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
};

/** A name that a file can have. */
const nameOf = (text: string): string => text.replaceAll('/', '');

/** A lab with the text in its title, in comments on lines of code, and in what a program prints. */
const labWith = (text: string): string => `function work(u64 who) {
    r0 = 0
    exit
}
global format : u8[3] = "%s"
global message : u8[64] = "${text}"
program on_work : fentry/work {
    r1 = format ll                      // ${text}
    r2 = 3
    r3 = message ll
    call bpf_trace_printk               // ${text}
    r1 = 0
    r0 = *(u64 *)(r1 + 0)               // ${text}
    exit
}
scenario "${text}" {
    task A cpu 0 { call work(1) }
    task B cpu 0 { call work(2) }
    expect on_work.run_cnt == 7 // ${text}
    always on_work.active[0] < 2
}
`;

/** A byte order mark at the beginning is a character as others are. */
const few = { numRuns: runs(3), examples: [['\ufeff\x01']] as [string][] };

describe('hostile text in every place where a lab can have text', () => {
  test('is shown as escapes by every command that reads labs', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const lab = file(`lab ${nameOf(text)}.bpf`, labWith(text));
        const guard = file(
          `guard ${nameOf(text)}.bpf`,
          readFileSync('programs/guards/arm64-v1.bpf', 'utf8').replace(
            'call interrupt_context_level',
            `call interrupt_context_level // ${text}`,
          ),
        );
        const all = ['run', 'check', 'test', 'explore', 'step'];
        for (const command of all) await run([command, lab]);
        for (const command of ['run', 'check', 'test', 'explore']) await runJson([command, '-g', guard, lab]);
        expectVisible(await tinybpfHere(['--color', 'always', 'run', '-t', '-g', guard, lab]), true);
        expectVisible(await tinybpfHere(['--color', 'always', 'explore', '-g', `arm64,${guard}`, lab]), true);
        await run([
          'step',
          lab,
          '-x',
          'continue',
          '-x',
          'list on_work',
          '-x',
          'backtrace',
          '-x',
          `break ${text}`,
        ]);
        await run(['explore', '--export', 'promela', lab]);
        await run(['run', '-n', text, lab]);
        await run(['run', '-n', `${text}?`, lab]);
        await run(['run', '--do', `call work(${text})`, lab]);
        await run(['disasm', '--function', text, lab]);
        await run(['disasm', lab]);
        await run(['bench', '-g', `${guard}`, '-c', text]);
      }),
      few,
    );
  });

  test('names its scenario in a schedule, and a guard its file', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const lab = file('title.bpf', labWith(text));
        const guard = file(
          `g ${nameOf(text)} // "${nameOf(text)}.bpf`.replaceAll('/', '_'),
          readFileSync('programs/guards/none.bpf', 'utf8'),
        );
        const out = mkdtempSync(join(dir, 's-'));
        await run(['explore', '-g', guard, '--schedules', out, lab]);
        const document = await runJson(['explore', '-g', guard, lab]);
        const { explorations } = JSON.parse(document) as {
          explorations: { title: string; counterexamples: { schedule: string }[] }[];
        };
        expect(explorations[0]!.title).toBe(text);
        const { schedule } = explorations[0]!.counterexamples[0]!;
        expect(schedule).not.toMatch(HIDDEN);
        const path = file('a.schedule', schedule);
        const replayed = await tinybpfHere(['run', '--no-verify', '--schedule', path, lab]);
        expectVisible(replayed);
        expect(replayed.stderr).toBe('');
        await run(['step', '--schedule', path, lab, '-x', 'continue']);
        await run(['run', '--schedule', file('b.schedule', `${schedule}\ntask ${text} 1\n${text}\n`), lab]);
      }),
      few,
    );
  });

  test('is not a document broken: JSON gives it back', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const document = await runJson(['run', file('json.bpf', labWith(text))]);
        const { scenarios } = JSON.parse(document) as { scenarios: { title: string; printed: string }[] };
        expect(scenarios[0]!.title).toBe(text);
        expect(scenarios[0]!.printed).toContain([...text].slice(0, 2).join(''));
        const trace = join(dir, 'trace.json');
        await run(['run', '--perfetto', trace, join(dir, 'json.bpf')]);
        const written = readFileSync(trace, 'utf8');
        expect(written).not.toMatch(HIDDEN);
        expect(JSON.stringify(JSON.parse(written))).toContain(JSON.stringify(text).slice(1, -1));
      }),
      few,
    );
  });
});

describe('a text that is an argument or a line that is wrong', () => {
  test('is shown as escapes in what is said of it', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const name = nameOf(text);
        await run([text]);
        await run([`--${text}`]);
        await run(['run', `--${text}`, 'x']);
        for (const command of ['run', 'check', 'test', 'step', 'explore', 'disasm', 'asm', 'conformance'])
          await run([command, join(dir, 'absent', name)]);
        for (const what of ['list', 'explain', 'percpu', 'plugin']) await run([what, text]);
        await runJson(['explain', text]);
        await run(['run', '-g', text, 'programs/recursion.bpf']);
        await run(['run', '-g', `./${name}.bpf`, 'programs/recursion.bpf']);
        await run(['run', '-k', text, 'programs/recursion.bpf']);
        await run(['run', '-a', text, 'programs/recursion.bpf']);
        await run(['explore', '--without', text, 'programs/recursion.bpf']);
        await run(['run', '--perfetto', join(dir, 'absent', name), 'programs/recursion.bpf']);
        await run(['asm', '-'], `r0 = ${text}\n${text}:\ncall ${text}\nexit\n`);
        await run(['asm', '--dialect', 'mnemonic', '-'], `mov %r0, ${text}\n${text}\n`);
        await runJson(['asm', '-'], `${text}\n`);
        await run(['disasm', '--input', 'hex', '-'], text);
        await run(['percpu', '-'], `4:8 ${text}\n${text}`);
        await run(['plugin'], text);
        await run(['conformance', file('c.data', `-- asm\n${text}\n-- result\n${text}\n`)]);
        await run(['check', '-'], `${text}\nmap ${text} : hash { key 4 }\nscenario "${text} {\n`);
        await run(
          ['check', '-'],
          `object "${text}"\nprogram p : ${text}/${text} {\n exit\n}\nscenario { kernel ${text} }\n`,
        );
        await run([
          'step',
          'programs/recursion.bpf',
          '-x',
          text,
          '-x',
          `print ${text}`,
          '-x',
          `list ${text}`,
        ]);
      }),
      few,
    );
  });
});

/** An object with other names, all of them as long as they were: of symbols, sections, types, and in its lines of C. */
function renamed(object: string, names: readonly string[], text: string): Uint8Array {
  const bytes = ownBytes(object);
  for (const name of names) {
    const [from, to] = [new TextEncoder().encode(name), new Uint8Array(name.length).fill(0x5f)];
    let at = 0;
    for (const char of text.repeat(name.length)) {
      const encoded = new TextEncoder().encode(char);
      if (at + encoded.length > to.length) continue;
      to.set(encoded, at);
      at += encoded.length;
    }
    for (let i = 0; i + from.length < bytes.length; i += 1)
      if (from.every((b, j) => bytes[i + j] === b)) bytes.set(to, i);
  }
  return bytes;
}

test.each([
  [
    'small',
    ['counts', 'count', 'missing', 'value', 'small.bpf.c', 'bpf_fentry_test1', 'license', 'unsigned'],
  ],
  ['maps', ['counters', 'inner_map', 'first', 'second', 'colour', 'triple', 'max_entries', 'text', '.maps']],
  ['functions', ['callback', 'global', 'outer', 'inner', 'steps', 'functions.bpf.c', 'twice', '__u64']],
  ['core', ['flags_b', 'aux___local', 'RUNNING', 'offsets', 'unresolved', 'nowhere', 'prog', '0:6:0:2']],
  ['externs', ['bpf_maybe', 'perhaps', 'runqueues', 'CONFIG_HZ', '.kconfig', '.ksyms', 'kprobe']],
  ['beside', ['calls_beside', 'beside', 'later', '.bss.later', 'unsigned']],
] as const)('names in an object are shown as escapes: %s', async (object, names) => {
  await fc.assert(
    fc.asyncProperty(hostile, fc.subarray([...names], { minLength: 1 }), async (text, some) => {
      const path = file(`o ${nameOf(text)}.o`, renamed(object, some, text));
      for (const args of [
        ['run', path],
        ['run', '--do', 'call bpf_fentry_test1(1)', '-t', path],
        ['check', path],
        ['disasm', '-S', path],
        ['disasm', '--style', 'kernel', '--no-bytes', path],
        ['disasm', '--function', 'absent', path],
        ['step', path, '-x', 'continue', '-x', 'info maps', '-x', 'info programs', '-x', 'list'],
        ['run', '-a', 'absent', path],
      ])
        expectVisible(await tinybpfHere(args));
      await runJson(['disasm', path]);
      await runJson(['run', path]);
    }),
    { numRuns: runs(2) },
  );
});

describe('a line end in a name', () => {
  const FORGED = 'ok   expect forged';
  const expectNotForged = async (args: readonly string[]): Promise<void> => {
    const { stdout, stderr } = await tinybpfHere(args);
    const lines = `${stdout}${stderr}`.split('\n');
    expect({ args, forged: lines.filter((l) => l.startsWith('ok   expect f')) }).toEqual({
      args,
      forged: [],
    });
  };

  test('begins no line: in the names of files', async () => {
    const lab = file(`x\n${FORGED}\n.bpf`, labWith('t'));
    const guard = file(`g\n${FORGED}\n.bpf`, readFileSync('programs/guards/arm64-v1.bpf', 'utf8'));
    for (const args of [
      ['run', '-t', '-g', guard, lab],
      ['check', lab],
      ['test', lab],
      ['explore', '-g', guard, lab],
      ['explore', '-g', `arm64,${guard}`, lab],
      ['explore', '--export', 'promela', '-g', guard, lab],
      ['step', '-g', guard, lab, '-x', 'break 8', '-x', 'continue', '-x', 'backtrace', '-x', 'info break'],
      ['run', `${lab}?`],
      ['bench', '-g', guard, '-c', 'fentry', '-s', '0.01'],
    ])
      await expectNotForged(args);
  });

  test('begins no line: in the names of an object', async () => {
    // As long as the name it stands for: bpf_fentry_test1.
    const forged = `\nok   expect for\n`;
    const bytes = ownBytes('small');
    const [from, to] = [new TextEncoder().encode('bpf_fentry_test1'), new TextEncoder().encode(forged)];
    for (let i = 0; i + from.length < bytes.length; i += 1)
      if (from.every((b, j) => bytes[i + j] === b)) bytes.set(to, i);
    const path = file('forged.o', bytes);
    for (const args of [
      ['run', path],
      ['check', path],
      ['disasm', path],
      ['disasm', '--style', 'kernel', path],
    ])
      await expectNotForged(args);
  });
});
