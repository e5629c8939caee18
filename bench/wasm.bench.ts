import { interpreter } from '../src/machine/bare.js';
import { WasmEngine, type WasmOptions } from '../src/machine/wasm/engine.js';
import { compileNative, type Native, prepareBare } from './bare.js';
import { type BenchProgram, PROGRAMS } from './programs.js';
import { heading, measure, table } from './support.js';

const wasm =
  (options: Partial<WasmOptions> = {}) =>
  (machine: ConstructorParameters<typeof WasmEngine>[0]): WasmEngine =>
    new WasmEngine(machine, options);

const VARIANTS = [
  ['interp', interpreter],
  ['wasm', wasm()],
  ['no inline', wasm({ inline: false })],
  ['dispatch', wasm({ flow: 'dispatch' })],
  ['no shadow', wasm({ shadow: false })],
  ['no fuel', wasm({ fuel: false })],
  ['neither', wasm({ shadow: false, fuel: false })],
] as const;

const geometricMean = (numbers: readonly number[]): number =>
  Math.exp(numbers.reduce((sum, n) => sum + Math.log(n), 0) / numbers.length);

interface Ready {
  readonly program: BenchProgram;
  readonly runs: readonly { readonly name: string; readonly run: () => bigint }[];
  readonly insns: number;
  /** The least times of C, one a round. */
  readonly natives: number[];
}

/** A program on every engine, run once on each and compared, until there is optimised code. */
function prepare(program: BenchProgram, native: Native | undefined): Ready {
  const prepared = VARIANTS.map(([name, factory]) => ({ name, ...prepareBare(program.text, factory) }));
  const results = prepared.map((p) => p.run());
  const { machine, run: interpret } = prepared[0]!;
  const before = machine.executed;
  interpret();
  const insns = machine.executed - before;
  for (const { run } of prepared.slice(1))
    for (const end = performance.now() + 60; performance.now() < end; ) run();
  const c = native?.time(program.name, 20);
  if (results.some((r) => r !== results[0]) || (c !== undefined && c[0] !== results[0]))
    throw new Error(`${program.name}: the answers differ: ${[...results, c?.[0]].join(' ')}`);
  return { program, runs: prepared, insns, natives: [] };
}

/** The engines on eight programs, beside what cc -O2 makes of the same computation where there is a cc. */
export async function wasmSuite(): Promise<void> {
  heading(
    'Engines on eight programs (ns an instruction of the shortest runs, and how many times as long as C)',
  );
  const native = compileNative();
  if (native === undefined) console.log('there is no cc here: the columns for C are left out\n');
  const ready = PROGRAMS.map((program) => prepare(program, native));
  // All in every round, so that a machine that is slow for some seconds is slow for all.
  const measured = await measure(
    ready.flatMap(({ program, runs }) =>
      runs.map(({ name, run }) => ({ name: `${program.name} ${name}`, run: () => void run() })),
    ),
    12,
    12,
    3,
    () => {
      for (const { program, natives } of ready) if (native) natives.push(native.time(program.name, 12)[1]);
    },
  );
  const rows: Record<string, string | number>[] = [];
  const ratios: Record<string, number[]> = {};
  for (const [i, { program, insns, natives }] of ready.entries()) {
    const base = natives.length === 0 ? undefined : Math.min(...natives);
    const row: Record<string, string | number> = {
      program: program.name,
      insns,
      C: base === undefined ? '-' : (base / insns).toFixed(3),
    };
    for (const [k, [name]] of VARIANTS.entries()) {
      const { least } = measured[i * VARIANTS.length + k]!;
      row[name] = (least / insns).toFixed(3);
      if (base === undefined) continue;
      if (program.kind === 'compute') (ratios[name] ??= []).push(least / base);
      if (name !== 'interp') row[`${name}/C`] = (least / base).toFixed(2);
    }
    rows.push(row);
  }
  table(rows);
  console.log('');
  for (const [name, list] of Object.entries(ratios)) {
    const ratio = geometricMean(list).toFixed(2);
    console.log(`${name}: ${ratio} times C over the ${list.length} computing programs`);
  }
  for (const name of ['fletcher32', 'siphash']) {
    const row = rows.find((r) => r['program'] === name)!;
    const share = (without: string): string =>
      `${((Number(row['wasm']) / Number(row[without]) - 1) * 100).toFixed(0)} %`;
    console.log(
      `${name}: the shadow costs ${share('no shadow')}, the budget ${share('no fuel')}, both ${share('neither')}`,
    );
  }
  const helpers = rows.find((r) => r['program'] === 'helpers')!;
  const perCall = (Number(helpers['wasm']) * Number(helpers['insns'])) / 50_000;
  console.log(
    `a round of the loop of helper calls, one call and four instructions: ${perCall.toFixed(1)} ns`,
  );
  native?.remove();
}
