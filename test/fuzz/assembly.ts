import type { Grammar } from 'ohm-js';
import mnemonicGrammar from '#grammar/mnemonic.ohm-bundle.js';
import { listProgram } from '../../src/isa/print/listing.js';
import { OPERATIONS } from '../../src/isa/table.js';
import { hexByte } from '../../src/text/numbers.js';
import { given } from './command/files.js';
import { type CommandRun, runCommand } from './command/run.js';
import { generateProgram } from './generate.js';
import { toAssembly, toInsns } from './program.js';
import type { Random } from './random.js';
import type { Wrong } from './target.js';
import { ASSEMBLY, CONFORMANCE_FILES, type Sample } from './text/corpus.js';
import { extendCode } from './text/generate.js';
import { Sentences, type Words } from './text/grammar.js';
import { mutate, tokensOf } from './text/mutate.js';
import { extremeNumber } from './text/words.js';
import { BUDGETED, INPUT, type TextInput, textTarget } from './text-target.js';

const hexOf = ({ stdout }: CommandRun): string => stdout.replace(/\s/g, '');

/** Programs that were assembled come back the same from the disassembler and the assembler. */
async function judgeRoundTrip(
  args: readonly string[],
  run: CommandRun,
  style: string,
): Promise<Wrong | undefined> {
  const isHex = args.length === 2 || (style === 'mnemonic' && args.length === 4);
  // A note says that something is to be filled in, which is not part of the bytes.
  if (run.status !== 0 || run.stderr !== '' || !isHex) return undefined;
  const hex = hexOf(run);
  const listed = await runCommand(['disasm', '--style', style, '--no-bytes', given('round.hex', run.stdout)]);
  const dialect = style === 'mnemonic' ? ['--dialect', 'mnemonic'] : [];
  const again = await runCommand(['asm', ...dialect, given('round.s', listed.stdout)]);
  if (listed.status === 0 && again.status === 0 && hexOf(again) === hex) return undefined;
  const details = `${run.stdout}\n${listed.stdout}${listed.stderr}\n${again.stdout}${again.stderr}`;
  return { kind: `another program from its ${style} listing`, details };
}

const samplesOf = (texts: readonly string[]): Sample[] => texts.map((text, i) => ({ name: String(i), text }));
const wordsOf = (samples: readonly Sample[]): string[] =>
  [...new Set(samples.flatMap((s) => tokensOf(s.text)))].filter((w) => w.trim() !== '');

const llvmWords = wordsOf(ASSEMBLY);
/** What the disassembler prints before each instruction. */
const withoutSlots = (text: string): string => text.replace(/^ *\d+: */gm, '');

function makeLlvm(random: Random): string {
  const kind = random.between(0, 9);
  const base = kind < 4 ? withoutSlots(toAssembly(generateProgram(random))) : random.of(ASSEMBLY).text;
  const extended = random.chance(40) ? extendCode(base, random) : base;
  if (random.chance(25)) return extended;
  return mutate(extended, random, { samples: ASSEMBLY, words: llvmWords });
}

const LLVM_COMMANDS: readonly (readonly string[])[] = [
  ['asm', INPUT],
  ['asm', INPUT],
  ['--json', 'asm', INPUT],
  ['asm', INPUT, '--format', 'listing'],
  ['asm', INPUT, '--strict-llvm'],
];

export const assembly = textTarget({
  name: 'assembly',
  about:
    'plain programs in LLVM’s assembly and listings of disassemblers, changed, generated and made of the grammar: diagnostics, or bytes that survive a round trip',
  file: 'input.s',
  inTest: 25,
  reaches: ['asm refused', 'asm 0'],
  make: (random) => ({ args: random.of(LLVM_COMMANDS), text: makeLlvm(random) }),
  judgeMore: ({ args }, run) => judgeRoundTrip(args, run, 'llvm'),
});

const mnemonics = new Sentences(mnemonicGrammar as unknown as Grammar);
const MNEMONICS = OPERATIONS.map((op) => op.mnemonic);
const mnemonicWords: Words = (rule, r) => {
  if (rule === 'name') return r.chance(85) ? r.of(MNEMONICS) : r.of(['out', 'loop', 'local', 'exit']);
  if (rule === 'number') return r.chance(70) ? String(r.between(0, 9)) : extremeNumber(r);
  return undefined;
};

/** A program in the mnemonic dialect: generated, or line by line of the grammar. */
function makeMnemonic(random: Random): string {
  if (random.chance(70)) {
    const insns = toInsns(generateProgram(random));
    return withoutSlots(listProgram(insns, { style: 'mnemonic', alu32: false, bytes: false }).join('\n'));
  }
  const lines = Array.from({ length: random.between(1, 12) }, () =>
    mnemonics.make('Line', random, mnemonicWords),
  );
  return `${lines.join('\n')}\nexit\n`;
}

const mnemonicPool = {
  samples: [...CONFORMANCE_FILES, ...samplesOf(MNEMONICS)],
  words: [...MNEMONICS, 'r0', 'r1', '%r2', 'r10', '[r1+8]', '[r10-8]', '+1', '-1', ',', ':', 'local'],
};

export const mnemonic = textTarget({
  name: 'mnemonic',
  about:
    'programs in the mnemonic dialect, treated the same way: diagnostics, or bytes that survive a round trip',
  file: 'input.s',
  inTest: 25,
  reaches: ['asm refused', 'asm 0'],
  make: (random) => {
    const text = makeMnemonic(random);
    return {
      args: [...(random.chance(40) ? ['--json'] : []), 'asm', '--dialect', 'mnemonic', INPUT],
      text: random.chance(30) ? text : mutate(text, random, mnemonicPool),
    };
  },
  judgeMore: ({ args }: TextInput, run) => judgeRoundTrip(args, run, 'mnemonic'),
});

/** A test of bpf_conformance round a program. */
function makeTest(random: Random): string {
  if (random.chance(20)) return random.of(CONFORMANCE_FILES).text;
  const memory = Array.from({ length: random.between(0, 24) }, () => hexByte(random.between(0, 255)));
  const result = random.chance(80) ? `-- result\n0x${random.between(0, 9)}` : '-- error\nit must fail';
  return `-- asm\n${makeMnemonic(random)}\n-- mem\n${memory.join(' ')}\n${result}\n`;
}

export const conformance = textTarget({
  name: 'conformance',
  about: 'bpf_conformance’s files, changed and generated, run on both engines: passed, failed or refused',
  file: 'input.data',
  inTest: 25,
  reaches: ['conformance 0', 'conformance 1'],
  make: (random) => {
    const text = makeTest(random);
    const engine = random.of(['auto', 'interp', 'wasm']);
    return {
      args: [...(random.chance(30) ? ['--json'] : []), 'conformance', ...BUDGETED, '--engine', engine, INPUT],
      text: random.chance(30) ? text : mutate(text, random, mnemonicPool),
    };
  },
});
