import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EngineFactory } from '../src/machine/bare.js';
import { ENGINES } from '../src/machine/engines.js';
import type { Machine } from '../src/machine/machine.js';
import { WasmEngine } from '../src/machine/wasm/engine.js';
import { indirectReads } from '../src/machine/wasm/entry-reads.js';
import { ARGUMENTS } from '../src/machine/wasm/live.js';
import { Thrift } from '../src/machine/wasm/thrift.js';
import { compileUnit } from '../src/machine/wasm/unit.js';
import { type Prepared, prepareProgram, prepareText, recorded } from './bare.js';
import { PROGRAMS } from './programs.js';
import { bootLab, heading, measure, median, processorTimeOf, table } from './support.js';

const LONG = 100_000_000;

/** A loop of 10^8 iterations: what the first call takes, before there is optimised code, beside a later one. */
const LOOP = `
r1 = 88172645463325252 ll
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
r3 += 1
if r3 != ${LONG} goto again
r0 = r1
exit`;

const timed = (run: () => unknown): number => {
  const before = performance.now();
  run();
  return performance.now() - before;
};

function firstCalls(): void {
  heading(`The first call of a loop of ${LONG} iterations beside later ones (ms)`);
  const rounds = Array.from({ length: 5 }, () => {
    const { run } = prepareText(LOOP, (machine) => new WasmEngine(machine));
    return { first: timed(run), warm: median([timed(run), timed(run), timed(run)]) };
  });
  const first = median(rounds.map((r) => r.first));
  const warm = median(rounds.map((r) => r.warm));
  table([{ first: first.toFixed(0), warm: warm.toFixed(0), 'first/warm': (first / warm).toFixed(2) }]);
}

/** Something to run once on a machine of its own. */
interface ShortRun {
  readonly name: string;
  readonly prepare: (engine: EngineFactory) => Prepared;
}

/** Runs of loops that end before the default engine compiles, just after it has, and later, by instructions of a round. */
const LOOP_SIZES = [12, 60, 300, 1000] as const;
const LOOP_LENGTHS = [0.1, 0.5, 1.01, 1.2, 2] as const;
const LOOP_BODY = [
  'r4 = r1',
  'r4 <<= 13',
  'r1 ^= r4',
  '*(u64 *)(r10 - 8) = r1',
  'r5 = *(u64 *)(r10 - 8)',
  'r1 += r5',
] as const;

function shortLoop(size: number, part: number): ShortRun {
  const rounds = Math.ceil((new Thrift().wait(0, size) * part) / size);
  const body = Array.from({ length: size - 2 }, (_, i) => LOOP_BODY[i % LOOP_BODY.length]).join('\n');
  const text = `r1 = 7\nr3 = 0\nagain:\n${body}\nr3 += 1\nif r3 < ${rounds} goto again\nr0 = r1\nexit`;
  return { name: `loop of ${size}`, prepare: (engine) => prepareText(text, engine) };
}

const MOST_SLOWER = 1.25;

/** What one run takes with each engine, a machine of its own each time; in processor time, V8's own threads included. */
function shortRuns(): void {
  heading('One run on a new machine, compiling included, and a warm one (µs of processor time, medians)');
  const engines = ['interp', 'auto', 'wasm'] as const;
  const programs = PROGRAMS.filter((p) => p.kernel !== true).map((program): ShortRun => {
    const bytes = recorded(program, 'v3');
    return { name: program.name, prepare: (engine) => prepareProgram(program, bytes, engine) };
  });
  const loops = LOOP_SIZES.flatMap((size) => LOOP_LENGTHS.map((part) => shortLoop(size, part)));
  const ratios: number[] = [];
  const rows = [...programs, ...loops].map(({ name: program, prepare }) => {
    const first = new Map(engines.map((name) => [name, [] as number[]]));
    let warm = 0;
    let insns = 0;
    for (let round = 0; round < 7; round += 1) {
      for (const name of engines) {
        const { run, machine } = prepare(ENGINES[name]!);
        first.get(name)!.push(processorTimeOf(run, 0));
        insns = machine.executed;
        if (name === 'wasm' && round === 6) {
          processorTimeOf(run, 40);
          warm = median(Array.from({ length: 9 }, () => processorTimeOf(run, 1)));
        }
      }
    }
    const [interp, auto, wasm] = engines.map((name) => median(first.get(name)!) / 1000);
    ratios.push(auto! / interp!);
    return {
      program,
      insns,
      interp: interp!.toFixed(0),
      auto: auto!.toFixed(0),
      wasm: wasm!.toFixed(0),
      'wasm, warm': (warm / 1000).toFixed(0),
      'auto/interp': (auto! / interp!).toFixed(2),
    };
  });
  table(rows);
  const most = Math.max(...ratios);
  const verdict = most <= MOST_SLOWER ? 'within' : 'ABOVE';
  console.log(`\nmost of auto beside interp: ${most.toFixed(2)} (${verdict} ${MOST_SLOWER})`);
}

let copies = 0;

/** The same module with another number in a section of its own: V8 does not compile the same bytes twice. */
function another(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  copies += 1;
  const section = [0, 6, 1, 0x6e, copies & 0xff, (copies >> 8) & 0xff, (copies >> 16) & 0xff, 0];
  return Uint8Array.from([...bytes, ...section]);
}

interface Unit {
  readonly name: string;
  readonly machine: Machine;
  readonly slot: number;
  readonly frameSize: number;
}

function units(): Unit[] {
  const small = PROGRAMS.map((program) => {
    const { machine, fn } = prepareProgram(program, recorded(program, 'v3'), (m) => new WasmEngine(m));
    const { start, frameSize } = machine.text.functions[fn]!;
    return { name: program.name, machine, slot: start, frameSize };
  });
  const { kernel } = bootLab('bench/trig-fentry.bpf', { guardName: 'arm64', stats: false });
  const { machine } = kernel;
  const fn = kernel.symbols.functionIndex('trigger_driver');
  const driver = {
    name: 'trig-fentry',
    machine,
    slot: machine.text.entries[fn * 2]!,
    frameSize: machine.text.entries[fn * 2 + 1]!,
  };
  return [...small, driver];
}

/** What a lab of some twenty instructions waits for in a process of its own: nothing of the compiler has run before. */
function cold(): string {
  const script = fileURLToPath(new URL('cold.js', import.meta.url));
  const runs = Array.from({ length: 9 }, () =>
    Number(spawnSync(process.execPath, [script], { encoding: 'utf8' }).stdout),
  );
  return `${median(runs).toFixed(2)} ms (least ${Math.min(...runs).toFixed(2)})`;
}

/** What compiling costs: our part, and V8's, which makes baseline code first. */
export async function compileSuite(): Promise<void> {
  firstCalls();
  shortRuns();
  heading('Compiling (µs an instruction)');
  const rows: Record<string, string | number>[] = [];
  for (const { name, machine, slot, frameSize } of units()) {
    const reads = indirectReads(machine);
    const compile = (): ReturnType<typeof compileUnit> =>
      compileUnit(
        machine,
        { slot, frameSize },
        () => [],
        () => reads | ARGUMENTS,
      );
    const { bytes, size, leaves } = compile();
    const imports: Record<string, WebAssembly.ImportValue> = {
      ...{ memory: machine.memory.wasm, call: () => 0, isTrap: () => 0 },
    };
    for (const leaf of leaves) {
      imports[`leaf${leaf}`] = () => 0;
      imports[`parts${leaf}`] = () => 0;
    }
    const [ours, v8] = await measure(
      [
        { name: 'compile', run: () => void compile() },
        {
          name: 'instantiate',
          run: () => void new WebAssembly.Instance(new WebAssembly.Module(another(bytes)), { m: imports }),
        },
      ],
      3,
      60,
      4,
    );
    rows.push({
      program: name,
      insns: size,
      bytes: bytes.length,
      'to WebAssembly': (ours!.median / size / 1000).toFixed(2),
      'Module and Instance': (v8!.median / size / 1000).toFixed(2),
      'all, ms': ((ours!.median + v8!.median) / 1e6).toFixed(2),
    });
  }
  table(rows);
  console.log(
    `\nthe first program (${rows[0]!['insns']} instructions) compiled and instantiated first thing in a process: ${cold()}`,
  );
}
