/** What to write instead of a register that there is not. */
export const REGISTERS = 'registers are r0 to r10 (w0 to w10 for the lower 32 bits)';

/** Of a program without an instruction. */
export const SHORTEST = 'the shortest program is `r0 = 0` and `exit`';

/** What to write instead of a change of r10. */
export const COPY_FRAME_POINTER = 'copy it first: `r2 = r10`, then `r2 += -8`';
