import { NO_GUARD } from '../bench/cases.js';
import { ENOUGH, PRECISE, type ScaleResult } from '../bench/scale.js';
import { CONFIDENCE } from '../bench/statistics.js';
import { type Palette, plain } from '../text/format.js';
import { plural } from '../text/numbers.js';
import { formatTable, type Row } from './table.js';

const PLACED = { apart: 'lines apart', together: 'in one line' } as const;

/** Stands for a figure that CPUs which did not run at once cannot give. */
const NOTHING = '-';

function tableRows(result: ScaleResult): Row[] {
  return result.rows.map((row) => ({
    case: row.case,
    guard: row.guard,
    ...(row.placement !== undefined && { 'active words': PLACED[row.placement] }),
    CPUs: row.cpus,
    'M ops/s': row.rate?.median.toFixed(2) ?? NOTHING,
    '+-': row.rate?.spread.toFixed(2) ?? '',
    'ns on a CPU': row.ns.median.toFixed(2),
    'x one CPU': row.speedup?.toFixed(2) ?? NOTHING,
    'known to': Number.isFinite(row.precision) ? `${(row.precision * 100).toFixed(1)} %` : NOTHING,
  }));
}

/** How many times the speed of one thread this machine gives to all: what the guard that shares nothing reaches. */
function hostSpeedup(result: ScaleResult): number | undefined {
  const unshared = result.rows.filter(
    (r) => r.guard === NO_GUARD && r.placement !== 'together' && r.cpus === result.cpus,
  );
  const found = unshared.flatMap((row) => row.speedup ?? []);
  return found.length === 0 ? undefined : Math.max(...found);
}

/** What the run itself says about how far it can be believed. */
function noiseLines(result: ScaleResult): string[] {
  const lines: string[] = [];
  const host = hostSpeedup(result);
  if (host !== undefined && host < ENOUGH * result.cpus)
    lines.push(
      `this machine gives ${result.cpus} threads only ${host.toFixed(2)} times the speed of one: that is what ${NO_GUARD} reaches, which shares nothing`,
    );
  const least = Math.min(...result.rows.map((r) => r.busy));
  if (least < ENOUGH)
    lines.push(
      `too noisy: in the worst row all emulated CPUs ran at once and undisturbed for only ${Math.round(least * 100)} % of the time;`,
      `  rows with less than ${ENOUGH * 100} % have no figure of all CPUs together`,
    );
  const vague = result.rows.filter((row) => !(row.precision < PRECISE)).length;
  lines.push(
    vague === 0
      ? `repeated until every row was known to less than ${PRECISE * 100} %, with a confidence of ${CONFIDENCE * 100} %`
      : `this machine cannot tell now: after ${result.schedule.rounds} rounds ${vague} of ${plural(result.rows.length, 'row')} are not known to ${PRECISE * 100} %`,
  );
  return lines;
}

/** How a design scales, as a table. */
export function formatScale(result: ScaleResult, palette: Palette = plain): string {
  const { rounds, time } = result.schedule;
  const noise = noiseLines(result);
  return [
    `engine wasm, kernel ${result.kernel}, each emulated CPU on a thread of its own, ${rounds} rounds of ${time.toFixed(0)} ms`,
    '',
    formatTable(tableRows(result), palette.bold),
    ...(noise.length === 0 ? [] : ['', ...noise]),
  ].join('\n');
}

/** `hostCpus` is how many CPUs this machine has. */
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
      active_words: row.placement ?? null,
      cpus: row.cpus,
      m_ops_per_s: row.rate ?? null,
      ns: row.ns,
      busy: row.busy,
      ratio_to_one_cpu: row.speedup ?? null,
      precision: Number.isFinite(row.precision) ? row.precision : null,
    })),
  };
}
