import { expect, test } from 'vitest';
import { shippedFiles } from '../../../src/cli/shipped.js';
import { caught, compareLabs, seedOf } from './compare.js';
import { labOf } from './draft.js';
import { draftOf } from './generate.js';
import { mutant } from './mutant.js';
import { MUTATIONS } from './mutations.js';
import { enumerate } from './oracle.js';

/** Runs of labs, and how many labs of each: more with ORACLE_LABS, others with ORACLE_SEED (see README.md). */
const FIRST = Number(process.env['ORACLE_SEED'] ?? 1);
const RUNS = [FIRST, FIRST + 1, FIRST + 2];
const LABS = Number(process.env['ORACLE_LABS'] ?? 12);
/** Labs of a run among which a fault has to be caught. */
const HUNTED = Math.max(LABS, 400);
const IS_ALL = process.env['ORACLE_ALL'] !== undefined;
/** The runs of labs from each of which a fault has to be caught. */
const HUNTS = IS_ALL ? RUNS : [FIRST];
/** The machine may be busy with other things. */
const PATIENCE = 1_800_000;

test.each(RUNS)(
  'run %i: explore, reduced and unreduced, says of random labs what the oracle says',
  (run) => {
    const { compared, tooLarge, reports } = compareLabs(run, LABS);
    console.log(`seed ${run}: ${compared} labs compared, ${tooLarge} more are too large for it`);
    expect(reports.join('\n\n')).toBe('');
    expect(tooLarge).toBeLessThan(Math.max(5, LABS / 10));
  },
  PATIENCE,
);

test(
  'the oracle sees every change of memory',
  () => {
    let seen = 0;
    for (let n = 0; n < 12; n += 1) {
      const found = enumerate(labOf(draftOf(seedOf(FIRST, n))), 1_500, true);
      seen += found === undefined ? 0 : 1;
    }
    expect(seen).toBeGreaterThan(3);
  },
  PATIENCE,
);

test.each(MUTATIONS)(
  'a fault that is put back is caught: $what',
  async (mutation) => {
    const explorer = await mutant(mutation, shippedFiles());
    const numbers = HUNTS.map((run) => caught(explorer, run, HUNTED, IS_ALL ? 0 : mutation.lab));
    expect(numbers.filter((n) => n === undefined)).toEqual([]);
  },
  PATIENCE,
);
