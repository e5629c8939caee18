import { interpreter } from '#dist/machine/bare.js';
import { WasmEngine, type WasmOptions } from '#dist/machine/wasm/engine.js';
import { compileNative, prepareBare } from './bare.js';
import { PROGRAMS } from './programs.js';
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

/** The engines on eight programs, beside what cc -O2 makes of the same computation where there is a cc. */
export async function wasmSuite(): Promise<void> {
  heading('Engines on eight programs (ns an instruction, and how many times as long as C)');
  const native = compileNative();
  if (native === undefined) console.log('there is no cc here: the columns for C are left out\n');
  const rows: Record<string, string | number>[] = [];
  const ratios: Record<string, number[]> = {};
  for (const program of PROGRAMS) {
    const prepared = VARIANTS.map(([name, factory]) => ({ name, ...prepareBare(program.text, factory) }));
    const results = prepared.map((p) => p.run());
    const before = prepared[0]!.machine.executed;
    prepared[0]!.run();
    const insns = prepared[0]!.machine.executed - before;
    // Optimised code is there after some milliseconds.
    for (const { run } of prepared.slice(1))
      for (const end = performance.now() + 60; performance.now() < end; ) run();
    const natives: number[] = [];
    const c = native?.time(program.name, 20);
    if (results.some((r) => r !== results[0]) || (c !== undefined && c[0] !== results[0]))
      throw new Error(`${program.name}: the answers differ: ${[...results, c?.[0]].join(' ')}`);
    const measured = await measure(
      prepared.map(({ name, run }) => ({ name, run: () => void run() })),
      3,
      60,
      4,
      () => native !== undefined && natives.push(native.time(program.name, 40)[1]),
    );
    natives.sort((a, b) => a - b);
    const base = natives[natives.length >> 1];
    const row: Record<string, string | number> = {
      program: program.name,
      insns,
      C: base === undefined ? '-' : (base / insns).toFixed(3),
    };
    for (const m of measured) {
      row[m.name] = (m.median / insns).toFixed(3);
      if (base === undefined) continue;
      if (program.kind === 'compute') (ratios[m.name] ??= []).push(m.median / base);
      if (m.name !== 'interp') row[`${m.name}/C`] = (m.median / base).toFixed(2);
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
