// cspell:ignore diux
import type { LeafCall } from '../machine/leaf.js';
import { type Memory, type Region, toAddress } from '../machine/memory.js';
import { Trap } from '../machine/trap.js';
import { decoded } from '../text/shown.js';
import { EINVAL } from './errno.js';

/** Longest formatted text, with its zero byte, and how many buffers a CPU has (include/linux/bpf.h, kernel/bpf/helpers.c). */
export const MAX_BPRINTF_BUF = 1024;
export const MAX_BPRINTF_NEST_LEVEL = 3;
/** Values bpf_trace_printk takes. */
const MAX_VALUES = 3;
/** Bytes of output that are kept: what `trace_pipe` would show. */
export const PIPE_SIZE = 1 << 16;

function readString(call: LeafCall, address: bigint, most: number): string {
  const bytes: number[] = [];
  for (let i = 0; i < most; i += 1) {
    const byte = call.machine.memory.u8[call.range(address + BigInt(i), 1)]!;
    if (byte === 0) break;
    bytes.push(byte);
  }
  return decoded(Uint8Array.from(bytes));
}

/** `%s` copies without faulting: what cannot be read is empty. */
function readStringNofault(call: LeafCall, address: bigint): string {
  try {
    return readString(call, address, MAX_BPRINTF_BUF);
  } catch (e) {
    if (e instanceof Trap) return '';
    throw e;
  }
}

/** A converted value: its sign is kept apart, since zeros are padded between sign and digits. */
interface Converted {
  readonly sign: string;
  readonly body: string;
}

function convert(conversion: string, wide: boolean, value: bigint, call: LeafCall): Converted | undefined {
  const unsigned = wide ? value : BigInt.asUintN(32, value);
  switch (conversion) {
    case 'd':
    case 'i': {
      const signed = BigInt.asIntN(wide ? 64 : 32, value);
      return { sign: signed < 0n ? '-' : '', body: (signed < 0n ? -signed : signed).toString() };
    }
    case 'u':
      return { sign: '', body: unsigned.toString() };
    case 'x':
      return { sign: '', body: unsigned.toString(16) };
    case 'X':
      return { sign: '', body: unsigned.toString(16).toUpperCase() };
    case 'p':
      return { sign: '', body: value.toString(16).padStart(16, '0') };
    case 'c':
      return { sign: '', body: String.fromCharCode(Number(value & 0xffn)) };
    case 's':
      return { sign: '', body: readStringNofault(call, value) };
    default:
      return undefined;
  }
}

function pad({ sign, body }: Converted, flags: string, width: number, isNumber: boolean): string {
  const shown = sign === '' && isNumber ? (flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '') : sign;
  if (flags.includes('-')) return (shown + body).padEnd(width);
  if (flags.includes('0') && isNumber) return shown + body.padStart(width - shown.length, '0');
  return (shown + body).padStart(width);
}

/** Formats as bpf_trace_printk does (bpf_bprintf_prepare); undefined for a format the kernel refuses. */
function formatPrintk(format: string, values: readonly bigint[], call: LeafCall): string | undefined {
  let used = 0;
  let refused = false;
  const text = format.replace(/%(%|([-+0 ]*)(\d*)(ll|l)?(.?))/g, (...found: readonly string[]) => {
    const [, whole, flags = '', width = '', length = '', conversion = ''] = found;
    if (whole === '%') return '%';
    const value = used < MAX_VALUES ? values[used] : undefined;
    used += 1;
    const done = value === undefined ? undefined : convert(conversion, length !== '', value, call);
    if (done === undefined) {
      refused = true;
      return '';
    }
    return pad(done, flags, Math.min(Number(width), MAX_BPRINTF_BUF), 'diuxX'.includes(conversion));
  });
  return refused ? undefined : text;
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

/**
 * bstr_printf(fmt, fmt_size, args, buffer): formats into a buffer of MAX_BPRINTF_BUF bytes and into the trace pipe;
 * returns the length, or -EINVAL for a format without zero byte or with a conversion the kernel does not know.
 */
export function bstrPrintf(call: LeafCall, pipe: Region): number {
  const { memory } = call.machine;
  const size = call.arg32(2);
  const format = call.pointer(1, size);
  if (size === 0 || memory.u8[format + size - 1] !== 0) return EINVAL;
  const args = call.pointer(3, MAX_VALUES * 8);
  const values = Array.from({ length: MAX_VALUES }, (_, i) => memory.readU64(args + i * 8));
  const buffer = call.pointer(4, MAX_BPRINTF_BUF, 'write');
  const text = formatPrintk(readString(call, toAddress(format), size), values, call);
  if (text === undefined) return EINVAL;
  const bytes = new TextEncoder().encode(text).slice(0, MAX_BPRINTF_BUF - 1);
  memory.u8.set(bytes, buffer);
  memory.u8[buffer + bytes.length] = 0;
  writePipe(memory, pipe, bytes);
  if (bytes.at(-1) !== 10) writePipe(memory, pipe, NEWLINE);
  return bytes.length;
}
