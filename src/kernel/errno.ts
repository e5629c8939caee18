/** Error numbers as kernel functions return them (include/uapi/asm-generic/errno*.h); kernel files name them too. */
export const ENOENT = -2;
export const E2BIG = -7;
export const EBUSY = -16;
export const EEXIST = -17;
export const EINVAL = -22;

export function errnoConstants(): Map<string, bigint> {
  return new Map(
    Object.entries({ ENOENT, E2BIG, EBUSY, EEXIST, EINVAL }).map(([name, n]) => [name, BigInt(-n)]),
  );
}
