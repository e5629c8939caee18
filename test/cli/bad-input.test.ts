// cspell:ignore delet isns nope recursio
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tinybpf } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';

/**
 * Labs that must be refused. A file begins with `// expect CODE: part of the message` and may name, in further lines,
 * what else the output has to contain: `// and: text`.
 */
const refused = new URL('../data/refused/', import.meta.url);

describe('labs that must be refused', () => {
  test.each(readdirSync(refused))('%s', async (name) => {
    const text = readFileSync(new URL(name, refused), 'utf8');
    const [, code, message] = /^\/\/ expect (B\d+): (.*)$/m.exec(text) ?? [];
    const more = [...text.matchAll(/^\/\/ and: (.*)$/gm)].map((m) => m[1]!);
    const run = await tinybpfHere(['run', new URL(name, refused).pathname]);
    expect(run.stderr).toContain(`error[${code}]`);
    for (const wanted of [message!, ...more]) expect(run.stderr).toContain(wanted);
    expect(run.stderr).not.toMatch(/^\s+at /m);
    expect(run.stdout).toBe('');
    expect(run.status).toBe(1);
  });
});

const dir = mkdtempSync(join(tmpdir(), 'tinybpf-'));
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
};

interface Case {
  readonly what: string;
  readonly args: readonly string[];
  readonly input?: string | Uint8Array;
  readonly status: number;
  readonly says: readonly string[];
}

const cases: readonly Case[] = [
  { what: 'no command', args: [], status: 2, says: ['Usage: tinybpf'] },
  {
    what: 'an unknown command',
    args: ['rnu'],
    status: 2,
    says: ["unknown command 'rnu'", 'Did you mean run?'],
  },
  { what: 'an unknown option', args: ['run', '--gard', 'x'], status: 2, says: ["unknown option '--gard'"] },
  {
    what: 'a missing file',
    args: ['run', 'programs/recursio.bpf'],
    status: 2,
    says: ['error[B0801]: there is no file', 'recursion.bpf'],
  },
  {
    what: 'a directory',
    args: ['run', 'programs'],
    status: 2,
    says: ['error[B0801]: programs is a directory', 'tinybpf test DIR'],
  },
  {
    what: 'a lab for the assembler',
    args: ['asm', 'programs/recursion.bpf'],
    status: 1,
    says: ['error[B0401]: programs/recursion.bpf is a lab, not a plain program', '`tinybpf run` runs them'],
  },
  {
    what: 'no table of those that can be listed',
    args: ['list'],
    status: 2,
    says: ["missing required argument 'what': insns, guards,"],
  },
  {
    what: 'a binary file',
    args: ['run', file('binary', Uint8Array.from([0xff, 0xfe, 0x00, 0x80]))],
    status: 1,
    says: ['error[B0802]'],
  },
  {
    what: 'a file with zero bytes',
    args: ['run', file('zeros', 'map\0h')],
    status: 1,
    says: ['error[B0802]', 'zero bytes'],
  },
  {
    what: 'an object file that ends in its header',
    args: ['run', file('x.o', Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]))],
    status: 1,
    says: ['error[B1003]', 'x.o'],
  },
  {
    what: 'an object file as a guard',
    args: [
      'run',
      'programs/recursion.bpf',
      '--guard',
      file('g.bpf', Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2])),
    ],
    status: 1,
    says: ['error[B0802]', 'ELF'],
  },
  {
    what: 'an empty file',
    args: ['run', file('empty.bpf', '')],
    status: 1,
    says: ['error[B0804]', 'is empty'],
  },
  {
    what: 'a file of comments',
    args: ['run', file('comments.bpf', '// nothing\n')],
    status: 1,
    says: ['error[B0408]'],
  },
  {
    what: 'a line of 10 MB',
    args: ['run', file('long.bpf', 'r1 = 1 + '.repeat(1_200_000))],
    status: 1,
    says: ['error[B0104]', 'characters'],
  },
  {
    what: 'a deep expression',
    args: ['asm', file('deep.s', `r1 = ${'('.repeat(1000)}1${')'.repeat(1000)}\nexit\n`)],
    status: 1,
    says: ['error[B0104]', 'nested too deep'],
  },
  {
    what: 'a file without a guard as a guard',
    args: [
      'run',
      'programs/recursion.bpf',
      '--guard',
      file('not-a-guard.bpf', '\nmap h : hash { key 4, value 8, max_entries 1 }\n'),
    ],
    status: 1,
    says: ['error[B0404]', 'declares 0 guards', 'not-a-guard.bpf:1:1'],
  },
  {
    what: 'an unknown guard',
    args: ['run', 'programs/recursion.bpf', '--guard', 'amr64'],
    status: 2,
    says: ['error[B0603]', 'did you mean `arm64`?'],
  },
  {
    what: 'a missing guard file',
    args: ['run', 'programs/recursion.bpf', '--guard', './no.bpf'],
    status: 2,
    says: ['error[B0801]'],
  },
  {
    what: 'an unknown kernel',
    args: ['run', 'programs/recursion.bpf', '--kernel', 'arm64-9'],
    status: 2,
    says: ['error[B0604]', 'arm64-7.3'],
  },
  {
    what: 'a release without its architecture',
    args: ['run', 'programs/recursion.bpf', '--kernel', '7.3'],
    status: 2,
    says: [
      'error[B0604]',
      'expected: arm64-7.3, arm64-7.3-preempt-rcu, arm64-7.3-rt, amd64-7.3, amd64-7.3-rt\n',
    ],
  },
  {
    what: 'a budget of zero',
    args: ['run', 'programs/recursion.bpf', '--max-insns', '0'],
    status: 2,
    says: ['--max-insns', 'whole number'],
  },
  {
    what: 'truncated bytecode',
    args: ['disasm', '-'],
    input: 'b7000000',
    status: 1,
    says: ['error[B0507]', '4 bytes'],
  },
  {
    what: 'an odd number of hex digits',
    args: ['disasm', '-'],
    input: 'b70000000000000',
    status: 1,
    says: ['error[B0508]', 'odd number'],
  },
  {
    what: 'a digit too few in the middle of hex',
    args: ['disasm', '-'],
    input: 'b7 1 0 0 5 0 0 00 95 00 00 00 00 00 00 00',
    status: 1,
    says: ['error[B0508]', 'odd number of hex digits (1) in `1`'],
  },
  {
    what: 'half a 64-bit load to disassemble',
    args: ['disasm', '-'],
    input: 'b7 00 00 00 05 00 00 00 18 01 00 00 05 00 00 00',
    status: 1,
    says: ['error[B0507]', 'first half of a 64-bit load'],
  },
  { what: 'blanks for bytecode', args: ['disasm', '-'], input: ' \n', status: 1, says: ['error[B0804]'] },
  {
    what: 'a trampoline and a function at once',
    args: ['disasm', '--trampoline', 'a', '--function', 'b', 'programs/recursion.bpf'],
    status: 2,
    says: ['--function', 'cannot be used with', '--trampoline'],
  },
  {
    what: 'assembly without an instruction',
    args: ['asm', '-'],
    input: '.equ A, 5\n# nothing else\n',
    status: 1,
    says: ['error[B0505]', 'no instruction in <stdin>'],
  },
  {
    what: 'letters in hex',
    args: ['disasm', '--input', 'hex', '-'],
    input: 'b7zz',
    status: 1,
    says: ['error[B0508]', '`z`'],
  },
  { what: 'no bytecode at all', args: ['disasm', '-'], input: '', status: 1, says: ['error[B0804]'] },
  {
    what: 'a truncated program for the plugin',
    args: ['plugin'],
    input: 'b7 00 00 00 05',
    status: 1,
    says: ['middle of instruction 0'],
  },
  {
    what: 'a program for the plugin that runs off its end',
    args: ['plugin'],
    input: 'b700000005000000',
    status: 1,
    says: ['runs off its end'],
  },
  {
    what: 'half a 64-bit load',
    args: ['plugin'],
    input: '1800000001000000',
    status: 1,
    says: ['without its second half'],
  },
  {
    what: 'a program that reads outside its memory',
    args: ['plugin', '00 11'],
    input: '7110020000000000 9500000000000000',
    status: 1,
    says: ['right past the end of the input (2 bytes)'],
  },
  {
    what: 'a program that never ends',
    args: ['plugin', '--max-insns', '1000'],
    input: '0500ffff00000000',
    status: 1,
    says: ['no end after 1000 instructions'],
  },
  {
    what: 'a mistake in the second thing that is to happen',
    args: ['run', 'programs/recursion.bpf', '--do', 'sleep 1', '--do', 'delet h[0]'],
    status: 1,
    says: ['--> <--do>:2:1\n', '\n2 | delet h[0]\n'],
  },
  {
    what: 'a mistake in what another task does',
    args: ['run', 'programs/recursion.bpf', '--do', 'sleep 1', '--task', 'delete hh[0]'],
    status: 1,
    says: ['--> <--task>:1:8\n'],
  },
  {
    what: 'a mistake in an interrupt',
    args: ['run', 'programs/recursion.bpf', '--may', 'nmi { delet h[0] }'],
    status: 1,
    says: ['--> <--may>:1:'],
  },
  {
    what: 'a value that is set of no variable',
    args: ['run', 'programs/recursion.bpf', '--set', 'nope=1'],
    status: 1,
    says: ['--> <--set>:1:'],
  },
  {
    what: 'a file that is not the object it is called',
    args: ['run', file('none.o', 'hello\n')],
    status: 1,
    says: [
      'error[B1001]',
      'none.o is not an ELF file',
      '`clang -target bpf -O2 -g -c none.c -o none.o` makes one',
    ],
  },
  {
    what: 'an empty object file',
    args: ['check', file('bare.o', '')],
    status: 1,
    says: ['error[B0804]', 'bare.o is empty', '`clang -target bpf -O2 -g -c bare.c -o bare.o`'],
  },
  {
    what: 'bitcode',
    args: ['disasm', file('bit.o', Uint8Array.from([0x42, 0x43, 0xc0, 0xde, 0x35, 0x14, 0, 0]))],
    status: 1,
    says: ['error[B1001]', 'bit.o is bitcode of LLVM', '-emit-llvm'],
  },
  {
    what: 'C to disassemble',
    args: ['disasm', file('x.c', 'int f(void) { return 0; }\n')],
    status: 2,
    says: ['error[B0803]', 'x.c is C', '`clang -target bpf -O2 -g -c x.c -o x.o`'],
  },
  {
    what: 'C to assemble',
    args: ['asm', file('x.c', 'int f(void) { return 0; }\n')],
    status: 2,
    says: ['error[B0803]', 'x.c is C', '`clang -target bpf -O2 -g -c x.c -o x.o`'],
  },
  {
    what: 'the C of a lab',
    args: ['disasm', '-S', 'programs/recursion.bpf'],
    status: 2,
    says: ['error[B0803]: `--source` shows the C of an object', 'leave it out'],
  },
  {
    what: 'a scenario of the file and one of the options',
    args: ['run', '-n', '1', '--do', 'delete h[0]', 'programs/recursion.bpf'],
    status: 2,
    says: ['error[B0803]: `--scenario` chooses a scenario of the file, and `--do` says another'],
  },
  {
    what: 'rules of scripts without a script',
    args: ['percpu', '--programs', '10', '--no-work'],
    status: 2,
    says: ['error[B0803]', 'without `--no-work`'],
  },
  {
    what: 'a missing file of commands',
    args: ['step', '-c', '/nope', 'programs/recursion.bpf'],
    status: 2,
    says: ['error[B0801]: there is no file /nope of commands', "`--execute 'COMMAND'`"],
  },
  {
    what: 'a missing file of a short name',
    args: ['run', '/nope'],
    status: 2,
    says: ['error[B0801]: there is no file /nope\n'],
  },
  { what: 'an unknown code', args: ['explain', 'B9999'], status: 2, says: ['there is no diagnostic B9999'] },
  { what: 'an unknown list', args: ['list', 'isns'], status: 2, says: ["'isns' is invalid", 'insns'] },
  { what: 'a test of nothing', args: ['test', dir], status: 1, says: ['failed'] },
  {
    what: 'a trampoline that is not there',
    args: ['disasm', '--trampoline', 'htab_map_update_elem', 'programs/recursion.bpf'],
    status: 1,
    says: ['error[B0602]', 'htab_map_delete_elem'],
  },
  {
    what: 'a plain program as a lab',
    args: ['run', file('plain.bpf', 'r0 = 0\nexit\n')],
    status: 1,
    says: ['error[B0401]', 'tinybpf asm'],
  },
];

describe('bad input', () => {
  test.each(cases)('$what', async ({ args, input, status, says }) => {
    const run = await tinybpfHere(args, input);
    const output = run.stdout + run.stderr;
    for (const wanted of says) expect(output).toContain(wanted);
    expect(output).not.toMatch(/^\s+at \w.*\(/m);
    expect(output).not.toContain('internal error');
    expect(run.status).toBe(status);
  });
});

test.each(cases.filter((_, i) => i % 16 === 0))(
  'the same in a process of its own: $what',
  async ({ args, input }) => {
    expect(tinybpf(args, input)).toEqual(await tinybpfHere(args, input));
  },
);

test('a run that does not end names the option and where it was', async () => {
  const lab = `map h : hash { key 4, value 8, max_entries 1 }
program p : fentry/htab_map_delete_elem {
again:
    goto again
}
scenario { cpu 0 { delete h[0] } }
`;
  for (const engine of ['interp', 'wasm'])
    for (const most of ['10', '97', '5000']) {
      const { stdout } = await tinybpfHere(['run', '--engine', engine, '--max-insns', most, '-'], lab);
      expect(stdout).toContain(
        `stopped[B0702]: ${most} instructions were executed and it had not ended; \`--max-insns N\` allows more`,
      );
    }
  const run = await tinybpfHere(['run', '--max-insns', '5000', '-'], lab);
  expect(run.stdout).toContain('#0  p+0 (program)  goto again  <stdin>:4');
  expect(run.status).toBe(1);
});

test('tasks that wait for each other are told, with what they wait in', async () => {
  const lab =
    'scenario {\n    task A cpu 0 { join B }\n    task B cpu 0 { join A }\n    expect preempt_count == 0\n}\n';
  const run = await tinybpfHere(['run', '-'], lab);
  expect(run.stdout).toContain('stopped[B0704]: everything waits for something that nobody does');
  expect(run.stdout).toContain('A has not done `join B`  (<stdin>:2:20)');
  expect(run.stdout).toContain('B has not done `join A`  (<stdin>:3:20)');
  expect(run.status).toBe(1);
});

test('errors are JSON with --json', async () => {
  const run = await tinybpfHere(
    ['--json', 'run', '-'],
    'map h : hash { key 0, value 8, max_entries 1 }\nscenario { }\n',
  );
  const document = JSON.parse(run.stdout) as {
    version: number;
    error: { code: string; place: { line: number } }[];
  };
  expect(document.version).toBe(1);
  expect(document.error[0]).toMatchObject({ code: 'B0403', place: { line: 1 } });
  expect(run.status).toBe(1);
});
