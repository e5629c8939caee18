import { EEXIST, ENOENT } from '../errno.js';

/** Flags of an update (include/uapi/linux/bpf.h). */
export const BPF_NOEXIST = 1n;
export const BPF_EXIST = 2n;
const BPF_F_LOCK = 4n;

/** True for flags that no update knows. */
export const checkFlags = (flags: bigint): boolean => (flags & ~BPF_F_LOCK) > BPF_EXIST;

/** Why an element that is there (or is not) cannot be updated; 0 if it can (check_flags). */
function presenceError(isThere: boolean, flags: bigint): number {
  if (isThere && flags === BPF_NOEXIST) return EEXIST;
  return !isThere && flags === BPF_EXIST ? ENOENT : 0;
}

/** What a leaf says that needs an element of the map's free ones, which its caller takes. */
export const NEEDS_ELEMENT = 1;

/** The same of a map whose elements are taken from lists with locks; NEEDS_ELEMENT for a new one. */
export const presence = (isThere: boolean, flags: bigint): number =>
  presenceError(isThere, flags) || (isThere ? 0 : NEEDS_ELEMENT);
