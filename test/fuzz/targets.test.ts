import { describe, expect, test } from 'vitest';
import { type Campaign, campaign } from './campaign.js';
import { TARGETS } from './targets.js';

/** The same inputs each time; another seed tries others. */
const seed = Number(process.env['TINYBPF_SEED'] ?? 1);

/** Which inputs a seed gives depends on what is shipped: until all ends have been come to, more are tried. */
const MOST_TIMES = 8;

describe(`a short stretch of each fuzz target (TINYBPF_SEED=${seed})`, () => {
  test.each(TARGETS.map((target) => [target.name, target] as const))(
    '%s',
    async (_, target) => {
      const reached = ({ ends }: Pick<Campaign, 'ends'>): boolean =>
        target.reaches.every((end) => ends.has(end));
      const found = await campaign(target, seed, (run) =>
        reached(run) ? run.inputs < target.inTest : run.inputs < MOST_TIMES * target.inTest,
      );
      const { inputs, ends, failed } = found;
      expect([...failed.values()].map((f) => f.text).join('\n\n')).toBe('');
      expect(inputs).toBeGreaterThanOrEqual(target.inTest);
      // Inputs that no longer get to where they are meant to get find nothing.
      expect([...ends.keys()]).toEqual(expect.arrayContaining([...target.reaches]));
    },
    300_000,
  );
});
