import type { CodeInfo } from './code-info.js';

/** What Linux's verifier refuses. The page, which has no verifier, goes without these. */
export const REFUSAL_CODES = {
  B0513: {
    title: 'Linux does not load the program',
    explain:
      'Linux looks at a program along all its paths before it loads it, and refuses what it cannot show to be safe. What it would say of this one follows, in its own words, with the branches that lead to the instruction. Here the program runs all the same, so that one can see why it does not there; with `--verify` it is refused, with `--no-verify` nothing is said.',
  },
} as const satisfies Record<string, CodeInfo>;
