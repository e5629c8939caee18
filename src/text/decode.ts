import { type Details, errorAt, InputError } from './diagnostic.js';
import { hexByte } from './numbers.js';
import { type Source, span } from './source.js';

const REPLACEMENT = '\ufffd';
const BYTECODE = '`tinybpf disasm` reads bytecode';

/** What a file in a wide encoding begins with; the longer mark first, since it begins with the shorter. */
const MARKS: readonly { readonly encoding: string; readonly bytes: readonly number[] }[] = [
  { encoding: 'UTF-32', bytes: [0xff, 0xfe, 0, 0] },
  { encoding: 'UTF-32', bytes: [0, 0, 0xfe, 0xff] },
  { encoding: 'UTF-16', bytes: [0xff, 0xfe] },
  { encoding: 'UTF-16', bytes: [0xfe, 0xff] },
];

const convert = (encoding: string): string =>
  `save it as UTF-8, or convert it: \`iconv -f ${encoding} -t UTF-8 FILE\``;

/** UTF-16 without its mark: in what is mostly ASCII, every second byte is zero and the others are not. */
function wideEncoding(bytes: Uint8Array): string | undefined {
  const looked = bytes.subarray(0, 1024);
  const zeros = [0, 0];
  looked.forEach((b, i) => {
    if (b === 0) zeros[i % 2]! += 1;
  });
  const [even = 0, odd = 0] = zeros;
  if (Math.min(even, odd) > 0 || Math.max(even, odd) < 0.4 * looked.length) return undefined;
  return odd > 0 ? 'UTF-16LE' : 'UTF-16BE';
}

/** What a byte that is not UTF-8 is likely to be, in a text that is otherwise fine. */
function narrowEncoding(byte: number): string {
  if (byte < 0xa0) return `it may be Windows-1252; ${convert('WINDOWS-1252')}`;
  return `in Latin-1 (ISO 8859-1) it is \`${String.fromCharCode(byte)}\`; ${convert('ISO-8859-1')}`;
}

interface BadByte {
  /** Offset in the text of the character that stands for it. */
  readonly at: number;
  readonly byte: number;
  /** True if it begins a character of UTF-8 that has more bytes than are there. */
  readonly isCut: boolean;
}

/** The first byte that is not UTF-8. */
function firstBad(bytes: Uint8Array, text: string): BadByte | undefined {
  const encoder = new TextEncoder();
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  let offset = hasMark ? 3 : 0;
  let from = 0;
  for (let at = text.indexOf(REPLACEMENT); at >= 0; at = text.indexOf(REPLACEMENT, at + 1)) {
    offset += encoder.encode(text.slice(from, at)).length;
    from = at;
    const [first = 0, second = 0, third = 0] = bytes.subarray(offset, offset + 3);
    const isWritten = first === 0xef && second === 0xbf && third === 0xbd;
    if (!isWritten) return { at, byte: first, isCut: first >= 0xc2 && (second & 0xc0) === 0x80 };
  }
  return undefined;
}

/**
 * The text of UTF-8 bytes, without a byte order mark. Throws `InputError` with the first place that is not text. `line`
 * is the number of the only line, where the bytes are not those of a whole file.
 */
export function decodeUtf8(name: string, bytes: Uint8Array, line = 1): string {
  const refuse = (why: string, details: Details): never => {
    throw new InputError(errorAt('B0802', `${name} is not a text file: ${why}`, details));
  };
  const mark = MARKS.find((m) => m.bytes.every((b, i) => bytes[i] === b));
  if (mark !== undefined && line === 1)
    return refuse(`it begins with the byte order mark of ${mark.encoding}`, { help: convert(mark.encoding) });
  const text = new TextDecoder().decode(bytes);
  const source: Source = { name, text, ...(line > 1 && { lineNumbers: [line] }) };
  const bad = text.includes(REPLACEMENT) ? firstBad(bytes, text) : undefined;
  const zero = text.indexOf('\0');
  if (zero >= 0 && zero < (bad?.at ?? Infinity)) {
    const wide = wideEncoding(bytes);
    const help = wide === undefined ? BYTECODE : `it looks like ${wide}; ${convert(wide)}`;
    return refuse('it has zero bytes', { span: span(source, zero, zero + 1), help });
  }
  if (bad === undefined) return text;
  const { at, byte, isCut } = bad;
  const isBinary = /\p{Cc}/u.test(text.replace(/[\t-\r]/g, ''));
  const help = isBinary
    ? BYTECODE
    : isCut
      ? 'a character of several bytes is cut off here'
      : narrowEncoding(byte);
  return refuse(`byte 0x${hexByte(byte)} is not UTF-8`, {
    span: span(source, at, at + 1),
    help,
  });
}

/** A file that has something in it, as text. Throws `InputError`. */
export function decodeSource(name: string, bytes: Uint8Array): Source {
  const text = decodeUtf8(name, bytes);
  if (text.trim() === '') throw new InputError(errorAt('B0804', `${name} is empty`));
  return { name, text };
}
