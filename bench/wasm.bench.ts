import { type EngineFactory, interpreter } from '../src/machine/bare.js';
import { WasmEngine, type WasmOptions } from '../src/machine/wasm/engine.js';
import { FOLDER, prepareProgram, recorded } from './bare.js';
import { compileNative } from './native.js';
import { type BenchProgram, PROGRAMS, type ProgramKind, type Version } from './programs.js';
import { heading, median, processorTimeOf, table } from './support.js';
import { compileUbpf, type Ubpf } from './ubpf.js';

const wasm =
  (options: Partial<WasmOptions> = {}): EngineFactory =>
  (machine) =>
    new WasmEngine(machine, options);

interface Variant {
  readonly name: string;
  readonly version: Version;
  readonly engine: EngineFactory;
}

const VARIANTS: readonly Variant[] = [
  { name: 'interp', version: 'v3', engine: interpreter },
  { name: 'v3', version: 'v3', engine: wasm() },
  { name: 'v4', version: 'v4', engine: wasm() },
  { name: 'atomics', version: 'v3', engine: wasm({ atomics: true }) },
  { name: 'no shadow', version: 'v3', engine: wasm({ shadow: false }) },
  { name: 'no fuel', version: 'v3', engine: wasm({ fuel: false }) },
  { name: 'neither', version: 'v3', engine: wasm({ shadow: false, fuel: false }) },
];
/** Those of which what a program takes at most is said: as compiled for either instruction set. */
const SHIPPED = ['v3', 'v4'] as const;

/** Fewer are enough where one tries something out. */
const ROUNDS = Number(process.env['ROUNDS'] ?? 11);
/** Programs to look at, with commas between them, where one tries something out; all of them if there are none. */
const ONLY = new Set(process.env['ONLY']?.split(','));
/** Milliseconds of a slice. */
const SLICE = 10;
/** Milliseconds of processor time until there is optimised code. */
const WARM_UP = 80;

interface Ready {
  readonly program: BenchProgram;
  readonly runs: readonly (() => bigint)[];
  readonly insns: number;
  /** Times of C and of the variants, a round each. */
  readonly natives: number[];
  readonly expected: bigint;
  /** Times of uBPF's interpreter, where there is one, and it runs the program. */
  readonly others: number[];
  readonly times: readonly number[][];
}

/** A program on every engine, run once on each and compared, until there is optimised code. */
function prepare(program: BenchProgram, expected: bigint | undefined): Ready {
  const prepared = VARIANTS.map(({ version, engine }) =>
    prepareProgram(program, recorded(program, version), engine),
  );
  const results = prepared.map((p) => p.run());
  if (results.some((r) => r !== (expected ?? results[0])))
    throw new Error(`${program.name}: the answers differ: ${results.join(' ')} and C ${expected}`);
  const { machine, run } = prepared[0]!;
  const before = machine.executed;
  run();
  const insns = machine.executed - before;
  for (const { run: warm } of prepared) processorTimeOf(warm, WARM_UP);
  const runs = prepared.map((p) => p.run);
  return {
    program,
    runs,
    expected: results[0]!,
    insns,
    natives: [],
    others: [],
    times: VARIANTS.map(() => []),
  };
}

const geometricMean = (numbers: readonly number[]): number =>
  Math.exp(numbers.reduce((sum, n) => sum + Math.log(n), 0) / numbers.length);

/** Half of the distance between the quarters, as a part of the median. */
function spread(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (q: number): number => sorted[Math.floor(q * (sorted.length - 1))]!;
  return (at(0.75) - at(0.25)) / 2 / at(0.5);
}

/** What programs of a kind may take at most, beside C. */
const BOUNDS: Readonly<Record<ProgramKind, number>> = {
  compute: 2.2,
  calls: 1.8,
  function: 2.5,
  helper: 2.5,
  lookup: 1.8,
  atomics: 1.3,
  ring: Number.POSITIVE_INFINITY,
};
const MEAN_BOUND = 1.4;

interface Ratio {
  readonly program: BenchProgram;
  readonly ratio: number;
}

function verdict(what: string, ratio: number, bound: number): void {
  const isHeld = ratio <= bound;
  const limit = Number.isFinite(bound) ? `${isHeld ? 'within' : 'ABOVE'} ${bound}` : 'no bound';
  console.log(`${what}: ${ratio.toFixed(2)} (${limit})`);
}

/** The program of a kind that takes most beside C, and whether that is within the bound. */
function judgeWorst(what: string, ratios: readonly Ratio[], kind: ProgramKind): void {
  const worst = ratios.filter((r) => r.program.kind === kind).toSorted((a, b) => b.ratio - a.ratio)[0];
  if (worst === undefined) return;
  verdict(`${what}, most of ${kind}: ${worst.program.name}`, worst.ratio, BOUNDS[kind]);
}

/** What the interpreter may take at most beside uBPF's: on each program, and on average. */
const BESIDE_UBPF = { each: 2, mean: 1.4 } as const;

/** A round of what uBPF's interpreter takes of the programs that it runs. */
function timeOthers(ubpf: Ubpf, ready: readonly Ready[]): void {
  for (const { program, others, expected } of ready) {
    if (program.kernel === true) continue;
    const found = ubpf.time(program.name, recorded(program, 'v3'), SLICE);
    if (found === undefined) continue;
    if (found.result !== expected)
      throw new Error(`${program.name}: uBPF's answer is ${found.result}, and that of others ${expected}`);
    others.push(found.ns);
  }
}

/** How many times what uBPF's interpreter takes: the median of rounds. */
const besideUbpf = ({ others, times }: Ready): number | undefined =>
  others.length === 0 ? undefined : median(others.map((ns, i) => times[0]![i]! / ns));

function judgeInterpreter(ready: readonly Ready[]): void {
  const ratios = ready.flatMap((r) => besideUbpf(r) ?? []);
  if (ratios.length === 0) return;
  verdict('interp beside that of uBPF, most', Math.max(...ratios), BESIDE_UBPF.each);
  verdict('interp beside that of uBPF, geometric mean', geometricMean(ratios), BESIDE_UBPF.mean);
}

/** What is asked of the engine, and whether this run has found it so. */
function judge(version: string, ratios: readonly Ratio[]): void {
  const computing = ratios.filter((r) => r.program.kind === 'compute');
  const mean = (which: readonly Ratio[]): number => geometricMean(which.map((r) => r.ratio));
  const among = (which: readonly Ratio[]): string => `${version}, ${which.length} programs`;
  verdict(`${among(computing)} that compute, geometric mean`, mean(computing), MEAN_BOUND);
  const others = computing.filter((r) => r.program.divides !== true);
  verdict(`${among(others)} of them that hardly divide`, mean(others), MEAN_BOUND);
  const judges = computing.filter((r) => r.program.judges === true);
  verdict(`${among(judges)} of them for which nothing is tuned`, mean(judges), MEAN_BOUND);
  for (const kind of Object.keys(BOUNDS) as ProgramKind[]) judgeWorst(version, ratios, kind);
}

/** The engines on programs from C, beside what cc -O2 makes of the same source where there is a cc. */
export async function wasmSuite(): Promise<void> {
  heading(
    'Engines on programs from C (processor time; wasm in multiples of cc -O2, medians of the ratios of rounds)',
  );
  const native = compileNative(FOLDER);
  if (native === undefined)
    console.log('there is no cc here: in place of multiples of C there are nanoseconds an instruction\n');
  const programs = PROGRAMS.filter((p) => ONLY.size === 0 || ONLY.has(p.name));
  const ready = programs.map((program) => prepare(program, native?.time(program.name, 0).result));
  const prefix = process.env['UBPF'];
  const ubpf = prefix === undefined ? undefined : compileUbpf(prefix, FOLDER);
  // All in every round, so that a machine that is slow for some seconds is slow for all.
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { program, runs, natives, times } of ready) {
      if (native !== undefined) natives.push(native.time(program.name, SLICE).ns);
      for (const i of VARIANTS.keys()) {
        const k = (i + round) % VARIANTS.length;
        times[k]!.push(processorTimeOf(runs[k]!, SLICE));
      }
    }
    if (ubpf !== undefined) timeOthers(ubpf, ready);
  }
  native?.remove();
  ubpf?.remove();
  const ratios = new Map<string, Ratio[]>([...SHIPPED, 'atomics'].map((name) => [name, []]));
  table(
    ready.map((it) => {
      const { program, insns, natives, times } = it;
      const [interp, ...others] = times;
      const row: Record<string, string | number> = {
        program: `${program.name}${program.judges === true ? ' *' : ''}`,
        insns,
        C: natives.length === 0 ? '-' : (median(natives) / insns).toFixed(3),
        interp: (median(interp!) / insns).toFixed(2),
      };
      if (ubpf !== undefined) {
        row['uBPF'] = it.others.length === 0 ? '-' : (median(it.others) / insns).toFixed(2);
        row['interp/uBPF'] = besideUbpf(it)?.toFixed(2) ?? '-';
      }
      for (const [i, list] of others.entries()) {
        const { name } = VARIANTS[i + 1]!;
        const each = natives.length === 0 ? list.map((t) => t / insns) : list.map((t, k) => t / natives[k]!);
        row[name] = median(each).toFixed(2);
        ratios.get(name)?.push({ program, ratio: median(each) });
        if (name === 'v3') row['±'] = `${(spread(each) * 100).toFixed(0)} %`;
      }
      return row;
    }),
  );
  console.log('\n* nothing is tuned for it. C, interp and uBPF in nanoseconds an instruction of BPF.\n');
  judgeInterpreter(ready);
  if (native === undefined) return;
  for (const version of SHIPPED) judge(version, ratios.get(version)!);
  judgeWorst("v3, with the processor's atomic instructions", ratios.get('atomics')!, 'atomics');
}
