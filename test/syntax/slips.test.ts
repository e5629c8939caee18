// cspell:ignore ouut
import { expect, test } from 'vitest';
import { withRewrites } from '../../src/isa/rewrite.js';
import { formatDiagnostics } from '../../src/text/format.js';
import { assembleText } from '../support/assemble.js';

/** The ten commonest slips, each with its own message: what is written, its code, and what the message must hold. */
const slips: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['mixed widths', 'r1 = w2', 'B0201', ['mixes register widths', 'write `r1 = r2`']],
  [
    'an immediate that is sign-extended',
    'r1 = 0xffffffff',
    'B0202',
    ['sign-extended to -1', 'did you mean `w1 = 0xffffffff` or `r1 = 0xffffffff ll`?', 'Write -1'],
  ],
  ['an immediate beyond 32 bits', 'r1 = 0x100000000', 'B0203', ['does not fit', '`r1 = 0x100000000 ll`']],
  [
    'an offset beyond 16 bits',
    'r1 = *(u32 *)(r2 + 32768)',
    'B0204',
    ['offset 32768 does not fit', '-32768 to 32767'],
  ],
  ['a jump beyond 16 bits', 'goto +32768', 'B0302', ['jump of 32768 slots', 'gotol']],
  ['a write to r10', 'r10 += -8', 'B0205', ['r10 cannot be written', '`r2 = r10`']],
  ['an unknown label', 'goto ouut\nout:\nexit', 'B0301', ['no label `ouut`', 'did you mean `out`?']],
  [
    'an unknown helper',
    'call bpf_map_delete_elm',
    'B0601',
    ['no helper or function', 'did you mean `bpf_map_delete_elem`?'],
  ],
  [
    'the mnemonic dialect',
    'mov r1, 5',
    'B0110',
    ['is the mnemonic dialect', 'write `r1 = 5`', '--dialect mnemonic'],
  ],
  [
    'two instructions in a line',
    'r0 = 0 exit',
    'B0101',
    ['unexpected `exit`', 'begin a new line before `exit`'],
  ],
  ['an octal literal', 'r1 = 017', 'B0107', ['reads as octal', 'write 17, or 0xf', '--strict-llvm']],
  ['a register that is not one', 'r1 = r12', 'B0111', ['no register `r12`']],
  ['a frame pointer by name', 'r1 = fp', 'B0111', ['no register `fp`', 'is r10']],
  ['a frame pointer that is stored', '*(u64 *)(r10 - 8) = fp', 'B0111', ['no register `fp`', 'is r10']],
  ['a sum with a sign-extended number', 'r5 += 0xffffffff', 'B0202', ['`r2 = 0xffffffff ll`', 'write -1']],
  ['a 32-bit register given more', 'w5 = 0x1ffffffff', 'B0203', ['`r5 = 0x1ffffffff ll`']],
  ['a number that no helper has', 'call 99999999999', 'B0203', ['numbers of helpers', 'list helpers']],
  ['a call beyond 32 bits', 'call +2147483648', 'B0302', ['distance 2147483648 does not fit']],
  ['a long jump beyond 32 bits', 'gotol +2147483648', 'B0302', ['the field has 32 bits']],
  ['a condition that jumps too far', 'if r1 == 5 goto +32768', 'B0302', ['reverse the condition', 'gotol']],
  ['an offset that no object can hold', 'r1 = m + 0x100000000 ll', 'B0203', ['offset 4294967296']],
  ['a no-break space', 'r1\u00a0= 5', 'B0101', ['unexpected character U+00A0']],
  ['a zero-width space', 'r1 =\u200b5', 'B0101', ['unexpected character U+200B']],
  ['a character of two units', 'x\u{1f41d}: exit', 'B0101', ['unexpected `\u{1f41d}`']],
  ['capitals', 'EXIT', 'B0112', ['lower case', '`exit`']],
  ['capitals within', 'if r1 == 5 GOTO +0', 'B0112', ['lower case', '`goto`']],
  [
    'capitals in what only labs have',
    'THIS_CPU *(u32 *)(r1 + 0) += r2',
    'B0112',
    ['lower case', '`this_cpu`'],
  ],
  ['no blank before a signed operator', 'r1s>>=3', 'B0112', ['must be a space between', '`r1 s>>=`']],
  ['no blank in a signed comparison', 'if r1s>=3 goto +0', 'B0112', ['must be a space', '`r1 s>=`']],
  ['a type of C', 'r1 = *(int *)(r2 + 0)', 'B0112', ['`int` is not an access size', 'u8, u16, u32 or u64']],
  ['a sign-extended load of 64 bits', 'r1 = *(s64 *)(r2 + 0)', 'B0206', ['nothing to sign-extend']],
  ['a byte swap of 24 bits', 'r1 = be24 r1', 'B0112', ['no byte swap `be24`']],
  ['a zero extension', 'r1 = (u8)r2', 'B0206', ['`r1 &= 0xff`']],
  ['an extension that changes nothing', 'w1 = (s32)w2', 'B0206', ['changes nothing', '`w1 = w2`']],
  ['a constant named as a register', '.equ r1, 5', 'B0101', ['`r1` cannot name a constant']],
  ['a C expression', 'r1 = r2 + r3', 'B0112', ['one operator', '`r1 += r3`']],
  ['a byte swap of another register', 'r1 = be16 r2', 'B0207', ['last operand']],
  ['cmpxchg without r0', 'r1 = cmpxchg_64(r2 + 0, r1, r3)', 'B0207', ['compares with r0']],
  ['a stored byte of 300', '*(u8 *)(r1 + 0) = 300', 'B0212', ['only 44 reaches memory']],
];

test.each(slips)('%s', (_, text, code, wanted) => {
  const { diagnostics } = assembleText(`${text}\nexit\n`);
  const shown = formatDiagnostics(withRewrites(diagnostics));
  expect(diagnostics.map((d) => d.code)).toEqual([code]);
  for (const part of wanted) expect(shown).toContain(part);
  expect(shown).toContain('^');
  expect(shown).toContain('test.s:1:');
});

/** The same for a text that is read as the mnemonic dialect: nothing may send her there again. */
const mnemonic: typeof slips = [
  ['a register that is not one', 'mov %r12, 1', 'B0111', ['no register `r12`']],
  ['a label before an instruction', 'out: exit', 'B0112', ['a line of its own']],
  ['LLVM assembly', 'r1 = 5', 'B0112', ['looks like LLVM assembly', '`mov %r1, 5`']],
  ['an immediate beyond 32 bits', 'mov %r1, 4294967296', 'B0203', ['`lddw %r2, 4294967296`']],
];

test.each(mnemonic)('in the mnemonic dialect: %s', (_, text, code, wanted) => {
  const { diagnostics } = assembleText(`${text}\nexit\n`, {}, 'mnemonic');
  const shown = formatDiagnostics(withRewrites(diagnostics));
  expect(diagnostics.map((d) => d.code)).toEqual([code]);
  for (const part of wanted) expect(shown).toContain(part);
});

test('every bad statement of a file is reported', () => {
  const { diagnostics } = assembleText('r1 = w2\nr1 +=\nr0 = 0\ngoto nowhere\nfoo bar\nexit\n');
  expect(diagnostics.map((d) => d.code).sort()).toEqual(['B0101', 'B0101', 'B0201', 'B0301']);
});

test('octal is read as LLVM reads it with strictLlvm', () => {
  const { insns, diagnostics } = assembleText('r1 = 017\nexit\n', { strictLlvm: true });
  expect(diagnostics).toEqual([]);
  expect(insns[0]).toMatchObject({ imm: 15 });
});
