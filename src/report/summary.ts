import type { LabEvent } from '../lab/events.js';
import { formatLockWait } from '../lab/lock-waits.js';
import type {
  ExpectResult,
  PerfResult,
  ProgramResult,
  RingResult,
  ScenarioResult,
  StackResult,
} from '../lab/run.js';
import type { Stopped } from '../lab/script.js';
import type { InterruptCount } from '../lab/triggers.js';
import type { Code } from '../text/codes.js';
import { type Palette, plain } from '../text/format.js';
import { grouped, plural } from '../text/numbers.js';
import { oneLine, padded, shownLine, widthOf } from '../text/shown.js';
import { formatPlace } from '../text/source.js';
import { formatActive } from './active.js';
import { formatBacktrace, formatFault } from './fault.js';
import { missesOf, missLines } from './misses.js';
import { formatTimeline } from './timeline.js';

interface Widths {
  readonly id: number;
  readonly name: number;
  readonly attach: number;
}

/** A program in bpftool's terms; the numbers come at the end so that they can be cut off by scripts. */
function programLine(p: ProgramResult, { id, name: width, attach }: Widths): string {
  const missed = p.linkMissed === 0n ? '' : ` missed ${p.linkMissed}`;
  const counters = `run_time_ns ${p.runTimeNs} run_cnt ${p.runCnt} recursion_misses ${p.recursionMisses}${missed}`;
  const [name, section] = [p.name, p.section].map(shownLine);
  return `${padded(`${p.id}:`, id)} name ${padded(name!, width)}  attach ${padded(section!, attach)}  ${counters}`;
}

/** Columns that the lines of all programs have room for. */
function widthsOf(programs: readonly ProgramResult[]): Widths {
  const widest = (text: (p: ProgramResult) => string): number =>
    Math.max(0, ...programs.map((p) => widthOf(text(p))));
  return { id: widest((p) => `${p.id}:`), name: widest((p) => p.name), attach: widest((p) => p.section) };
}

export function expectLine(e: ExpectResult, palette: Palette): string {
  const text = shownLine(e.text);
  if (e.passed) return `${palette.note('ok  ')} ${text}`;
  const found = e.found.length === 0 ? '' : `: ${e.found.join(', ')}`;
  return oneLine(`${palette.error('FAIL')} ${text}${palette.bold(found)}  (${formatPlace(e.span)})`);
}

/** How much of a ring buffer is shown; all of it is in the JSON. */
const SHOWN_RECORDS = 16;
const SHOWN_BYTES = 32;

function recordLine(record: Uint8Array): string {
  const rest = record.length > SHOWN_BYTES ? ` … (${record.length} bytes)` : '';
  return `  ${formatActive(record.slice(0, SHOWN_BYTES))}${rest}`;
}

/** Records as bytes, in the order in which a consumer gets them, after a line with their number. */
function recordLines(
  { records, more }: Pick<RingResult, 'records' | 'more'>,
  head: (count: string) => string,
  palette: Palette,
): string[] {
  const length = records.length + more;
  return [
    palette.dim(head(plural(length, 'record'))),
    ...records.slice(0, SHOWN_RECORDS).map(recordLine),
    ...(length > SHOWN_RECORDS ? [`  … ${length - SHOWN_RECORDS} more`] : []),
  ];
}

function ringLines(ring: RingResult, palette: Palette): string[] {
  const blocked = ring.blocked ? ', then one that was neither submitted nor discarded' : '';
  return recordLines(ring, (count) => `ring buffer ${shownLine(ring.map)}: ${count}${blocked}`, palette);
}

function perfLines(perf: PerfResult, palette: Palette): string[] {
  const lost = perf.lost > 0 ? `, ${perf.lost} lost because the buffer was full` : '';
  const head = (count: string): string =>
    `perf buffer ${shownLine(perf.map)}, CPU ${perf.cpu}: ${count}${lost}`;
  return recordLines(perf, head, palette);
}

/** Stack traces as they are in a map, a line for each call. */
function stackLines({ map, id, frames }: StackResult, palette: Palette): string[] {
  return [palette.dim(`stack trace ${shownLine(map)}[${id}]:`), ...frames.map((f) => `  ${shownLine(f)}`)];
}

export interface SummaryOptions {
  readonly timeline: boolean;
  /** Events of the run where the result has none, to tell by which way programs were entered again. */
  readonly events?: readonly LabEvent[];
  readonly palette?: Palette;
}

/** What there is to say of runs that do not end, wherever it is said. */
export const STOPS: Readonly<
  Record<
    Stopped['kind'],
    {
      readonly code: Code | undefined;
      readonly what: (executed: number) => string;
      /** The option of the command line that sets the limit. */
      readonly option?: string;
    }
  >
> = {
  budget: {
    code: 'B0702',
    what: (executed) => `${executed} instructions were executed and it had not ended`,
    option: 'max-insns',
  },
  blocked: { code: 'B0704', what: () => 'everything waits for something that nobody does' },
  time: {
    code: 'B0705',
    what: (executed) => `the time is over after ${executed} instructions, and it had not ended`,
    option: 'max-seconds',
  },
  memory: {
    code: 'B0706',
    what: (executed) => `it has kept as much as it may after ${executed} instructions, and had not ended`,
    option: 'max-memory',
  },
  paused: { code: undefined, what: (executed) => `the schedule ends here, after ${executed} instructions` },
};

/** What is left to do where a run stopped, and which interrupts came: a storm of them is why it does not end. */
export const leftAt = (outcome: Stopped, interrupts: readonly InterruptCount[]): string[] => [
  ...outcome.waits.map(formatLockWait),
  ...outcome.unfinished.map((u) => `${u.task} has not done \`${u.text}\`  (${formatPlace(u.span)})`),
  ...(outcome.kind === 'paused' ? [] : interrupts.filter((i) => i.arrived > 0)).map(
    (i) => `\`${i.text}\` came ${plural(i.arrived, 'time')}  (${formatPlace(i.span)})`,
  ),
];

/** Where a run that did not end stopped, and what is left to do. */
function stopLines(outcome: Stopped, interrupts: readonly InterruptCount[], palette: Palette): string[] {
  const { kind, executed, where, waits } = outcome;
  const { code, what, option } = STOPS[kind];
  const forEver = waits.find((w) => w.isForEver);
  const more =
    option === undefined
      ? ''
      : forEver === undefined
        ? `; \`--${option} N\` allows more`
        : ', nor does it ever: whoever has the lock is kept from going on';
  const stopped = code === undefined ? '' : `${palette.error(`stopped[${code}]`)}: `;
  const left = leftAt(outcome, interrupts).map((line) => oneLine(`  ${line}`));
  const here = where.length === 0 ? [] : ['  it was here:', ...formatBacktrace(where, palette)];
  const holders = waits.flatMap(({ holder }) =>
    holder === undefined
      ? []
      : [oneLine(`  ${holder.name} was here:`), ...formatBacktrace(holder.where, palette)],
  );
  return [`${stopped}${what(executed)}${more}`, ...left, ...here, ...holders];
}

const LEVEL_NAMES = { softirq: 'softirq', hardirq: 'hardirq', nmi: 'NMI' } as const;

/** Interrupts that came while one of their line waited: how many, since nothing else shows them. */
function interruptLines(interrupts: readonly InterruptCount[], palette: Palette): string[] {
  return interrupts
    .filter((i) => i.merged > 0)
    .map(({ text, level, merged, served }) => {
      const name = `${LEVEL_NAMES[level]}${merged === 1 ? '' : 's'}`;
      const many = `${grouped(merged)} ${name} came while one waited and became one with it`;
      return `${palette.note('note')}: \`${text}\`: ${many}; ${grouped(served)} ${served === 1 ? 'was' : 'were'} served`;
    });
}

/** What was made because programs are attached to it, which nobody has declared. */
export function undeclaredLine({ undeclared }: ScenarioResult, palette: Palette): string[] {
  if (undeclared.length === 0) return [];
  const made = undeclared.map(({ kind, name, params, isAtLeast }) => {
    const isAll = params !== undefined && isAtLeast !== true;
    const args = [...(params ?? []).map((p) => p.name), ...(isAll ? [] : ['…'])].join(', ');
    return `${kind === 'tracepoint' ? 'tracepoint ' : ''}${shownLine(name)}(${args})`;
  });
  const isMany = undeclared.length > 1;
  return [
    palette.dim(
      `made because programs are attached to ${isMany ? 'them' : 'it'}: ${made.join(', ')}; functions return 0`,
    ),
  ];
}

/** Of which types nobody but the objects knows anything. */
function typesLine({ brought }: ScenarioResult, palette: Palette): string[] {
  const { taken, appended } = brought;
  const said = [
    ...(taken.length > 0
      ? [`${taken.map(shownLine).join(', ')} as the objects have ${taken.length > 1 ? 'them' : 'it'}`]
      : []),
    ...(appended.length > 0 ? [`${appended.map(shownLine).join(', ')} not emulated, and 0`] : []),
  ];
  return said.length === 0 ? [] : [palette.dim(`types of the kernel: ${said.join('; ')}`)];
}

/** Loads that did not fault, since Linux's do not either, though there was nothing to read. */
function zeroReadsLines({ zeroReads }: ScenarioResult, palette: Palette): string[] {
  if (zeroReads.length === 0) return [];
  const total = zeroReads.reduce((n, z) => n + z.count, 0);
  const where = zeroReads.map(
    ({ program, span }) => `${shownLine(program)}${span === undefined ? '' : ` (${formatPlace(span)})`}`,
  );
  const loads = total === 1 ? '1 load' : `${grouped(total)} loads`;
  return [
    palette.dim(
      `${loads} through kernel pointers that lead nowhere read 0, as Linux's PROBE_MEM loads do: ${where.join(', ')}`,
    ),
  ];
}

/** What a scenario did, as text. */
export function formatScenario(result: ScenarioResult, options: SummaryOptions): string {
  const palette = options.palette ?? plain;
  const out: string[] = [];
  const title = result.title === undefined ? '' : `${result.title}: `;
  const cpus = plural(result.cpus, 'CPU');
  out.push(
    palette.bold(
      shownLine(
        `${title}guard ${result.guard}, kernel ${result.kernel}, ${cpus}${result.stats ? '' : ', statistics off'}`,
      ),
    ),
  );
  if (result.kernelBecause !== undefined)
    out.push(
      palette.dim(
        `kernel ${result.kernel}, since ${shownLine(result.kernelBecause)} was compiled for its registers`,
      ),
    );
  out.push(...undeclaredLine(result, palette), ...typesLine(result, palette));
  if (options.timeline) out.push('', formatTimeline(result.events, palette), '');
  const widths = widthsOf(result.programs);
  out.push(...result.programs.map((p) => programLine(p, widths)));
  out.push(...missLines(missesOf(options.events ?? result.events), result.guard).map(palette.note));
  out.push(...zeroReadsLines(result, palette));
  if (result.printed !== '')
    out.push(
      '',
      palette.dim('trace_pipe:'),
      ...result.printed
        .trimEnd()
        .split('\n')
        .map((l) => `  ${l}`),
    );
  for (const ring of result.rings) out.push('', ...ringLines(ring, palette));
  for (const stack of result.stacks.slice(0, SHOWN_RECORDS)) out.push('', ...stackLines(stack, palette));
  for (const perf of result.perf) out.push('', ...perfLines(perf, palette));
  const interrupts = interruptLines(result.interrupts, palette);
  if (interrupts.length > 0) out.push('', ...interrupts);
  const { outcome } = result;
  if (outcome.kind === 'fault') out.push('', formatFault(outcome.fault, palette));
  if (outcome.kind !== 'fault' && outcome.kind !== 'finished')
    out.push('', ...stopLines(outcome, result.interrupts, palette));
  if (result.expects.length > 0) out.push('', ...result.expects.map((e) => expectLine(e, palette)));
  return out.join('\n');
}
