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

/** Numbers up to this are errors when they are negative (include/linux/err.h). */
export const MAX_ERRNO = 4095n;
