/** Offsets are to be below this, either way (BPF_MAX_VAR_OFF). */
export const MAX_OFFSET = 1 << 29;
