import type { CodeInfo } from './code-info.js';

/** What is said of a read of what nothing has written, by Linux's verifier and by what looks at programs here. */
export const UNWRITTEN_CODES = {
  B0511: {
    title: 'register read before it was written',
    explain:
      'The instruction reads a register that nothing has written on the path to it. A program begins with r1 (its context) and r10 only, a function of a program with what its caller has in r1 to r5, and a call leaves nothing in r1 to r5. Linux refuses to load such a program: R7 !read_ok. Here it runs, with whatever the register holds.',
  },
  B0512: {
    title: 'stack read before it was written',
    explain:
      'The instruction reads bytes of its own frame that nothing has written. Linux before 6.3 refuses to load such a program, later ones refuse it where the loader has no CAP_PERFMON (`invalid read from stack`), and else the program sees what was there before. Here a frame begins with zeros.',
  },
} as const satisfies Record<string, CodeInfo>;
