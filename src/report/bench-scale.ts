import { NO_GUARD } from '../lab/bench/cases.js';
import type { ScaleResult, ScaleRow } from '../lab/bench/scale.js';
import { type Palette, plain } from '../text/format.js';
import { formatTable, type Row } from './table.js';

const PLACED = { apart: 'lines apart', together: 'in one line' } as const;

/** With less of the time undisturbed than this, or less of the speed of so many threads, a run proves little. */
const ENOUGH = 0.8;

/** The same case, guard and placement on one CPU. */
const alone = (result: ScaleResult, row: ScaleRow): ScaleRow | undefined =>
  result.rows.find(
    (r) => r.cpus === 1 && r.case === row.case && r.guard === row.guard && r.placement === row.placement,
  );

const speedup = (result: ScaleResult, row: ScaleRow): number =>
  row.rate.median / (alone(result, row)?.rate.median ?? Number.NaN);

function tableRows(result: ScaleResult): Row[] {
  return result.rows.map((row) => ({
    case: row.case,
    guard: row.guard,
    ...(row.placement !== undefined && { 'active words': PLACED[row.placement] }),
    CPUs: row.cpus,
    'M ops/s': row.rate.median.toFixed(2),
    '+-': row.rate.spread.toFixed(2),
    'ns on a CPU': row.ns.median.toFixed(2),
    'x one CPU': speedup(result, row).toFixed(2),
  }));
}

/** How many times the speed of one thread this machine gives to all: what the guard that shares nothing reaches. */
function hostSpeedup(result: ScaleResult): number {
  const unshared = result.rows.filter(
    (r) => r.guard === NO_GUARD && r.placement !== 'together' && r.cpus === result.cpus,
  );
  return Math.max(...unshared.map((row) => speedup(result, row)));
}

/** What the run itself says about how far it can be believed. */
function noiseLines(result: ScaleResult, hostCpus: number): string[] {
  if (result.cpus > hostCpus)
    return [
      `${result.cpus} emulated CPUs on ${hostCpus} of this machine: they take turns, so this is no measure of scaling`,
    ];
  const lines: string[] = [];
  const host = hostSpeedup(result);
  if (host < ENOUGH * result.cpus)
    lines.push(
      `this machine gives ${result.cpus} threads only ${host.toFixed(2)} times the speed of one: that is what ${NO_GUARD} reaches, which shares nothing`,
    );
  const least = Math.min(...result.rows.map((r) => r.busy));
  if (least < ENOUGH)
    lines.push(
      `too noisy: an emulated CPU was undisturbed for only ${Math.round(least * 100)} % of the time, so that CPUs may hardly have run at once`,
    );
  return lines;
}

/** How a design scales, as a table. `hostCpus` is how many CPUs this machine has. */
export function formatScale(result: ScaleResult, hostCpus: number, palette: Palette = plain): string {
  const { rounds, time } = result.schedule;
  const noise = noiseLines(result, hostCpus);
  return [
    `engine wasm, kernel ${result.kernel}, each emulated CPU on a thread of its own, ${rounds} rounds of ${time.toFixed(0)} ms`,
    '',
    formatTable(tableRows(result), palette.bold),
    ...(noise.length === 0 ? [] : ['', ...noise]),
  ].join('\n');
}

export function scaleToJson(result: ScaleResult, hostCpus: number): object {
  return {
    engine: 'wasm',
    kernel: result.kernel,
    cpus: result.cpus,
    host_cpus: hostCpus,
    rounds: result.schedule.rounds,
    round_ms: result.schedule.time,
    rows: result.rows.map((row) => ({
      case: row.case,
      guard: row.guard,
      active_words: row.placement,
      cpus: row.cpus,
      m_ops_per_s: row.rate,
      ns: row.ns,
      busy: row.busy,
      ratio_to_one_cpu: speedup(result, row),
    })),
  };
}
