/** Words of 64 and of 32 bits as BigInts: unsigned ones are 0 to 2^n - 1, signed ones -2^(n-1) to 2^(n-1) - 1. */
export const U64_MAX = (1n << 64n) - 1n;
export const U32_MAX = (1n << 32n) - 1n;
export const S64_MIN = -(1n << 63n);
export const S64_MAX = (1n << 63n) - 1n;
export const S32_MIN = -(1n << 31n);
export const S32_MAX = (1n << 31n) - 1n;

export const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
export const u32 = (value: bigint): bigint => BigInt.asUintN(32, value);
export const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);
export const s32 = (value: bigint): bigint => BigInt.asIntN(32, value);

export const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** Bits that an unsigned word of 64 bits needs: the place of its highest 1, counted from 1; 0 for 0. */
export function bitLength(value: bigint): number {
  const high = Number(value >> 32n);
  return high !== 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(Number(value & U32_MAX));
}

const swappedBytes = (value: bigint, bytes: number): bigint => {
  let out = 0n;
  for (let i = 0; i < bytes; i++) out = (out << 8n) | ((value >> BigInt(8 * i)) & 0xffn);
  return out;
};

/** The lowest bytes of a word in the opposite order; the rest is 0. */
export const swapBytes = (value: bigint, bits: 16 | 32 | 64): bigint => swappedBytes(value, bits / 8);
