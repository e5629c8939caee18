/** Slots that the kernel takes for one program (BPF_COMPLEXITY_LIMIT_INSNS); what has more is answered with -E2BIG. */
export const MOST_SLOTS = 1_000_000;
