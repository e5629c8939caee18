/** Error numbers as kernel functions return them (include/uapi/asm-generic/errno*.h); kernel files name them too. */
const EPERM = -1;
export const ENOENT = -2;
export const E2BIG = -7;
export const EBADF = -9;
export const EAGAIN = -11;
export const ENOMEM = -12;
export const EACCES = -13;
export const EFAULT = -14;
export const EBUSY = -16;
export const EEXIST = -17;
export const EINVAL = -22;
export const ENOSPC = -28;
export const ERANGE = -34;
export const EDEADLK = -35;
export const EILSEQ = -84;
export const EOPNOTSUPP = -95;
const ETIMEDOUT = -110;
/** Never shown to users by design, and returned all the same by what a ring buffer cannot do (include/linux/errno.h). */
export const ENOTSUPP = -524;

const ALL = {
  EPERM,
  ENOENT,
  E2BIG,
  EBADF,
  EAGAIN,
  ENOMEM,
  EACCES,
  EFAULT,
  EBUSY,
  EEXIST,
  EINVAL,
  ENOSPC,
  ERANGE,
  EDEADLK,
  EILSEQ,
  EOPNOTSUPP,
  ETIMEDOUT,
  ENOTSUPP,
};

export type ErrnoName = keyof typeof ALL;

/** The number of an error as functions return it, below 0. */
export const errnoOf = (name: ErrnoName): number => ALL[name];

export function errnoConstants(): Map<string, bigint> {
  return new Map(Object.entries(ALL).map(([name, n]) => [name, BigInt(-n)]));
}
