import { describe, expect, test } from 'vitest';
import { campaign } from './campaign.js';
import { TARGETS } from './targets.js';

/** The same inputs each time; another seed tries others. */
const seed = Number(process.env['TINYBPF_SEED'] ?? 1);

describe(`a short stretch of each fuzz target (TINYBPF_SEED=${seed})`, () => {
  test.each(TARGETS.map((target) => [target.name, target] as const))(
    '%s',
    async (_, target) => {
      const { inputs, ends, failed } = await campaign(target, seed, (done) => done < target.inTest);
      expect([...failed.values()].map((f) => f.text).join('\n\n')).toBe('');
      expect(inputs).toBe(target.inTest);
      // Inputs that no longer get to where they are meant to get find nothing.
      expect([...ends.keys()]).toEqual(expect.arrayContaining([...target.reaches]));
    },
    300_000,
  );
});
