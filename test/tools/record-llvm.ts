/**
 * Records what LLVM's BPF assembler and disassembler say of every form of the instruction table, so that tests need no
 * LLVM: `npx tsx test/tools/record-llvm.ts /usr/lib/llvm-19/bin`. Writes test/data/llvm19/instructions.tsv with a line
 * an instruction: text as assembled, bytes from llvm-mc, text from llvm-objdump by default and with --mcpu=v4.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Insn, makeInsn } from '../../src/isa/insn.js';
import { printLlvm } from '../../src/isa/print/llvm.js';
import { OPERATIONS } from '../../src/isa/table.js';

const bin = process.argv[2] ?? '/usr/lib/llvm-19/bin';
const dir = mkdtempSync(join(tmpdir(), 'llvm-'));

const REGISTERS = [
  [1, 2],
  [0, 9],
  [7, 10],
] as const;
const IMMEDIATES = [0, 1, -1, 42, 0x7fff_ffff, -0x8000_0000];
const OFFSETS = [0, 4, -4, 0x7fff, -0x8000];

function samples(): Insn[] {
  return OPERATIONS.flatMap((op) =>
    REGISTERS.flatMap(([dst, src], r) =>
      IMMEDIATES.flatMap((imm, i) => OFFSETS.map((off, o) => ({ op, dst, src, imm, off, hi: 0, r, i, o }))),
    )
      .filter(({ r, i, o }) => (r + i + o) % 3 === 0 || (r === 0 && (i === 0 || o === 0)))
      .map((s) =>
        makeInsn(op, {
          dst: s.dst,
          src: s.src,
          imm: s.imm,
          off: s.off,
          hi: op.form === 'wide' ? s.imm ^ 5 : 0,
        }),
      ),
  );
}

const style = { alu32: true, exact: true };
let texts = [...new Set(samples().map((i) => printLlvm(i, style)))];

const source = join(dir, 'in.s');
const object = join(dir, 'in.o');
for (;;) {
  writeFileSync(source, `${texts.join('\n')}\n`);
  const mc = spawnSync(join(bin, 'llvm-mc'), [
    '-triple',
    'bpfel',
    '-mcpu=v4',
    '--filetype=obj',
    source,
    '-o',
    object,
  ]);
  const bad = new Set([...mc.stderr.toString().matchAll(/in\.s:(\d+):/g)].map((m) => Number(m[1]) - 1));
  if (bad.size === 0) break;
  console.error(`${bad.size} of ${texts.length} are not supported, such as: ${texts[[...bad][0]!]}`);
  texts = texts.filter((_, i) => !bad.has(i));
}

function disassemble(...flags: string[]): { bytes: string; text: string }[] {
  const out = execFileSync(join(bin, 'llvm-objdump'), ['-d', ...flags, object], {
    maxBuffer: 1 << 28,
  }).toString();
  return [...out.matchAll(/^ *[0-9a-f]+:\t((?:[0-9a-f]{2} ?)+)\t(.*)$/gm)].map((m) => ({
    bytes: m[1]!.replaceAll(' ', ''),
    text: m[2]!.replace(/ <[^<>]*>$/, ''),
  }));
}

const generic = disassemble();
const v4 = disassemble('--mcpu=v4');
if (generic.length !== texts.length)
  throw new Error(`${generic.length} instructions for ${texts.length} lines`);
const lines = texts.map((t, i) =>
  [t, generic[i]!.bytes, generic[i]!.text, v4[i]!.text].map((c) => c.replaceAll('\t', '\\t')).join('\t'),
);
writeFileSync('test/data/llvm19/instructions.tsv', `${lines.join('\n')}\n`);
console.error(`${lines.length} instructions recorded`);
