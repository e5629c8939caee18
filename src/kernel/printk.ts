// cspell:ignore diux
import type { LeafCall } from '../machine/leaf.js';
import type { Memory, Region } from '../machine/memory.js';
import { decoded } from '../text/shown.js';
import { EINVAL } from './errno.js';
import { bytesAt, stringAt } from './user.js';

/** Longest formatted text, with its zero byte, and how many buffers a CPU has (include/linux/bpf.h, kernel/bpf/helpers.c). */
export const MAX_BPRINTF_BUF = 1024;
export const MAX_BPRINTF_NEST_LEVEL = 3;
/** Values bpf_trace_printk takes, and the most that bpf_trace_vprintk and bpf_snprintf take (include/linux/bpf.h). */
const PRINTK_VALUES = 3;
export const MAX_BPRINTF_VARARGS = 12;
/** Bytes of output that are kept: what `trace_pipe` would show. */
export const PIPE_SIZE = 1 << 16;

/** What ends a conversion with a string or a pointer. */
const ENDS = '(?![A-Za-z0-9])';
/**
 * A conversion as bpf_bprintf_prepare takes it: flags, width, and what is to be shown. Anything else after a `%` is refused.
 */
const CONVERSION = new RegExp(
  `%(?:%|([-+0 ]*)([1-9]\\d*)?(?:(ll|l)?([diuxX])|(c)|(s|p[ku]s)${ENDS}|p([iI][46])|p([KxsSB]|${ENDS}))?)`,
  'g',
);

/** A converted value: its sign is kept apart, since zeros are padded between sign and digits. */
interface Converted {
  readonly sign: string;
  readonly body: string;
}

const plainly = (body: string): Converted => ({ sign: '', body });

function convertNumber(conversion: string, wide: boolean, value: bigint): Converted {
  const unsigned = wide ? value : BigInt.asUintN(32, value);
  switch (conversion) {
    case 'd':
    case 'i': {
      const signed = BigInt.asIntN(wide ? 64 : 32, value);
      return { sign: signed < 0n ? '-' : '', body: (signed < 0n ? -signed : signed).toString() };
    }
    case 'x':
      return plainly(unsigned.toString(16));
    case 'X':
      return plainly(unsigned.toString(16).toUpperCase());
    default:
      return plainly(unsigned.toString());
  }
}

/** The function that has an address in it, with how far in and how long it is where that is wanted (sprint_symbol). */
function symbolAt({ machine: { text } }: LeafCall, address: bigint, isShort: boolean): string {
  const slot = text.slotOf(address);
  const fn = slot === undefined ? undefined : text.at(slot)?.fn;
  if (slot === undefined || fn === undefined) return `0x${address.toString(16)}`;
  if (isShort) return fn.name;
  const bytes = (slots: number): string => `0x${(slots * 8).toString(16)}`;
  return `${fn.name}+${bytes(slot - fn.start)}/${bytes(fn.end - fn.start)}`;
}

function convertPointer(kind: string | undefined, value: bigint, call: LeafCall): string {
  if (kind === 's' || kind === 'S' || kind === 'B') return symbolAt(call, value, kind === 's');
  return value.toString(16).padStart(16, '0');
}

/** An internet address in memory; zeros where it cannot be read. */
function convertInternet(kind: string, value: bigint, call: LeafCall): string {
  const size = kind.endsWith('4') ? 4 : 16;
  const bytes = [...(bytesAt(call, value, size) ?? new Uint8Array(size))];
  const isPadded = kind.startsWith('i');
  if (size === 4) return bytes.map((b) => (isPadded ? `${b}`.padStart(3, '0') : `${b}`)).join('.');
  const hex = bytes.map((b) => b.toString(16).padStart(2, '0')).join('');
  return isPadded ? hex : hex.replace(/(.{4})(?=.)/g, '$1:');
}

function pad({ sign, body }: Converted, flags: string, width: number, isNumber: boolean): string {
  const shown = sign === '' && isNumber ? (flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '') : sign;
  if (flags.includes('-')) return (shown + body).padEnd(width);
  if (flags.includes('0') && isNumber) return shown + body.padStart(width - shown.length, '0');
  return (shown + body).padStart(width);
}

/** Formats as bpf_bprintf_prepare and bstr_printf do; undefined for a format the kernel refuses. */
function format(text: string, values: readonly bigint[], call: LeafCall): string | undefined {
  if (/[^\t-\r -~]/.test(text)) return undefined;
  let used = 0;
  let refused = false;
  const made = text.replace(CONVERSION, (...found: readonly (string | undefined)[]) => {
    const [whole, flags = '', width = '', length, number, char, string, internet, pointer] = found;
    if (whole === '%%') return '%';
    const value = values[used];
    used += 1;
    const isKnown = [number, char, string, internet, pointer].some((one) => one !== undefined);
    if (value === undefined || !isKnown) {
      refused = true;
      return '';
    }
    const converted = ((): Converted => {
      if (number !== undefined) return convertNumber(number, length !== undefined, value);
      if (char !== undefined) return plainly(String.fromCharCode(Number(value & 0xffn)));
      if (internet !== undefined) return plainly(convertInternet(internet, value, call));
      if (string === undefined) return plainly(convertPointer(pointer, value, call));
      const of = string === 's' ? 's' : string === 'pus' ? 'u' : 'k';
      return plainly(decoded(stringAt(call, value, MAX_BPRINTF_BUF, of)));
    })();
    return pad(converted, flags, Math.min(Number(width), MAX_BPRINTF_BUF), number !== undefined);
  });
  return refused ? undefined : made;
}

/** What has been printed so far, from the first whole line that is kept. The first 8 bytes count all ever written. */
export function readPipe(memory: Memory, pipe: Region): string {
  const written = Number(memory.readU64(pipe.start));
  const kept = Math.min(written, PIPE_SIZE);
  const bytes = Uint8Array.from(
    { length: kept },
    (_, i) => memory.u8[pipe.start + 8 + ((written - kept + i) % PIPE_SIZE)]!,
  );
  const text = decoded(bytes);
  return kept < written ? text.slice(text.indexOf('\n') + 1) : text;
}

function writePipe(memory: Memory, pipe: Region, bytes: Uint8Array): void {
  const written = Number(memory.readU64(pipe.start));
  bytes.forEach((b, i) => {
    memory.u8[pipe.start + 8 + ((written + i) % PIPE_SIZE)] = b;
  });
  memory.writeU64(pipe.start, BigInt(written + bytes.length));
}

const NEWLINE = Uint8Array.of(10);

/** The text of a format that ends within `size` bytes, without its zero byte; undefined if it does not. */
function formatAt(call: LeafCall, address: bigint, size: number): string | undefined {
  const bytes: number[] = [];
  for (let n = 0; n < size; n += 1) {
    const byte = call.machine.memory.u8[call.range(address + BigInt(n), 1)]!;
    if (byte === 0) return decoded(Uint8Array.from(bytes));
    bytes.push(byte);
  }
  return undefined;
}

/** What a format and values come to; undefined for a format the kernel refuses. */
function formatted(
  call: LeafCall,
  text: string | undefined,
  args: bigint,
  count: number,
): Uint8Array | undefined {
  const at = count === 0 ? 0 : call.range(args, count * 8);
  const values = Array.from({ length: count }, (_, i) => call.machine.memory.readU64(at + i * 8));
  const made = text === undefined ? undefined : format(text, values, call);
  return made === undefined ? undefined : new TextEncoder().encode(made);
}

/**
 * bstr_printf(fmt, fmt_size, args, buffer, count): formats `count` values into a buffer of MAX_BPRINTF_BUF bytes and into the
 * trace pipe; returns the length, or -EINVAL for a format without zero byte or with a conversion the kernel does not know.
 */
function bprintf(call: LeafCall, pipe: Region, count: number): number {
  const { memory } = call.machine;
  const text = formatAt(call, call.arg(1), call.arg32(2));
  const made = formatted(call, text, call.arg(3), count);
  if (made === undefined) return EINVAL;
  const buffer = call.pointer(4, MAX_BPRINTF_BUF, 'write');
  const bytes = made.slice(0, MAX_BPRINTF_BUF - 1);
  memory.u8.set(bytes, buffer);
  memory.u8[buffer + bytes.length] = 0;
  writePipe(memory, pipe, bytes);
  if (bytes.at(-1) !== 10) writePipe(memory, pipe, NEWLINE);
  return bytes.length;
}

export const bstrPrintf = (call: LeafCall, pipe: Region): number => bprintf(call, pipe, PRINTK_VALUES);
export const bstrVprintf = (call: LeafCall, pipe: Region): number => bprintf(call, pipe, call.arg32(5));

/**
 * bstr_snprintf(str, size, fmt, args, count): formats into a buffer of `size` bytes as far as that reaches; returns the
 * length that it would have taken, or -EINVAL as `bstr_printf` does.
 */
export function bstrSnprintf(call: LeafCall): number {
  const { memory } = call.machine;
  const size = call.arg32(2);
  const text = formatAt(call, call.arg(3), Number.POSITIVE_INFINITY);
  const made = formatted(call, text, call.arg(4), call.arg32(5));
  if (made === undefined) return EINVAL;
  if (size === 0) return made.length;
  const to = call.pointer(1, size, 'write');
  const bytes = made.subarray(0, size - 1);
  memory.u8.set(bytes, to);
  memory.u8[to + bytes.length] = 0;
  return made.length;
}
