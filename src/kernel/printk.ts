import type { LeafCall } from '../machine/leaf.js';
import { type Memory, type Region, toAddress } from '../machine/memory.js';
import { EINVAL } from './map/hash.js';

/** Longest formatted text, with its zero byte (MAX_BPRINTF_BUF, kernel/bpf/helpers.c). */
const BUFFER = 512;
/** Bytes of output that are kept: what `trace_pipe` would show. */
export const PIPE_SIZE = 1 << 16;

function readString(call: LeafCall, address: bigint, most: number): string {
  const bytes: number[] = [];
  for (let i = 0; i < most; i += 1) {
    const byte = call.machine.memory.u8[call.range(address + BigInt(i), 1)]!;
    if (byte === 0) break;
    bytes.push(byte);
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

type Formatter = (value: bigint, call: LeafCall) => string;

function formatterOf(conversion: string, length: string): Formatter | undefined {
  const wide = length === 'l' || length === 'll';
  const narrow = (v: bigint): bigint => (wide ? v : BigInt.asUintN(32, v));
  const signed = (v: bigint): bigint => (wide ? BigInt.asIntN(64, v) : BigInt.asIntN(32, v));
  switch (conversion) {
    case 'd':
    case 'i':
      return (v) => signed(v).toString();
    case 'u':
      return (v) => narrow(v).toString();
    case 'x':
      return (v) => narrow(v).toString(16);
    case 'X':
      return (v) => narrow(v).toString(16).toUpperCase();
    case 'p':
      return (v) => v.toString(16).padStart(16, '0');
    case 'c':
      return (v) => String.fromCharCode(Number(v & 0xffn));
    case 's':
      return (v, call) => readString(call, v, BUFFER);
    default:
      return undefined;
  }
}

/** Formats as bpf_trace_printk does; undefined for a format the kernel refuses. At most three values. */
export function formatPrintk(format: string, values: readonly bigint[], call: LeafCall): string | undefined {
  let used = 0;
  let refused = false;
  const text = format.replace(
    /%(%|(-?0?\d*)(ll|l|h|hh)?(.)?)/g,
    (_, whole: string, pad = '', length = '', conversion = '') => {
      if (whole === '%') return '%';
      const formatter = formatterOf(conversion, length);
      const value = values[used];
      used += 1;
      if (formatter === undefined || value === undefined) {
        refused = true;
        return '';
      }
      const done = formatter(value, call);
      const width = Number(pad.replace(/^-?0?/, ''));
      if (pad.startsWith('-')) return done.padEnd(width);
      return done.padStart(width, pad.startsWith('0') ? '0' : ' ');
    },
  );
  return refused || used > 3 ? undefined : text;
}

/** What bpf_trace_printk has written so far. The first 8 bytes of the region count all bytes ever written. */
export function readPipe(memory: Memory, pipe: Region): string {
  const written = Number(memory.readU64(pipe.start));
  const kept = Math.min(written, PIPE_SIZE);
  const bytes = Uint8Array.from(
    { length: kept },
    (_, i) => memory.u8[pipe.start + 8 + ((written - kept + i) % PIPE_SIZE)]!,
  );
  return new TextDecoder().decode(bytes);
}

function writePipe(memory: Memory, pipe: Region, text: string): void {
  const bytes = new TextEncoder().encode(text);
  const written = Number(memory.readU64(pipe.start));
  bytes.forEach((b, i) => {
    memory.u8[pipe.start + 8 + ((written + i) % PIPE_SIZE)] = b;
  });
  memory.writeU64(pipe.start, BigInt(written + bytes.length));
}

/**
 * bstr_printf(fmt, fmt_size, args, buffer): formats into a buffer of 512 bytes and into the trace pipe; returns the
 * length, or -EINVAL for a format without zero byte or with a conversion the kernel does not know.
 */
export function bstrPrintf(call: LeafCall, pipe: Region): number {
  const { memory } = call.machine;
  const size = call.arg32(2);
  const format = call.pointer(1, size);
  if (size === 0 || memory.u8[format + size - 1] !== 0) return EINVAL;
  const args = call.pointer(3, 24);
  const values = [0, 8, 16].map((i) => memory.readU64(args + i));
  const buffer = call.range(call.arg(4), BUFFER, 'write');
  const text = formatPrintk(readString(call, toAddress(format), size), values, call);
  if (text === undefined) return EINVAL;
  const bytes = new TextEncoder().encode(text).slice(0, BUFFER - 1);
  memory.u8.set(bytes, buffer);
  memory.u8[buffer + bytes.length] = 0;
  writePipe(memory, pipe, text.endsWith('\n') ? text : `${text}\n`);
  return bytes.length;
}
