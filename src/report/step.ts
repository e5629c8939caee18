import type { Hit } from '../step/breakpoints.js';
import type { ListedInstruction } from '../step/listed-instruction.js';
import type { Reply } from '../step/reply.js';
import type { RegisterView, View } from '../step/view.js';
import { formatDiagnostic, type Palette, plain } from '../text/format.js';
import { oneLine, quoted, shownLine } from '../text/shown.js';
import { formatActive } from './active.js';
import { formatFault } from './fault.js';
import { expectLine } from './summary.js';

const MARK = '=>';
const MOST_FRAMES = 8;

const at = (place: ListedInstruction): string => `${place.fn}+${place.offset}`;

/** Lines of a listing; the mark is at the instruction that is executed next. */
function listing(places: readonly ListedInstruction[], here: number | undefined, palette: Palette): string[] {
  const width = Math.max(0, ...places.map((p) => at(p).length));
  let last: string | undefined;
  return places.flatMap((place) => {
    const isHere = place.slot === here;
    const mark = isHere ? palette.note(MARK) : '  ';
    const line = `${mark} ${palette.dim(at(place).padEnd(width))}  ${isHere ? palette.bold(place.text) : place.text}`;
    const { source } = place;
    if (source?.isForeign !== true) return [line];
    const name = `${source.file}:${source.line}`;
    const heading = name === last ? [] : [`   ${palette.dim(`; ${name}  ${quoted(source.text)}`)}`];
    last = name;
    return [...heading, line];
  });
}

/** A register and what it holds. */
export function formatRegister(
  { name, value, what, changed }: RegisterView,
  palette: Palette = plain,
): string {
  const signed = BigInt.asIntN(64, value);
  const isSmall = signed > -0x1_0000n && signed < 0x1_0000n;
  const number = isSmall ? `${signed}` : `0x${value.toString(16)}`;
  const text = `${name} ${number}${what === undefined ? '' : ` <${what}>`}`;
  return changed ? palette.bold(`${text} *`) : text;
}

/**
 * The registers that have changed, and all that hold something where another thread is shown than before; those that a
 * call has made useless only by their names.
 */
function registersLine({ registers, isOtherThread }: View, palette: Palette): string {
  const shown = registers.filter((r) => (isOtherThread ? r.value !== 0n : r.changed));
  const lost = shown.filter((r) => r.isLost).map((r) => r.name);
  const rest = shown.filter((r) => !r.isLost).map((r) => formatRegister(r, palette));
  return [...rest, ...(lost.length > 0 ? [palette.dim(`${lost.join(' ')} lost in a call`)] : [])].join('  ');
}

/** preempt_count, and which of its fields are not zero. */
function preempt({ value, fields, changed }: View['preempt'], palette: Palette): string {
  const parts = fields.map((f) => `${f.name} ${f.count}`);
  const text = `preempt_count 0x${value.toString(16)}${parts.length === 0 ? '' : ` = ${parts.join(' + ')}`}`;
  return changed ? palette.bold(`${text} *`) : text;
}

function hitLine({ breakpoint, detail, change }: Hit, palette: Palette): string {
  const what = breakpoint.trigger.kind === 'watch' ? 'watchpoint' : 'breakpoint';
  const name = palette.note(`${what} ${breakpoint.number}`);
  const text = breakpoint.text.replace(/^watch /, '');
  const more = change === undefined ? (detail ?? '') : `${change[0]} -> ${change[1]}`;
  return `${name}: ${text}${more === '' ? '' : `  ${more}`}`;
}

function outcomeLines(view: View, palette: Palette): string[] {
  const { outcome } = view;
  switch (outcome?.kind) {
    case undefined:
      return [];
    case 'finished':
      return [palette.bold(`the scenario is over after ${view.position} instructions`)];
    case 'fault':
      return [formatFault(outcome.fault, palette)];
    case 'blocked':
      return [palette.error('everything waits for something that nobody does')];
    case 'paused':
      return [palette.bold(`the schedule ends after ${view.position} instructions`)];
    case 'budget':
    case 'time':
      return [palette.error(`${outcome.executed} instructions were executed and it had not ended`)];
    case 'memory':
      return [palette.error(`it has kept as much as it may after ${outcome.executed} instructions`)];
    default:
      return outcome satisfies never;
  }
}

/** Where the run is: place, code, changed registers, frames, contexts, preempt_count, the guard's bytes. */
function panel(view: View, palette: Palette): string[] {
  const { at: place, contexts, frames } = view;
  const source = place?.source;
  const file = source === undefined ? '' : `  ${palette.dim(`${source.file}:${source.line}`)}`;
  const kind = place === undefined ? '' : `${palette.bold(at(place))} (${place.kind})  `;
  const head = `[${view.position}] ${kind}CPU ${view.cpu}, ${view.thread}${file}`;
  const registers = registersLine(view, palette);
  const shown = frames.slice(0, MOST_FRAMES).map(at);
  const more = frames.length > MOST_FRAMES ? [`… ${frames.length - MOST_FRAMES} more`] : [];
  const under = contexts.slice(1).map((c) => `${c.name}${c.at === undefined ? '' : ` at ${at(c.at)}`}`);
  const active = view.active.map((a) => {
    const text = `${a.program} ${formatActive(a.bytes)}`;
    return a.changed ? palette.bold(`${text} *`) : text;
  });
  const field = (name: string, value: string): string => `   ${palette.dim(name.padEnd(9))} ${value}`;
  return [
    head,
    ...listing(view.listing, place?.slot, palette),
    ...(registers === '' ? [] : [field('registers', registers)]),
    ...(shown.length > 1 ? [field('frames', [...shown, ...more].join(' < '))] : []),
    ...(under.length > 0 ? [field('on top of', under.join(', '))] : []),
    field(
      'counts',
      [preempt(view.preempt, palette), ...(active.length > 0 ? [`active ${active.join('  ')}`] : [])].join(
        '   ',
      ),
    ),
  ];
}

function stop(reply: Reply & { kind: 'stop' }, palette: Palette): string[] {
  const { view, value } = reply;
  const isOver = view.outcome !== undefined;
  return [
    ...(value === undefined ? [] : [`returned ${BigInt.asIntN(64, value)} (0x${value.toString(16)})`]),
    ...reply.hits.map((h) => oneLine(hitLine(h, palette))),
    ...(reply.end === 'start' ? [palette.note('this is the beginning')] : []),
    ...(reply.end === 'interrupted' ? [palette.warning('given up in between')] : []),
    ...(reply.note === undefined ? [] : [palette.note(reply.note)]),
    ...(isOver ? outcomeLines(view, palette) : panel(view, palette).map(oneLine)),
    ...(reply.expects ?? []).map((e) => expectLine(e, palette)),
  ];
}

/** Columns as wide as they have to be. */
function table(columns: readonly string[], rows: readonly (readonly string[])[], palette: Palette): string[] {
  const widths = columns.map((c, i) => Math.max(c.length, ...rows.map((r) => (r[i] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((c, i) => c.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [palette.dim(line(columns)), ...rows.map(line)];
}

/** What a command answers, as text; empty where there is nothing to say. */
export function formatReply(reply: Reply, palette: Palette = plain): string {
  switch (reply.kind) {
    case 'stop':
      return stop(reply, palette).join('\n');
    case 'listing':
      return listing(reply.places, reply.here, palette).map(oneLine).join('\n');
    case 'backtrace':
      return reply.frames
        .map((p, i) => {
          const file = p.source === undefined ? '' : `  ${palette.dim(`${p.source.file}:${p.source.line}`)}`;
          return oneLine(`#${String(i).padEnd(2)} ${palette.bold(at(p))} (${p.kind})  ${p.text}${file}`);
        })
        .join('\n');
    case 'registers':
      return reply.registers.map((r) => oneLine(formatRegister(r, palette))).join('\n');
    case 'table':
      return table(reply.columns, reply.rows, palette).map(oneLine).join('\n');
    case 'lines':
      return reply.lines.map(shownLine).join('\n');
    case 'wrong':
      return reply.diagnostics.map((d) => formatDiagnostic(d, palette)).join('\n');
    case 'quit':
      return '';
    default:
      return reply satisfies never;
  }
}
