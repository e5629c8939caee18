import stringWidth from 'string-width';

/**
 * Names, titles and quoted lines come from files that anybody may have written, and could steer a terminal or read
 * otherwise than they run: control characters (C0, C1, DEL), what turns the direction of text, what has no width, and
 * halves of surrogate pairs. All of these are shown as escapes wherever text leaves the program; JSON has its own.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;
/** The same without what lays out text of several lines. */
export const HIDDEN_IN_TEXT = /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;

function escaped(char: string): string {
  const code = char.codePointAt(0)!;
  const hex = code.toString(16);
  if (code > 0xffff) return `\\u{${hex}}`;
  return code > 0xff ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes of memory or of an object as text, all of them: a byte order mark is a character as others are. */
export const decoded = (bytes: Uint8Array): string => decoder.decode(bytes);

/** Text of several lines, with what cannot be seen as escapes: `\x1b`, `\u202e`, `\u{e0041}`. */
export const shown = (text: string): string => text.replace(HIDDEN_IN_TEXT, escaped);

/** A name, a title or a line: line ends and tabs are escaped, too. */
export const shownLine = (text: string): string => text.replace(HIDDEN, escaped);

/** A line of a report, in which names may hold line ends: what paints it is left for later. */
export const oneLine = (text: string): string => text.replace(/[\n\t]/g, escaped);

/** A line of a file, with its tabs as spaces. */
export const quoted = (line: string): string => shownLine(line.replaceAll('\t', '    '));

/**
 * Latin letters, lines, arrows and ticks, which take a column each: nearly all that is printed.
 * @internal
 */
export const ONE_COLUMN_EACH =
  /^[ -~\xa1-\xac\xae-\u02af\u2013\u2014\u2026\u2190-\u2193\u2212\u2500-\u257f\u2713\u2717]*$/;

/**
 * Columns that text takes on a terminal: two for a wide character, none for a mark on top of another. What string-width
 * knows of emoji takes V8 longer to make ready than a short command takes.
 */
export const widthOf = (text: string): number =>
  ONE_COLUMN_EACH.test(text) ? text.length : stringWidth(shownLine(text));

/** Text followed by as many spaces as it takes to fill so many columns. */
export const padded = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - widthOf(text)));

/** The place at or before `at` that does not lie within a character. */
export function boundary(text: string, at: number): number {
  const isWithin = /[\udc00-\udfff]/.test(text.charAt(at)) && /[\ud800-\udbff]/.test(text.charAt(at - 1));
  return isWithin ? at - 1 : Math.min(at, text.length);
}

/** The beginning of a text, of so many UTF-16 units at most, without half a character at its end. */
export const clipped = (text: string, most: number): string => text.slice(0, boundary(text, most));

/**
 * A document as JSON. Members are always there: one without a value is `null`. What JSON leaves as it is and cannot be seen is
 * escaped as JSON does, so that the text is safe to print.
 */
export function jsonText(value: unknown, indent?: number): string {
  const orNull = (_: string, v: unknown): unknown => (v === undefined ? null : v);
  return JSON.stringify(value, orNull, indent).replace(HIDDEN_IN_TEXT, (char) =>
    [...Array(char.length).keys()]
      .map((i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
