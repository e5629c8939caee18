import { type Fault, type FrameLine, summarizeFault } from '../machine/fault.js';
import { type Palette, plain } from '../text/format.js';
import { oneLine, quoted } from '../text/shown.js';
import { lineAround, placeOf, type Span } from '../text/source.js';

/** Most frames shown of a backtrace; of a longer one the middle is left out. */
const SHOWN = 24;

function sourceLine(span: Span): string {
  return quoted(lineAround(span.source, span.start).text.trim());
}

function frame(line: FrameLine, i: number, palette: Palette): string {
  const at =
    line.span === undefined
      ? ''
      : `  ${palette.dim(`${line.span.source.name}:${placeOf(line.span.source, line.span.start).line}`)}`;
  const text = line.span === undefined ? line.text : sourceLine(line.span);
  return oneLine(
    `  #${String(i).padEnd(2)} ${palette.bold(`${line.function}+${line.slot}`)} (${line.kind})  ${text}${at}`,
  );
}

/** A repeated pattern of frames, as a recursion without end leaves it, is shown once. */
export function formatBacktrace(lines: readonly FrameLine[], palette: Palette = plain): string[] {
  if (lines.length <= SHOWN) return lines.map((l, i) => frame(l, i, palette));
  const head = lines.slice(0, SHOWN - 6).map((l, i) => frame(l, i, palette));
  const tail = lines.slice(-4).map((l, i) => frame(l, lines.length - 4 + i, palette));
  return [...head, palette.dim(`  …   ${lines.length - SHOWN + 2} more frames`), ...tail];
}

/** A fault as text: what was tried and what lies there, the instruction, the backtrace. */
export function formatFault(fault: Fault, palette: Palette = plain): string {
  const title = `${palette.error(`fault: ${fault.kind}`)}${palette.bold(`: ${summarizeFault(fault)}`)}`;
  const who = `  on CPU ${fault.cpu} in ${fault.thread}, after ${fault.executed} instructions`;
  return [
    oneLine(title),
    oneLine(who),
    '  backtrace, innermost first:',
    ...formatBacktrace(fault.backtrace, palette),
  ].join('\n');
}
