import { EEXIST, ENOENT } from '../errno.js';

/** Flags of an update (include/uapi/linux/bpf.h). */
export const BPF_NOEXIST = 1n;
export const BPF_EXIST = 2n;
const BPF_F_LOCK = 4n;

/** True for flags that no update knows. */
export const checkFlags = (flags: bigint): boolean => (flags & ~BPF_F_LOCK) > BPF_EXIST;

/** Why an element that is there (or is not) cannot be updated; 0 if it can (check_flags). */
export function presenceError(isThere: boolean, flags: bigint): number {
  if (isThere && flags === BPF_NOEXIST) return EEXIST;
  return !isThere && flags === BPF_EXIST ? ENOENT : 0;
}
