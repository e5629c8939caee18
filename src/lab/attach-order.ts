import type { AttachOrder } from '../kernel/attach/attach.js';
import { jsonText, shownLine } from '../text/shown.js';
import type { Source } from '../text/source.js';

/**
 * A program to attach, as the option `--attach` and a schedule say it: `NAME`, `NAME=KIND/TARGET`, and either with `=COOKIE`. A
 * name or target in quotes may have anything in it.
 */
const ORDER = /^(?:"([^"]+)"|([^"=]+))(?:=(?:"([^"]+)"|([a-z][^="]*)))?(?:=(0x[0-9a-f]+|\d+))?$/i;

/** What an order expects, for whoever has written something else. */
export const ATTACH_ORDER_FORM = 'NAME, NAME=KIND/TARGET, or either with =COOKIE of at most 64 bits';

/** Reads an order, which begins at a place in its source; undefined for a text that is something else. `unquote` reads what is in quotes. */
export function attachOrderIn(
  text: string,
  { source, start }: { readonly source: Source; readonly start: number },
  unquote: (quoted: string) => string | undefined = (quoted) => quoted,
): AttachOrder | undefined {
  const m = ORDER.exec(text.trim());
  if (m === null) return undefined;
  const [, quotedName, bareName = '', quotedTo, bareTo, number = '0'] = m;
  const written = quotedName ?? bareName;
  const name = quotedName === undefined ? bareName : unquote(quotedName);
  const to = quotedTo === undefined ? bareTo : unquote(quotedTo);
  const cookie = BigInt(number);
  if (name === undefined || (quotedTo !== undefined && to === undefined) || cookie >= 1n << 64n)
    return undefined;
  const at = text.indexOf(written);
  const toAt = text.indexOf(quotedTo ?? bareTo ?? '', at + written.length);
  const spanAt = (from: number, length: number) => ({
    source,
    start: start + from,
    end: start + from + length,
  });
  return {
    name: { name, span: spanAt(at, written.length) },
    ...(to !== undefined && { to: { name: to, span: spanAt(toAt, (quotedTo ?? bareTo)!.length) } }),
    cookie,
  };
}

/** A text that could be read otherwise, or not at all, in quotes with the escapes of JSON. */
export const quotedWhere = (isRead: RegExp, text: string): string =>
  shownLine(text) === text && isRead.test(text)
    ? text
    : jsonText(text).replace(/\\./g, (pair) => (pair === '\\"' ? '\\u0022' : pair));

/** An order as a schedule has it. */
export function formatAttachOrder({ name, to, cookie }: AttachOrder): string {
  const parts = [quotedWhere(/^[\w.$-]+$/, name.name)];
  if (to !== undefined) parts.push(quotedWhere(/^[a-z](?!.*\/\/)[\w.$/:+*?-]*$/, to.name));
  if (cookie !== 0n) parts.push(String(cookie));
  return parts.join('=');
}
