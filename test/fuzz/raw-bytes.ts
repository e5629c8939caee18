import { encodeProgram } from '../../src/isa/encode.js';
import { OPERATIONS } from '../../src/isa/table.js';
import { describeBare, runBytes } from '../../src/machine/conformance.js';
import { ENGINES } from '../../src/machine/engines.js';
import { given } from './command/files.js';
import { judgeRun } from './command/judge.js';
import { type CommandRun, runCommand } from './command/run.js';
import { define } from './define.js';
import { generateProgram } from './generate.js';
import { toInsns } from './program.js';
import type { Random } from './random.js';
import { fewerBytes } from './shrink.js';
import type { Outcome, Wrong } from './target.js';
import { BUDGET } from './text-target.js';

interface BytesInput {
  readonly bytes: Uint8Array;
  readonly memory: Uint8Array;
  readonly args: readonly string[];
}

/** Bytes that are instructions more often than not. */
export function randomInsns(random: Random): Uint8Array {
  const slots = random.between(1, 12);
  const bytes = Uint8Array.from({ length: slots * 8 }, () => random.between(0, 255));
  for (let i = 0; i < slots; i += 1) {
    const op = random.of(OPERATIONS);
    const at = i * 8;
    if (random.chance(90)) bytes[at] = op.opcode;
    bytes[at + 1] = random.chance(80) ? random.between(0, 10) | (random.between(0, 10) << 4) : bytes[at + 1]!;
    const small = random.chance(80);
    if (small) bytes.set([random.between(0, 3), 0, random.between(0, 16), 0, 0, 0], at + 2);
  }
  if (random.chance(80)) bytes.set([0x95, 0, 0, 0, 0, 0, 0, 0], (slots - 1) * 8);
  return bytes;
}

/** A good program of which some bytes are changed, left out or doubled. */
function damagedProgram(random: Random): Uint8Array {
  const bytes = [...encodeProgram(toInsns(generateProgram(random)))];
  for (let n = random.between(0, 4); n > 0 && bytes.length > 0; n -= 1) {
    const at = random.between(0, bytes.length - 1);
    const kind = random.between(0, 9);
    if (kind < 7) bytes[at] = random.between(0, 255);
    else if (kind < 8) bytes.splice(at, random.between(1, 9));
    else bytes.splice(at, 0, ...bytes.slice(at, at + random.of([1, 8, 16])));
  }
  return Uint8Array.from(bytes);
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function make(random: Random): BytesInput {
  const kind = random.between(0, 9);
  const bytes =
    kind < 5
      ? randomInsns(random)
      : kind < 9
        ? damagedProgram(random)
        : Uint8Array.from({ length: random.between(0, 60) }, () => random.between(0, 255));
  return {
    bytes,
    memory: Uint8Array.from({ length: random.of([0, 1, 8, 64]) }, () => random.between(0, 255)),
    args: [
      ...(random.chance(50) ? ['--json'] : []),
      'disasm',
      '--style',
      random.of(['llvm', 'kernel', 'mnemonic']),
      '--input',
      random.of(['raw', 'raw', 'hex', 'auto']),
      ...(random.chance(20) ? ['--no-alu32'] : []),
    ],
  };
}

/** No byte is lost on the way to a listing. */
function judgeListing({ bytes }: BytesInput, run: CommandRun): Wrong | undefined {
  if (run.status !== 0 || !run.args.includes('--json') || run.args.includes('auto')) return undefined;
  const document = JSON.parse(run.stdout) as {
    programs: { insns: { bytes: string; operation?: string }[] }[];
  };
  const insns = document.programs.flatMap((p) => p.insns);
  // Early compilers put the register of callx elsewhere; it is read, and written where it belongs.
  if (insns.some((i) => i.operation === 'callx') || insns.map((i) => i.bytes).join('') === hexOf(bytes))
    return undefined;
  return { kind: 'bytes are lost in a listing', details: run.stdout };
}

/** Both engines, on a bare machine, come to the same. */
function judgeEngines({ bytes, memory }: BytesInput): { end: string; wrong?: Wrong } {
  if (bytes.length % 8 !== 0) return { end: 'no program' };
  const [a, b] = [ENGINES['interp']!, ENGINES['wasm']!].map((engine) =>
    runBytes(bytes, memory, engine, BUDGET),
  ) as [ReturnType<typeof runBytes>, ReturnType<typeof runBytes>];
  const [x, y] = [describeBare(a), describeBare(b)];
  const isSame = x === y && (a.kind !== 'done' || b.kind !== 'done' || hexOf(a.memory) === hexOf(b.memory));
  if (/undefined|NaN|\[object/.test(x)) return { end: a.kind, wrong: { kind: 'a stray word', details: x } };
  return { end: a.kind, ...(!isSame && { wrong: { kind: 'the engines differ', details: `${x}\n${y}` } }) };
}

async function judge(input: BytesInput): Promise<Outcome> {
  const isHex = input.args.includes('hex');
  const path = given('input.bin', isHex ? hexOf(input.bytes) : input.bytes);
  const run = await runCommand([...input.args, path]);
  const ran = judgeEngines(input);
  const wrong = judgeRun(run, {}) ?? judgeListing(input, run) ?? ran.wrong;
  return { end: `disasm ${run.status}, ${ran.end}`, ...(wrong && { wrong }) };
}

export const bytes = define<BytesInput>({
  name: 'bytes',
  about:
    'random bytes and damaged programs: disassembled in every style without loss or refused, and run on both engines with the same end',
  inTest: 80,
  reaches: ['disasm 0, done', 'disasm 0, refused', 'disasm 0, fault', 'disasm 1, no program'],
  make,
  judge,
  shrink: async (input, fails) => ({
    ...input,
    bytes: await fewerBytes(input.bytes, (some) => fails({ ...input, bytes: some })),
  }),
  show: ({ bytes, memory, args }) =>
    `tinybpf ${args.join(' ')}, memory ${hexOf(memory) || 'none'}\n${hexOf(bytes).replace(/.{16}/g, '$&\n')}`,
  files: ({ bytes }) => new Map([['input.bin', bytes]]),
});
