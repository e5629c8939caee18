import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decodeProgram } from '../../src/isa/decode.js';
import { encodeProgram } from '../../src/isa/encode.js';
import { printLlvm } from '../../src/isa/print/llvm.js';
import { assembleText, fromHex, toHex } from '../support/assemble.js';
import { tinybpfHere } from '../support/in-process.js';

/** Recorded by test/tools/record-llvm.ts from LLVM 19.1.7: text, bytes, objdump's text by default and for v4. */
const recorded = readFileSync(new URL('../data/llvm19/instructions.tsv', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map(
    (line) =>
      line.split('\t').map((cell) => cell.replaceAll('\\t', '\t')) as [string, string, string, string],
  );

/**
 * Differences on purpose: a signed number after `call` is a distance here (so that listings read back) and a helper's
 * number in LLVM, and we refuse to write r10.
 */
const differs = (text: string): boolean => /^call [-+]/.test(text) || /^[rw]10 = /.test(text);

test(`the assembler gives llvm-mc's bytes for ${recorded.length} instructions`, () => {
  const wrong = recorded.filter(
    ([text, bytes]) => !differs(text) && toHex(encodeProgram(assembleText(text).insns)) !== bytes,
  );
  expect(wrong).toEqual([]);
});

/** For a CPU without 32-bit registers LLVM reads every 32-bit atomic as an addition, whatever imm says. */
const misread = (bytes: string, text: string): boolean =>
  text.startsWith('lock *(u32') && !bytes.endsWith('00000000');

test("the disassembler prints llvm-objdump's text, default and v4", () => {
  const wrong = recorded.flatMap(([, bytes, generic, v4]) => {
    const [insn] = decodeProgram(fromHex(bytes));
    const print = (alu32: boolean): string =>
      insn?.op === undefined ? '<unknown>' : printLlvm(insn, { alu32, exact: false });
    return [
      ...(generic !== '<unknown>' && !misread(bytes, generic) && print(false) !== generic
        ? [[bytes, generic, print(false)]]
        : []),
      ...(print(true) !== v4 ? [[bytes, v4, print(true)]] : []),
    ];
  });
  expect(wrong).toEqual([]);
});

/** What llvm-mc 19 puts into the field of an address that a linker fills in, and into jumps to constants. */
test.each([
  ['r1 = sym ll', '18010000000000000000000000000000'],
  ['r1 = sym+8 ll', '18010000080000000000000000000000'],
  ['r1 = sym - 8 ll', '18010000f8ffffff0000000000000000'],
  ['r1 = 8 + sym ll', '18010000080000000000000000000000'],
])('`%s` keeps what is added to the symbol, as llvm-mc does', async (text, bytes) => {
  const { stdout, stderr } = await tinybpfHere(['asm', '-'], text);
  expect(stdout.replace(/\s/g, '')).toBe(bytes);
  expect(stderr).toContain('needs the address of `sym`');
});
