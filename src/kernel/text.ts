import type { LeafCall } from '../machine/leaf.js';
import { EINVAL, ERANGE } from './errno.js';

const isSpace = (byte: number): boolean => (byte >= 9 && byte <= 13) || byte === 32 || byte === 0xa0;

/** The value of a digit; a base or more for what is not one. */
function digitOf(byte: number | undefined): number {
  const digit = byte === undefined ? Number.NaN : Number.parseInt(String.fromCharCode(byte), 36);
  return Number.isNaN(digit) ? 36 : digit;
}

const [ZERO, MINUS, X, SMALL_X] = [0x30, 0x2d, 0x58, 0x78];
/** What `strtol` copies of a text, without the zero byte. */
const MOST_DIGITS = 63;

/** The base a text is in where 0 leaves that to it, and how many bytes of it say so (_parse_integer_fixup_radix). */
function radixOf(text: Uint8Array, base: number): { base: number; prefix: number } {
  const isHex = text[0] === ZERO && (text[1] === X || text[1] === SMALL_X);
  if (base === 0 && isHex && digitOf(text[2]) < 16) return { base: 16, prefix: 2 };
  if (base === 0) return { base: text[0] === ZERO ? 8 : 10, prefix: 0 };
  return { base, prefix: base === 16 && isHex ? 2 : 0 };
}

/** What __bpf_strtoull (kernel/bpf/helpers.c) reads of a text: a number and the bytes it takes; or an error number. */
function parseNumber(
  text: Uint8Array,
  flags: bigint,
): { readonly value: bigint; readonly isNegative: boolean; readonly used: number } | number {
  if (text.length === 0 || ![0n, 8n, 10n, 16n].includes(flags)) return EINVAL;
  let start = 0;
  while (start < text.length && isSpace(text[start]!)) start += 1;
  const isNegative = text[start] === MINUS;
  if (isNegative) start += 1;
  if (start === text.length) return EINVAL;
  const rest = text.subarray(start, start + MOST_DIGITS);
  const { base, prefix } = radixOf(rest, Number(flags));
  let value = 0n;
  let at = prefix;
  for (; digitOf(rest[at]) < base; at += 1) value = value * BigInt(base) + BigInt(digitOf(rest[at]));
  if (value >> 64n !== 0n) return ERANGE;
  return at === prefix ? EINVAL : { value, isNegative, used: start + at };
}

/** bpf_strtol and bpf_strtoul (buf, len, flags, res): how many bytes the number takes, or an error and 0 in `res`. */
export function parseText(call: LeafCall, isSigned: boolean): void {
  const { memory } = call.machine;
  const length = Number(call.arg(2));
  const buffer = call.pointer(1, length);
  const result = call.pointer(4, 8, 'write');
  // Read before it is written: the two may overlap.
  const parsed = parseNumber(memory.u8.slice(buffer, buffer + length), call.arg(3));
  memory.writeU64(result, 0n);
  if (typeof parsed === 'number') {
    call.giveNumber(parsed);
    return;
  }
  const { value, isNegative, used } = parsed;
  const most = isSigned ? (1n << 63n) - (isNegative ? 0n : 1n) : isNegative ? -1n : value;
  if (value > most) {
    call.giveNumber(isSigned ? ERANGE : EINVAL);
    return;
  }
  memory.writeU64(result, BigInt.asUintN(64, isNegative ? -value : value));
  call.giveNumber(used);
}

/** bpf_strncmp(s1, size, s2): less than, equal to or greater than 0; architectures differ in by how much, here it is 1. */
export function compareText(call: LeafCall): void {
  const { u8 } = call.machine.memory;
  const size = call.arg32(2);
  const [first, second] = [call.arg(1), call.arg(3)];
  for (let n = 0n; n < BigInt(size); n += 1n) {
    const a = u8[call.range(BigInt.asUintN(64, first + n), 1)]!;
    const b = u8[call.range(BigInt.asUintN(64, second + n), 1)]!;
    if (a !== b) {
      call.giveNumber(a < b ? -1 : 1);
      return;
    }
    if (a === 0) break;
  }
  call.giveNumber(0);
}
