import fc from 'fast-check';
import { ARITHMETIC, COMPARISONS, checkJump, checkOperation, scalarWith } from '../support/verify/ranges.js';
import { define } from './define.js';

/** Pairs of words, for each of which every operation is tried: some ten thousand operations an input. */
const PAIRS = 200;

function judge(seed: number): string | undefined {
  try {
    for (const [a, b] of fc.sample(fc.tuple(scalarWith, scalarWith), { seed, numRuns: PAIRS })) {
      for (const op of ARITHMETIC) checkOperation(op, a, b);
      for (const op of COMPARISONS) checkJump(op, a, b);
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export const ranges = define<number>({
  name: 'ranges',
  about:
    'words and what is known of them, in every operation: what the machine computes is in what is known of the result',
  inTest: 2,
  reaches: ['sound'],
  make: (random) => random.between(0, 0x7fff_ffff),
  judge: (seed) => {
    const details = judge(seed);
    if (details === undefined) return { end: 'sound' };
    return { end: 'lost', wrong: { kind: details.split(' ')[0] ?? '', details } };
  },
  show: (seed) => `${PAIRS} pairs of the seed ${seed}`,
});
