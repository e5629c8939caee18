import { decodeProgram } from '../../src/isa/decode.js';
import { encodeProgram } from '../../src/isa/encode.js';
import type { Insn } from '../../src/isa/insn.js';
import { listProgram } from '../../src/isa/print/listing.js';
import { STACK_SIZE } from '../../src/machine/thread.js';
import { compareEngines, type Plan, type Stretch } from './compare.js';
import { define } from './define.js';
import { generateProgram } from './generate.js';
import { type Program, toAssembly, toInsns, without } from './program.js';
import type { Random } from './random.js';
import { randomInsns } from './raw-bytes.js';
import { fewer } from './shrink.js';
import type { Outcome } from './target.js';

/** A program and how it is run; of bytes there is no more than the bytes. */
interface Run {
  readonly program: Program | Uint8Array;
  readonly plan: Plan;
}

/** Instructions of the last stretch. */
const LONG = 3000;

function makeStretch(random: Random): Stretch {
  const interrupt = { handler: random.between(0, 9), budget: random.of([1, 5, 30, 200]) };
  return {
    engine: random.of(['interp', 'wasm', 'wasm'] as const),
    budget: random.between(1, random.chance(70) ? 40 : 400),
    ...(random.chance(25) && { interrupt }),
  };
}

function makePlan(random: Random, kind: Plan['kind'] = 'kernel'): Plan {
  const stretches = Array.from({ length: random.between(0, 5) }, () => makeStretch(random));
  return {
    alignment: { atomics: random.chance(50), plain: random.chance(20) },
    room: random.chance(75) ? STACK_SIZE : random.of([664, 800, 1200, 2400]),
    kind,
    flow: random.chance(70) ? 'structured' : 'dispatch',
    slice: random.of([1, 5, 60, 400, 1 << 20, 1 << 20]),
    inline: random.chance(80),
    eager: random.chance(70),
    atomics: random.chance(50),
    slots: random.chance(80),
    watched: random.chance(40) ? random.between(1, 255) : 0,
    isReferenceWatched: random.chance(60),
    stretches: [...stretches, { engine: 'wasm', budget: LONG }],
  };
}

function make(random: Random): Run {
  if (random.chance(85)) return { program: generateProgram(random), plan: makePlan(random) };
  return { program: randomInsns(random), plan: makePlan(random, random.chance(50) ? 'program' : 'kernel') };
}

const isBytes = (p: Run['program']): p is Uint8Array => p instanceof Uint8Array;

function judge({ program, plan }: Run): Outcome {
  const insns = isBytes(program) ? decodeProgram(program) : toInsns(program);
  const prefix = isBytes(program) ? 'bytes ' : '';
  if (insns.some((i) => i.op === undefined)) return { end: `${prefix}refused` };
  const result = compareEngines(insns as readonly Insn[], plan);
  if (result.kind !== 'different')
    return { end: prefix + (result.kind === 'same' ? result.end : result.kind) };
  return { end: 'different', wrong: { kind: 'the engines differ', details: result.what } };
}

/** The program as small as dropping instructions and stretches makes it. */
async function shrink(input: Run, fails: (smaller: Run) => Promise<boolean>): Promise<Run> {
  const last = input.plan.stretches.at(-1)!;
  const withStretches = (some: readonly Stretch[]): Run => ({
    ...input,
    plan: { ...input.plan, stretches: [...some, last] },
  });
  const stretches = await fewer(input.plan.stretches.slice(0, -1), (some) => fails(withStretches(some)));
  let small = withStretches(stretches);
  for (let again = !isBytes(small.program); again; ) {
    again = false;
    const { functions } = small.program as Program;
    for (let f = 0; f < functions.length; f += 1)
      for (let i = functions[f]!.length - 2; i >= 0; i -= 1) {
        const shorter = { ...small, program: without(small.program as Program, f, i) };
        if (!(await fails(shorter))) continue;
        small = shorter;
        again = true;
      }
  }
  return small;
}

function show({ program, plan }: Run): string {
  const text = isBytes(program)
    ? listProgram(decodeProgram(program), { style: 'llvm', alu32: true, bytes: true }).join('\n')
    : toAssembly(program);
  return `run as ${JSON.stringify(plan)}\n${text}\n`;
}

export const engines = define<Run>({
  name: 'engines',
  about:
    'random programs of all forms and random bytes, run in stretches on both engines with interrupts in between: the same registers, memory, faults and counts',
  inTest: 250,
  reaches: ['done', 'fault', 'budget', 'blocked', 'yield', 'bytes done'],
  make,
  judge,
  shrink,
  show,
  files: (run) =>
    new Map<string, string | Uint8Array>([
      ['program.bin', isBytes(run.program) ? run.program : encodeProgram(toInsns(run.program))],
      ['run.txt', show(run)],
    ]),
});
