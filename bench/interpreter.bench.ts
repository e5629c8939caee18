import { assemble } from '../src/isa/assemble.js';
import type { Insn } from '../src/isa/insn.js';
import { div64 } from '../src/isa/semantics/alu64.js';
import { runBare } from '../src/machine/bare.js';
import { parseAssembly } from '../src/syntax/parse-program.js';
import { runBigintSwitch } from './rejected/bigint-switch.js';
import { runClosures } from './rejected/closures.js';
import { divideHalves } from './rejected/halves.js';
import { runTableCalls } from './rejected/table-calls.js';
import { heading, measure, table } from './support.js';

/** xorshift with its state through memory, and a hash of it: arithmetic of both widths, a load, a store, a branch. */
const PROGRAM = `
r1 = 88172645
r2 = 0
r3 = 0
again:
r4 = r1
r4 <<= 13
r1 ^= r4
r4 = r1
r4 >>= 7
r1 ^= r4
r4 = r1
r4 <<= 17
r1 ^= r4
*(u64 *)(r10 - 8) = r1
r5 = *(u64 *)(r10 - 8)
r2 += r5
w2 += w1
r2 *= 31
r3 += 1
if r3 != 20000 goto again
r0 = r2
exit`;

type Runner = (insns: readonly Insn[], bytes: Uint8Array) => { r0: bigint; executed: number };

/** The engine that ships: checked memory, counted instructions, frames, any number of functions. */
const shipped: Runner = (insns) => {
  const result = runBare(insns, new Uint8Array(0));
  if (result.kind !== 'done') throw new Error(`the program ended with ${result.kind}`);
  return { r0: BigInt.asIntN(64, result.r0), executed: result.executed };
};

/** The interpreter beside rejected designs, which check nothing and so have it easier. */
export async function interpreterSuite(): Promise<void> {
  heading(
    'The interpreter and rejected designs (ns an instruction; those neither check memory nor count a budget)',
  );
  const insns = assemble(parseAssembly({ name: 'xorshift', text: PROGRAM }).value ?? []).insns as Insn[];
  const designs: readonly (readonly [string, Runner])[] = [
    ['shipped: switch generated from the table', shipped],
    ['rejected: BigInt64Array and switch', runBigintSwitch],
    ['rejected: a closure for each instruction', runClosures],
    ["rejected: objects and the table's functions", runTableCalls],
  ];
  const memory = new Uint8Array(512);
  const results = designs.map(([, run]) => run(insns, memory));
  if (results.some((r) => r.r0 !== results[0]!.r0)) throw new Error('the designs disagree');
  const measured = await measure(
    designs.map(([name, run]) => ({ name, run: () => void run(insns, memory) })),
  );
  const base = measured[0]!.median / results[0]!.executed;
  table(
    measured.map((m, i) => {
      const ns = m.median / results[i]!.executed;
      return {
        design: m.name,
        'ns/insn': ns.toFixed(2),
        '+-': (m.spread / results[i]!.executed).toFixed(2),
        'x shipped': (ns / base).toFixed(2),
      };
    }),
  );
  await divisions();
}

/** Numbers of every length, the divisors not 0: as many as make a processor's guess wrong. */
const NUMBERS = Array.from({ length: 256 }, (_, i) => {
  const mixed = BigInt.asUintN(64, 0x9e37_79b9_7f4a_7c15n * BigInt(i + 1) ** 3n);
  return (mixed >> BigInt((i * 7) % 61)) | 1n;
});

/** The helper that divides 64 bits, and what it was chosen from. */
async function divisions(): Promise<void> {
  const w = new Int32Array(8);
  const halves = NUMBERS.flatMap((n) => [Number(BigInt.asIntN(32, n)), Number(BigInt.asIntN(32, n >> 32n))]);
  const eachPair = (divide: (al: number, ah: number, bl: number, bh: number) => void) => () => {
    for (let i = 0; i < halves.length - 2; i += 2)
      divide(halves[i]!, halves[i + 1]!, halves[i + 2]!, halves[i + 3]!);
  };
  const big = new BigInt64Array(3);
  const cases: readonly { readonly name: string; readonly run: () => void }[] = [
    {
      name: 'shipped: a function in WebAssembly',
      run: eachPair((al, ah, bl, bh) => {
        w[0] = al;
        w[1] = ah;
        w[2] = bl;
        w[3] = bh;
        div64(w, 0, 2);
      }),
    },
    {
      name: 'rejected: by halves',
      run: eachPair((al, ah, bl, bh) => {
        divideHalves(ah >>> 0, al >>> 0, bh >>> 0, bl >>> 0);
      }),
    },
    {
      name: 'rejected: BigInt64Array',
      run: () => {
        for (let i = 0; i < NUMBERS.length - 1; i += 1) {
          big[0] = NUMBERS[i]!;
          big[1] = NUMBERS[i + 1]!;
          big[2] = BigInt.asUintN(64, big[0]) / BigInt.asUintN(64, big[1]);
        }
      },
    },
  ];
  const measured = await measure(cases);
  heading('64-bit division (ns each)');
  table(
    measured.map((m) => ({
      design: m.name,
      ns: (m.median / (NUMBERS.length - 1)).toFixed(2),
      'x shipped': (m.median / measured[0]!.median).toFixed(2),
    })),
  );
}
