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
    ['sign-extended to -1', 'r1 = 0xffffffff ll'],
  ],
  ['an immediate beyond 32 bits', 'r1 = 0x100000000', 'B0203', ['does not fit', '`r1 = N ll`']],
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
  ['an octal literal', 'r1 = 017', 'B0107', ['reads as octal', 'write 17, or 0xf', '--strict-llvm']],
  ['a register that is none', 'r1 = r12', 'B0111', ['no register `r12`']],
  ['a frame pointer by name', 'r1 = fp', 'B0208', ['`fp` is not a constant']],
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

test('every bad statement of a file is reported', () => {
  const { diagnostics } = assembleText('r1 = w2\nr1 +=\nr0 = 0\ngoto nowhere\nfoo bar\nexit\n');
  expect(diagnostics.map((d) => d.code).sort()).toEqual(['B0101', 'B0101', 'B0201', 'B0301']);
});

test('octal is read as LLVM reads it with strictLlvm', () => {
  const { insns, diagnostics } = assembleText('r1 = 017\nexit\n', { strictLlvm: true });
  expect(diagnostics).toEqual([]);
  expect(insns[0]).toMatchObject({ imm: 15 });
});
