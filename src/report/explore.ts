import type { Counterexample, Exploration } from '../explore/explore.js';
import type { TraceRow } from '../explore/trace.js';
import { type Palette, plain } from '../text/format.js';
import { grouped, pluralInGroups } from '../text/numbers.js';
import { oneLine, shownLine } from '../text/shown.js';
import { formatLine, placeOf } from '../text/source.js';
import { formatActive } from './active.js';
import { formatTable, type Row } from './table.js';

/** Milliseconds as seconds with three figures. */
const seconds = (ms: number): string => `${(ms / 1000).toPrecision(3)} s`;

function bounds(e: Exploration): string {
  const tasks = e.tasks.map(
    (t) => `${t.name}${e.cpus > 1 ? ` (CPU ${t.cpu})` : ''}: ${pluralInGroups(t.steps, 'step')}`,
  );
  const sources = e.sources.map(
    (s) => `${s.name}${s.cpu === undefined ? '' : ` (CPU ${s.cpu})`}: ${s.times} x at most`,
  );
  return [...tasks, ...sources].join(', ');
}

const INCOMPLETE = {
  'max-states': 'NOT COMPLETE: --max-states was reached',
  'max-seconds': 'NOT COMPLETE: --max-seconds was reached',
  'max-memory': 'NOT COMPLETE: --max-memory was reached',
  memory: 'NOT COMPLETE: memory is short',
  interrupted: 'NOT COMPLETE: interrupted',
} as const;

function completeness(e: Exploration): string {
  return e.completeness === 'complete' ? 'complete' : INCOMPLETE[e.completeness];
}

/**
 * What is left out of the model, or made simpler, in one or several explorations; where these differ, as guards of other kernels do, with
 * the guards it is said of.
 */
export function formatModelled(all: readonly Exploration[]): string {
  const said = all.flatMap((e) => e.modelled.map(({ bound, text }) => ({ bound, text, guard: e.guard })));
  const parts = said.map(({ bound, text }) => {
    const guards = new Set(said.filter((s) => s.text === text).map((s) => s.guard));
    const differs = said.some((s) => s.bound === bound && s.text !== text);
    return differs ? `${text} (${[...guards].join(', ')})` : text;
  });
  return `modelled: ${[...new Set(parts)].join('; ')}`;
}

const VERBS = { read: 'reads', written: 'writes' } as const;

/** What somebody does in a line of a counterexample, and the number that is read or written. */
export function cellText(row: TraceRow): string {
  if (row.value === undefined) return row.text;
  const text = row.span === undefined ? row.text : row.text.replace(/^[^:]*: /, '');
  const { kind, number, variable } = row.value;
  return `${text}   ${VERBS[kind]} ${variable === undefined ? '' : `${variable} = `}${number}`;
}

/** Who takes part in a counterexample: tasks and sources of interrupts in the order of the lab. */
export function lanesOf({ tasks, sources }: Exploration, rows: readonly TraceRow[]): readonly string[] {
  const found = new Set(rows.map((r) => r.lane));
  return [...[...tasks, ...sources].map((l) => l.name).filter((l) => found.delete(l)), ...found];
}

/** What was explored: scenario, guard, kernel, CPUs. */
export function explorationHead(e: Exploration): string {
  const title = e.title === undefined ? '' : `${e.title}: `;
  return shownLine(`${title}guard ${e.guard}, kernel ${e.kernel}, ${pluralInGroups(e.cpus, 'CPU')}`);
}

/** The schedule in columns, one for each task and interrupt, so that it can be pasted into a mail. */
function traceLines(rows: readonly TraceRow[], lanes: readonly string[], many: boolean): string[] {
  const table = rows.map((r): Row => {
    const cells = Object.fromEntries(lanes.map((l) => [l, l === r.lane ? cellText(r) : '']));
    return {
      ...cells,
      ...(many && { CPU: r.cpu }),
      active: r.active === undefined ? '' : formatActive(r.active),
      where: r.span === undefined ? '' : formatLine(r.span),
    };
  });
  return formatTable(table, (t) => t).split('\n');
}

export function formatCounterexample(e: Exploration, c: Counterexample, palette: Palette = plain): string {
  const cheap = c.isMinimal ? '' : ', not minimal: the search for the shortest was cut short';
  return [
    `${palette.error('BROKEN')} ${palette.bold(c.property)}: ${c.meaning}`,
    `  by ${pluralInGroups(c.switches, 'switch', 'switches')} and ${pluralInGroups(c.moves, 'instruction')}${cheap}`,
    ...(c.trace.rows.length === 0
      ? []
      : ['', ...traceLines(c.trace.rows, lanesOf(e, c.trace.rows), e.cpus > 1).map((l) => `  ${l}`)]),
    ...(c.trace.findings.length === 0
      ? []
      : ['', ...c.trace.findings.map((f) => `  ${palette.error(shownLine(f))}`)]),
  ].join('\n');
}

/** The result of one exploration, as text. */
export function formatExploration(e: Exploration, palette: Palette = plain): string {
  const rate = e.ms > 0 ? `, ${grouped(Math.round(e.states / (e.ms / 1000)))} states/s` : '';
  const off = e.unpromised.length === 0 ? '' : `; not promised by the guard: ${e.unpromised.join(', ')}`;
  const verdict =
    e.broken.length > 0
      ? palette.error(`breaks ${e.broken.join(', ')}`)
      : e.completeness === 'complete'
        ? palette.note('holds')
        : 'nothing broken so far';
  return [
    palette.bold(explorationHead(e)),
    oneLine(`bounds: ${bounds(e)}`),
    formatModelled([e]),
    `checked: ${e.checked.join(', ')}${off}`,
    `${pluralInGroups(e.states, 'state')}, ${pluralInGroups(e.transitions, 'transition')}, depth ${e.depth}, ${pluralInGroups(e.finals, 'final state')}, ` +
      `${seconds(e.ms)}${rate}, ${e.reduces ? 'reduced' : 'no reduction'}, ${completeness(e)}`,
    ...e.rounds.map((r) => palette.error(shownLine(`still going: ${r}`))),
    `verdict: ${verdict}`,
    ...e.counterexamples.flatMap((c) => ['', formatCounterexample(e, c, palette)]),
  ].join('\n');
}

/** Guards by properties: what holds and what is broken. */
export function formatGuardTable(all: readonly Exploration[], palette: Palette = plain): string {
  const properties = [...new Set(all.flatMap((e) => [...e.checked, ...e.unpromised]))];
  const rows = all.map((e): Row => {
    const verdict = (p: (typeof properties)[number]): string => {
      if (e.unpromised.includes(p)) return 'not promised';
      if (!e.checked.includes(p)) return '-';
      if (e.broken.includes(p)) return 'BROKEN';
      return e.completeness === 'complete' ? 'holds' : '?';
    };
    return {
      guard: e.guard,
      ...Object.fromEntries(properties.map((p) => [p, verdict(p)])),
      states: e.states,
      time: seconds(e.ms),
      complete: e.completeness === 'complete' ? 'yes' : 'no',
    };
  });
  return formatTable(rows, palette.bold);
}

export function explorationToJson(e: Exploration): object {
  return {
    title: e.title,
    guard: e.guard,
    kernel: e.kernel,
    cpus: e.cpus,
    modelled: e.modelled,
    reduction: e.reduces,
    tasks: e.tasks,
    sources: e.sources,
    states: e.states,
    transitions: e.transitions,
    depth: e.depth,
    final_states: e.finals,
    machine_runs: e.runs,
    machine_insns: e.executed,
    milliseconds: Math.round(e.ms),
    complete: e.completeness === 'complete',
    ended_by: e.completeness,
    still_going: e.rounds,
    checked: e.checked,
    not_promised: e.unpromised,
    broken: e.broken,
    counterexamples: e.counterexamples.map((c) => ({
      property: c.property,
      meaning: c.meaning,
      switches: c.switches,
      moves: c.moves,
      minimal: c.isMinimal,
      turns: c.turns.map(({ span: _, ...t }) => t),
      rows: c.trace.rows.map((r) => ({
        lane: r.lane,
        cpu: r.cpu,
        text: r.text,
        place:
          r.span === undefined
            ? undefined
            : { file: r.span.source.name, ...placeOf(r.span.source, r.span.start) },
        value: r.value === undefined ? undefined : { kind: r.value.kind, number: r.value.number.toString() },
        active: r.active === undefined ? undefined : formatActive(r.active),
      })),
      findings: c.trace.findings,
      schedule: c.schedule,
    })),
  };
}
