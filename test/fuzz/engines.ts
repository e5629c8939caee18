import { decodeProgram } from '../../src/isa/decode.js';
import type { Insn } from '../../src/isa/insn.js';
import { OPERATIONS } from '../../src/isa/table.js';
import { type Comparison, compareEngines, type Plan } from './compare.js';
import { generateProgram } from './generate.js';
import type { Fuzzer } from './options.js';
import { type Program, toAssembly, toInsns, without } from './program.js';
import { Random } from './random.js';

const LONG = 3000;

function generatePlan(random: Random): Plan {
  const stretches = Array.from({ length: random.between(0, 4) }, () => ({
    engine: random.of(['interp', 'wasm', 'wasm'] as const),
    budget: random.between(1, random.chance(70) ? 40 : 400),
  }));
  return {
    alignment: { atomics: random.chance(50), plain: random.chance(20) },
    flow: random.chance(70) ? 'structured' : 'dispatch',
    slice: random.of([1, 5, 60, 400, 1 << 20, 1 << 20]),
    inline: random.chance(80),
    eager: random.chance(70),
    stretches: [...stretches, { engine: 'wasm', budget: LONG }],
  };
}

/** Bytes that are instructions more often than not. */
function randomBytes(random: Random): Uint8Array {
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

/** A program with what it shows, as small as dropping instructions and stretches makes it. */
function shrink(program: Program, plan: Plan): { program: Program; plan: Plan } {
  const differs = (p: Program, q: Plan): boolean => {
    try {
      return compareEngines(toInsns(p), q).kind === 'different';
    } catch {
      return false;
    }
  };
  let small = { program, plan };
  for (let again = true; again; ) {
    again = false;
    for (let i = 0; i < small.plan.stretches.length - 1; i += 1) {
      const fewer = { ...small.plan, stretches: small.plan.stretches.filter((_, k) => k !== i) };
      if (!differs(small.program, fewer)) continue;
      small = { ...small, plan: fewer };
      again = true;
    }
    for (let f = 0; f < small.program.functions.length; f += 1) {
      for (let i = small.program.functions[f]!.length - 2; i >= 0; i -= 1) {
        const shorter = without(small.program, f, i);
        if (!differs(shorter, small.plan)) continue;
        small = { ...small, program: shorter };
        again = true;
      }
    }
  }
  return small;
}

function report(seed: number, insns: Program, plan: Plan, what: string): string {
  const { program, plan: how } = shrink(insns, plan);
  const now = compareEngines(toInsns(program), how);
  const shown = now.kind === 'different' ? now.what : what;
  return `seed ${seed}: ${shown}\nrun as ${JSON.stringify(how)}\n\n${toAssembly(program)}\n`;
}

export interface FuzzResult {
  readonly programs: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

function runBytes(random: Random, plan: Plan): Comparison {
  const insns = decodeProgram(randomBytes(random));
  if (insns.some((i) => i.op === undefined)) return { kind: 'refused' };
  return compareEngines(insns as readonly Insn[], plan, random.chance(50) ? 'program' : 'kernel');
}

/** Compares the engines on programs made from `seed` on, as long as `go` says so. */
export function fuzzEngines(seed: number, go: (programs: number) => boolean): FuzzResult {
  const failures: string[] = [];
  const ends: Record<string, number> = {};
  let programs = 0;
  for (let at = seed; go(programs) && failures.length < 3; at = (at + 1) | 0) {
    programs += 1;
    const random = new Random(at);
    const plan = generatePlan(random);
    if (random.chance(15)) {
      const result = runBytes(random, plan);
      const end = result.kind === 'same' ? result.end : result.kind;
      ends[`bytes ${end}`] = (ends[`bytes ${end}`] ?? 0) + 1;
      if (result.kind === 'different') failures.push(`seed ${at} (bytes): ${result.what}`);
      continue;
    }
    const program = generateProgram(random);
    const result = compareEngines(toInsns(program), plan);
    const end = result.kind === 'same' ? result.end : result.kind;
    ends[end] = (ends[end] ?? 0) + 1;
    if (result.kind === 'different') failures.push(report(at, program, plan, result.what));
  }
  return { programs, ends, failures };
}

/** Seconds of a run that is not told how long to go on. */
const DEFAULT_SECONDS = 10;

/** Random programs on both engines, until the time is over or three of them differ. */
export const engines: Fuzzer = {
  about: 'random programs and random bytes on both engines',
  run: ({ seconds, seed }) => {
    const until = performance.now() + (seconds ?? DEFAULT_SECONDS) * 1000;
    const { programs, ends, failures } = fuzzEngines(seed, () => performance.now() < until);
    const kinds = Object.entries(ends).sort(([, a], [, b]) => b - a);
    console.log(`${programs} programs: ${kinds.map(([kind, n]) => `${n} ${kind}`).join(', ')}`);
    if (failures.length > 0) throw new Error(`${failures.length} differences\n\n${failures.join('\n\n')}`);
    console.log('no difference');
  },
};
