/** Flags of an update (include/uapi/linux/bpf.h). */
export const BPF_NOEXIST = 1n;
export const BPF_EXIST = 2n;
const BPF_F_LOCK = 4n;

/** True for flags that no update knows. */
export const checkFlags = (flags: bigint): boolean => (flags & ~BPF_F_LOCK) > BPF_EXIST;
