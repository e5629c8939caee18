import type { ExpectResult, ProgramResult, ScenarioResult } from '../lab/run.js';
import { type Palette, plain } from '../text/format.js';
import { formatPlace } from '../text/source.js';
import { formatBacktrace, formatFault } from './fault.js';
import { formatTimeline } from './timeline.js';

/** A program in bpftool's terms; the numbers stand at the end so that they can be cut off by scripts. */
function programLine(p: ProgramResult, width: number, attachWidth: number): string {
  const attach = `${p.attach.kind}/${p.attach.target}`;
  const counters = `run_time_ns ${p.runTimeNs} run_cnt ${p.runCnt} recursion_misses ${p.recursionMisses}`;
  return `${p.id}: name ${p.name.padEnd(width)}  attach ${attach.padEnd(attachWidth)}  ${counters}`;
}

function expectLine(e: ExpectResult, palette: Palette): string {
  if (e.passed) return `${palette.note('ok  ')} ${e.text}`;
  const found = e.found.length === 0 ? '' : `: ${e.found.join(', ')}`;
  return `${palette.error('FAIL')} ${e.text}${palette.bold(found)}  (${formatPlace(e.span)})`;
}

export interface SummaryOptions {
  readonly timeline: boolean;
  readonly palette?: Palette;
}

/** What a scenario did, as text. */
export function formatScenario(result: ScenarioResult, options: SummaryOptions): string {
  const palette = options.palette ?? plain;
  const out: string[] = [];
  const title = result.title === undefined ? '' : `${result.title}: `;
  const cpus = result.cpus === 1 ? '1 CPU' : `${result.cpus} CPUs`;
  out.push(
    palette.bold(
      `${title}guard ${result.guard}, kernel ${result.kernel}, ${cpus}${result.stats ? '' : ', statistics off'}`,
    ),
  );
  if (options.timeline) out.push('', formatTimeline(result.events, palette), '');
  const width = Math.max(0, ...result.programs.map((p) => p.name.length));
  const attachWidth = Math.max(
    0,
    ...result.programs.map((p) => p.attach.kind.length + 1 + p.attach.target.length),
  );
  out.push(...result.programs.map((p) => programLine(p, width, attachWidth)));
  if (result.printed !== '')
    out.push(
      '',
      palette.dim('trace_pipe:'),
      ...result.printed
        .trimEnd()
        .split('\n')
        .map((l) => `  ${l}`),
    );
  const { outcome } = result;
  if (outcome.kind === 'fault') out.push('', formatFault(outcome.fault, palette));
  if (outcome.kind === 'budget' || outcome.kind === 'blocked') {
    const why =
      outcome.kind === 'blocked'
        ? 'everything waits for something that nobody does'
        : `${outcome.executed} instructions were executed and it had not ended; \`--max-insns N\` allows more`;
    out.push(
      '',
      `${palette.error('stopped')}: ${why}`,
      '  it was here:',
      ...formatBacktrace(outcome.where, palette),
    );
  }
  if (result.expects.length > 0) out.push('', ...result.expects.map((e) => expectLine(e, palette)));
  return out.join('\n');
}
