// cspell:ignore xduotcasi
import type { Kernel } from '../kernel/kernel.js';
import { fromAddress, type Memory } from '../machine/memory.js';
import { decoded } from '../text/shown.js';
import type { Arguments, Word } from './arguments.js';
import { describeValue } from './describe-value.js';
import { type ListedInstruction, placeAt } from './listed-instruction.js';

/** What `x` shows: how many units, of how many bytes, in which of gdb's formats. */
export interface Format {
  readonly count: number;
  readonly letter: string;
  readonly size: number;
}

const LETTERS = 'xduotcasi';
const SIZES: Readonly<Record<string, number>> = { b: 1, h: 2, w: 4, g: 8 };
const MOST = 4096;
const BYTES_A_LINE = 16;

/** Reads `/8xb`, where everything may be left out. */
export function readFormat(args: Arguments, word: Word | undefined): Format {
  const match = /^\/(\d*)([a-z]*)$/.exec(word?.text ?? '/');
  const letters = [...(match?.[2] ?? '?')];
  const size = letters.find((l) => l in SIZES && l !== 'a');
  const letter = letters.find((l) => LETTERS.includes(l)) ?? 'x';
  const isKnown = letters.every((l) => l === size || l === letter) && letters.length <= 2;
  const count = Number(match?.[1] || 1);
  if (match === null || !isKnown || count < 1 || count > MOST) {
    const expected = `/, a count up to ${MOST}, one of ${LETTERS}, one of b h w g`;
    throw args.wrong(word, `\`${word?.text ?? ''}\` is not a format`, { expected });
  }
  const natural = letter === 'a' ? 8 : letter === 'c' || letter === 's' ? 1 : 4;
  return { count, letter, size: size === undefined ? natural : SIZES[size]! };
}

function readUnit(memory: Memory, at: number, size: number): bigint {
  let value = 0n;
  for (let i = size - 1; i >= 0; i -= 1) value = (value << 8n) | BigInt(memory.u8[at + i]!);
  return value;
}

function formatUnit(kernel: Kernel, value: bigint, { letter, size }: Format): string {
  const bits = size * 8;
  switch (letter) {
    case 'd':
      return String(BigInt.asIntN(bits, value));
    case 'u':
      return String(value);
    case 'o':
      return `0${value.toString(8)}`;
    case 't':
      return value.toString(2).padStart(bits, '0');
    case 'c': {
      const code = Number(value & 0xffn);
      const shown = code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : `\\x${hexOf(value, 1)}`;
      return `${code} '${shown}'`;
    }
    case 'a': {
      const what = describeValue(kernel, value);
      return `0x${hexOf(value, size)}${what === undefined ? '' : ` <${what}>`}`;
    }
    default:
      return `0x${hexOf(value, size)}`;
  }
}

const hexOf = (value: bigint, size: number): string => value.toString(16).padStart(size * 2, '0');

/** Memory as lines; undefined where there is none. A star marks bytes that code may not touch. */
export function examine(kernel: Kernel, address: bigint, format: Format): string[] | undefined {
  const { memory } = kernel;
  const start = fromAddress(address);
  const { count, size, letter } = format;
  if (start === undefined || start + count * size > memory.limit) return undefined;
  if (letter === 's') return [stringAt(memory, start, address)];
  const perLine = letter === 'a' ? 1 : Math.max(1, Math.min(BYTES_A_LINE / size, letter === 't' ? 4 : 8));
  const lines: string[] = [];
  for (let i = 0; i < count; i += perLine) {
    const units = Array.from({ length: Math.min(perLine, count - i) }, (_, k) => {
      const at = start + (i + k) * size;
      const isPoisoned = Array.from({ length: size }, (_, b) => at + b).some((b) => memory.isPoisoned(b));
      return formatUnit(kernel, readUnit(memory, at, size), format) + (isPoisoned ? '*' : '');
    });
    const from = address + BigInt(i * size);
    const what = describeValue(kernel, from);
    lines.push(`0x${hexOf(from, 8)}${what === undefined ? '' : ` <${what}>`}:  ${units.join('  ')}`);
  }
  return lines;
}

const LONGEST_STRING = 256;

function stringAt(memory: Memory, start: number, address: bigint): string {
  const end = Math.min(memory.limit, start + LONGEST_STRING);
  const zero = memory.u8.indexOf(0, start);
  const bytes = memory.u8.slice(start, zero < 0 ? end : Math.min(zero, end));
  return `0x${hexOf(address, 8)}:  ${JSON.stringify(decoded(bytes))}`;
}

/** Instructions from an address of code on; undefined where there are none. */
export function examineCode(kernel: Kernel, address: bigint, count: number): ListedInstruction[] | undefined {
  const first = kernel.machine.text.slotOf(address);
  if (first === undefined) return undefined;
  const places: ListedInstruction[] = [];
  for (let slot = first; slot < kernel.machine.text.slots && places.length < count; slot += 1) {
    const place = placeAt(kernel, slot);
    if (place !== undefined) places.push(place);
  }
  return places;
}
