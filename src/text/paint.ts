import { shown } from './shown.js';

/** Paints a piece of text; `plain` leaves it as it is. */
export interface Palette {
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly note: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

const same = (text: string): string => text;
export const plain: Palette = { error: same, warning: same, note: same, bold: same, dim: same };

const NAMES = ['error', 'warning', 'note', 'bold', 'dim'] as const;

/**
 * Marks for the beginning of painted pieces, and one for their end: halves of surrogate pairs, which no text has that was
 * decoded from bytes. So what a report paints can be told from what comes from a file, and be painted last.
 */
const FIRST = 0xdc01;
const END = '\udc00';

const marker =
  (i: number) =>
  (text: string): string =>
    `${String.fromCharCode(FIRST + i)}${text}${END}`;

/** Marks what is to be painted, for `render`. */
export const marks: Palette = {
  error: marker(0),
  warning: marker(1),
  note: marker(2),
  bold: marker(3),
  dim: marker(4),
};

const MARK = /[\udc00-\udc05]/u;

/** Text as it may be printed: what is marked in the colours of a palette, and what cannot be seen as escapes. */
export function render(text: string, palette: Palette): string {
  if (!MARK.test(text)) return shown(text);
  /** Pieces that are open, outermost first: what has been put together of each, and how it is painted. */
  const open: { text: string; paint: (text: string) => string }[] = [{ text: '', paint: same }];
  for (const part of text.split(/([\udc00-\udc05])/u)) {
    const mark = part.length === 1 ? part.charCodeAt(0) - FIRST : Number.NaN;
    if (part === END) {
      // One too many is not one of our marks.
      if (open.length > 1) {
        const piece = open.pop()!;
        open.at(-1)!.text += piece.paint(piece.text);
      }
    } else if (mark >= 0 && mark < NAMES.length) open.push({ text: '', paint: palette[NAMES[mark]!] });
    else open.at(-1)!.text += shown(part);
  }
  while (open.length > 1) {
    const piece = open.pop()!;
    open.at(-1)!.text += piece.paint(piece.text);
  }
  return open[0]!.text;
}
