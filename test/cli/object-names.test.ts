// cspell:ignore größe
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';
import { ownBytes } from '../support/objects.js';
import { renamed } from '../support/rename.js';
import { runs } from '../support/runs.js';
import { scratch } from '../support/shell.js';

/** Objects may call things what they like; a name is taken, in quotes if need be, or refused with its place. */
const dir = scratch();

function write(object: string, names: readonly (readonly [string, string | Uint8Array])[]): string {
  const path = join(dir, 'named.o');
  const bytes = names.map(
    ([from, to]) => [from, typeof to === 'string' ? new TextEncoder().encode(to) : to] as const,
  );
  writeFileSync(path, renamed(ownBytes(object), new Map(bytes)));
  return path;
}

function lab(text: string): string {
  const path = join(dir, 'lab.bpf');
  writeFileSync(path, `object "named.o"\n${text}`);
  return path;
}

const TRIGGER = 'call bpf_fentry_test1(1)';

describe('a program', () => {
  // Words of the assembler, registers, words of labs, what other languages make of names.
  test.each([
    ...['exit', 'lock', 'll', 'pc', 'r1', 'w9', 'call', 'if', 'goto'],
    ...['scenario', 'absent', 'trampoline', 'cookie', 'x', 'at', 'expect', 'cpu', 'task', 'program'],
    ...['1st', '17', '0x10', '.start', 'a.b', 'a.run_cnt', '__proto__', 'constructor', 'toString'],
    'a_name_that_is_longer_than_what_the_kernel_keeps_of_it',
  ])('may be called %s', async (name) => {
    const path = write('small', [['count', name]]);
    for (const written of [name, `"${name}"`]) {
      const run = await tinybpfHere(['run', path, '--attach', written, '--do', `${TRIGGER} x 2`]);
      expect(run).toMatchObject({ status: 0, stderr: '' });
    }
    const named = lab(`scenario {
    attach "${name}"
    cpu 0 { detach "${name}" attach "${name}" ${TRIGGER} }
    at "${name}"+1 hardirq { call bpf_fentry_test2(1, 2) }
    expect "${name}".run_cnt == 1
    expect "${name}".active == 0
}
`);
    expect(await tinybpfHere(['run', named])).toMatchObject({ status: 0, stderr: '' });
    const listed = await tinybpfHere(['disasm', '--trampoline', 'bpf_fentry_test1', named]);
    expect(listed.stdout).toMatch(new RegExp(`call (${name}|"${name}")$`, 'm'));
    for (const written of [name, `"${name}"`]) {
      const step = await tinybpfHere(['step', named, '-x', `break ${written}+1`, '-x', 'continue']);
      expect(step.stdout).toContain(`${name}+1 (program)`);
    }
  });

  test.each(['exit', 'r1', 'absent', '17', 'a.b'])('can be explored when it is called %s', async (name) => {
    write('small', [['count', name]]);
    const named = lab(`scenario {
    kernel arm64-7.3-preempt-rcu
    guard arm64-v1
    attach "${name}" cookie 7
    task a cpu 0 { ${TRIGGER} }
    task b cpu 0 { ${TRIGGER} }
    finally "${name}".active == 0
}
`);
    const schedules = join(dir, name);
    const explored = await tinybpfHere(['explore', '--schedules', schedules, named]);
    expect(explored).toMatchObject({ status: 1, stderr: '' });
    const [schedule] = readdirSync(schedules).filter((file) => file.includes('finally'));
    const replayed = await tinybpfHere(['run', '--schedule', join(schedules, schedule!), named]);
    expect(replayed.stderr).toBe('');
    expect(replayed.stdout).toContain('BROKEN');
    expect((await tinybpfHere(['explore', '-e', 'promela', named])).stderr).toBe('');
  });

  test.each([
    'ab-c',
    'a//b',
    'fsé',
    'sp ace',
    'qu"ote',
    'a\nb',
    'a$prog',
    '-',
    '\u001b[31m',
    '\u202e',
    'a/*',
    '{',
  ])('that is called %j is not loaded by the kernel either', async (name) => {
    const path = write('small', [['count', name]]);
    const run = await tinybpfHere(['run', path, '--do', TRIGGER]);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(
      /^error\[B0409\]: `.*` is not the name of a program\n {2}--> .*small.bpf.c:16:1$/m,
    );
    expect(run.stderr).toContain('the kernel answers -EINVAL');
    expect((await tinybpfHere(['disasm', path])).status).toBe(0);
  });

  test('without a name is refused', async () => {
    const run = await tinybpfHere(['run', write('small', [['count', '']]), '--do', TRIGGER]);
    expect(run.stderr).toContain('error[B0409]: a program has no name');
  });
});

test('a function whose name has a sign in it is named in quotes, and who leaves them out is told so', async () => {
  const path = write('functions', [['inner', 'in+ner']]);
  const broken = async (where: string): Promise<string> =>
    (await tinybpfHere(['step', path, '--do', TRIGGER, '-x', `break ${where}`])).stdout;
  expect(await broken('"direct.in+ner"')).toContain('breakpoint 1');
  expect(await broken('direct.in+ner')).toContain(
    '= help: write `"direct.in+ner"`: quotes are for a name with `+` in it',
  );
  expect(await broken('direct.out+ner')).not.toContain('quotes');
});

test('a map that the kernel would refuse is refused where the lab asks for the object', async () => {
  write('small', [['counts', 'my counts']]);
  const run = await tinybpfHere(['run', lab('scenario { }')]);
  expect(run.stderr).toContain('error[B0409]: `my counts` is not the name of a map');
  expect(run.stderr).toContain('lab.bpf:1:8');
  expect(run.status).toBe(1);
});

test('maps and variables can be named in quotes', async () => {
  write('small', [
    ['counts', 'r1'],
    ['missing', 'größe'],
  ]);
  const named = lab(`program p : fentry/bpf_fentry_test2 {
    r1 = "r1" ll
    r2 = r10
    r2 += -4
    *(u32 *)(r10 - 4) = 1
    call bpf_map_lookup_elem
    r0 = 0
    exit
}
scenario {
    cpu 0 { ${TRIGGER} set "größe" = 7 update "r1"[1] = 5 ${TRIGGER} call bpf_fentry_test2(1, 2) }
    expect "größe" == 7
    expect "r1"[1] == 6
}
`);
  expect(await tinybpfHere(['run', named])).toMatchObject({ status: 0, stderr: '' });
});

/** What is named in the objects: programs, functions, maps, variables, sections. */
const NAMED: readonly (readonly [string, readonly string[]])[] = [
  ['small', ['count', 'counts', 'missing', 'fentry/bpf_fentry_test1', '.bss', '.maps', 'license']],
  [
    'functions',
    ['direct', 'twice', 'loops', 'inner', 'global', 'callback', 'sum', 'tc', '?fexit/bpf_fentry_test1'],
  ],
  [
    'maps',
    ['first', 'second', 'jumps', 'outer', 'inner_a', 'timed', 'limit', 'shorts', '.data.counters', '.rodata'],
  ],
];

const name = fc.oneof(
  fc.constantFrom(
    '',
    'exit',
    'r1',
    'ab-c',
    'a//b',
    '"',
    '\\',
    'a"b',
    "'",
    '`',
    '%s',
    '..',
    '/',
    '#',
    ';',
    '$',
    'a$link',
    'constructor',
    '__proto__',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ maxLength: 300 }),
  fc.stringMatching(/^[\w.$"-]{1,8}$/),
);
const bytes = fc.oneof(
  name.map((s) => new TextEncoder().encode(s.replaceAll('\0', ''))),
  fc.uint8Array({ min: 1, max: 255, maxLength: 12 }),
);

function checkResult({ status, stdout, stderr }: CliResult): void {
  expect(status).toBeLessThan(3);
  expect(stderr).not.toMatch(/internal error|^\s+at /m);
  expect(stdout).not.toContain('internal error');
  if (status !== 0) expect(stderr + stdout).toMatch(/error|FAIL/);
}

test('no name of an object is an error of ours', async () => {
  const which = fc
    .constantFrom(...NAMED)
    .chain(([object, names]) => fc.tuple(fc.constant(object), fc.constantFrom(...names)));
  await fc.assert(
    fc.asyncProperty(which, bytes, async ([object, from], to) => {
      const path = write(object, [[from, to]]);
      const written = new TextDecoder().decode(to);
      const named = lab(`scenario { cpu 0 { ${TRIGGER} } }\n`);
      for (const args of [
        ['run', path, '--do', TRIGGER],
        ['check', path],
        ['disasm', path],
        ['--json', 'disasm', '-S', path],
        ['run', path, '--attach', written],
        ['run', path, '--attach', `"${written}"=5`],
        ['run', path, '--do', `test_run "${written}"`],
        ['run', path, '--do', `update "${written}"[1] = 2`],
        ['step', path, '-x', `break ${written}`, '-x', `x "${written}"`, '-x', 'continue', '-x', 'info'],
        ['--json', 'run', named],
        ['explore', named],
        ['disasm', '--function', written, path],
        ['disasm', '--trampoline', 'bpf_fentry_test1', named],
      ])
        checkResult(await tinybpfHere(args));
    }),
    { numRuns: runs(12) },
  );
});
