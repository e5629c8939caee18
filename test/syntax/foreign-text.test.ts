import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeProgram } from '../../src/isa/encode.js';
import { assembleText, toHex } from '../support/assemble.js';
import { tinybpfHere } from '../support/in-process.js';
import { OBJECTS, present } from '../support/shared.js';

/** Text that other tools print, and people paste. */
function bytesOf(text: string): string {
  const { insns, diagnostics } = assembleText(text);
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  return toHex(encodeProgram(insns));
}

const codesOf = (text: string): string[] => assembleText(text).diagnostics.map((d) => d.code);

test.each(['exit', 'call', 'if', 'goto', 'lock', 'll', 'nop'])('a function may be called `%s`', (name) => {
  // A call of one slot further on, and the address of the function that is there.
  expect(bytesOf(`call ${name}\nexit\n${name}:\nr0 = 0\nexit`)).toBe(
    bytesOf('call f\nexit\nf:\nr0 = 0\nexit'),
  );
  expect(bytesOf(`r1 = ${name} ll\nexit\n${name}:\nr0 = 0\nexit`)).toBe(
    bytesOf('r1 = f ll\nexit\nf:\nr0 = 0\nexit'),
  );
});

test('`nop` is a jump to the next instruction', () => {
  expect(bytesOf('nop\nexit')).toBe(bytesOf('goto +0\nexit'));
});

test.each([
  ['0: (85) call bpf_get_smp_processor_id#207232', 'call bpf_get_smp_processor_id'],
  ['0: (85) call bpf_get_smp_processor_id#-53248', 'call bpf_get_smp_processor_id'],
  // Where the number is a helper's it is the same as the name, and of a name that is not known it says which it is.
  ['0: (85) call bpf_get_smp_processor_id#8', 'call 8'],
  ['0: (85) call unknown#8', 'call 8'],
  ['0: (85) call pc+1#bpf_prog_6deef7357e7b4530_f', 'call pc+1'],
  ['0: (85) call kernel-function#12', 'call kfunc(12)'],
])('`%s` of a kernel listing is `%s`', (listed, plain) => {
  expect(bytesOf(listed)).toBe(bytesOf(plain));
});

test('a section may have a colon in its name', () => {
  const text =
    'Disassembly of section uprobe/libc.so.6:malloc:\n\n0000000000000000 <p>:\n   r0 = 0\n   exit\n';
  expect(bytesOf(text)).toBe(bytesOf('r0 = 0\nexit'));
});

describe('a log of the verifier', () => {
  const log = (...lines: readonly string[]): string =>
    [
      'func#0 @0',
      '0: R1=ctx() R10=fp0',
      ...lines,
      'processed 5 insns (limit 1000000) total_states 0',
      '',
    ].join('\n');
  const FIRST = '0: (18) r1 = 0x5 ; R1_w=5';
  const BRANCH = '2: (15) if r1 == 0x5 goto pc+1 ; frame0: R1_w=scalar(smin=0,var_off=(0x0; 0xff))';
  const OTHER = ['from 2 to 4 (speculative execution): R0=0 R10=fp0', '4: (95) exit'];
  const NEXT = ['3: (b7) r0 = 0 ; R0_w=0', 'mark_precise: frame0: last_idx 3 first_idx 0', '4: safe'];
  const PROGRAM = 'r1 = 5 ll\nif r1 == 5 goto +1\nr0 = 0\nexit';

  test('is read as the listing that it contains, in the order of the program', () => {
    expect(bytesOf(log(FIRST, '; int f(void) @ f.c:3', BRANCH, ...OTHER, ...NEXT))).toBe(bytesOf(PROGRAM));
    expect(bytesOf(log(FIRST, BRANCH, ...NEXT, ...OTHER, '4: (95) exit'))).toBe(bytesOf(PROGRAM));
  });

  test('that does not show all of the program is refused with what it is', () => {
    const { diagnostics } = assembleText(log(FIRST, BRANCH, ...OTHER));
    expect(diagnostics.map((d) => d.message)).toEqual([
      'this is a log of the verifier, and it does not show instruction 3',
    ]);
    expect(codesOf(log(FIRST, BRANCH, ...OTHER))).toEqual(['B0113']);
  });
});

const own = 'test/data/objects';
const objects = [own, ...(present(OBJECTS) ? [OBJECTS] : [])].flatMap((dir) =>
  readdirSync(dir)
    .filter((f) => f.endsWith('.o'))
    .map((f) => `${dir}/${f}`),
);

describe.each(['llvm', 'kernel', 'mnemonic'])('what `disasm --style %s` prints', (style) => {
  test.each(objects)('of %s is read by `asm`', async (path) => {
    const { stdout } = await tinybpfHere(['disasm', '--style', style, path]);
    const dialect = style === 'mnemonic' ? 'mnemonic' : 'llvm';
    const read = await tinybpfHere(['asm', '--dialect', dialect, '-'], stdout);
    expect(read.stderr.split('\n').filter((line) => line.startsWith('error'))).toEqual([]);
    expect(read.status).toBe(0);
  });
});
