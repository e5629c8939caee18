import fc from 'fast-check';
import { describe, test } from 'vitest';
import { Restart } from '../../src/explore/reduce/run-results.js';
import { Referee } from '../../src/explore/referee.js';
import { SearchContext } from '../../src/explore/search.js';
import { propertiesIn } from '../../src/lab/properties.js';
import { makeScene } from '../../src/replay/scene.js';
import { environment } from '../support/environment.js';
import { labScenarios } from '../support/labs.js';
import { same } from '../support/same.js';

const MOST_MOVES = 600;

const named = (properties: number): string => propertiesIn(properties).join(' ');

/** Where a random walk through the search's own states finds itself, and a referee beside it. */
function walk(make: () => ReturnType<typeof makeScene>, picks: readonly number[]): void {
  const context = new SearchContext(make(), false);
  for (;;) {
    const space = context.space();
    const referee = new Referee(make());
    const state = context.first.slice();
    const out: number[] = [];
    let broken = context.broken;
    try {
      for (let i = 0; i < MOST_MOVES; i += 1) {
        const n = space.choices(state, out);
        const where = `after ${i} moves`;
        const choices = out.slice(0, n);
        same(
          referee.isStill,
          choices.every((c) => c >= 128),
          where,
        );
        same(named(referee.atEnd), named(space.broken), where);
        if (n === 0) return;
        // A turn is a few moves long, or all of what a thread has to do.
        const choice = choices[picks[(i >> 3) % picks.length]! % n]!;
        space.advance(state, choice);
        broken |= space.broken;
        const moved = referee.move(choice);
        same(moved.kind, space.isDead ? 'fault' : 'moved', where);
        same(named(referee.broken), named(broken), where);
        if (space.isDead) return;
      }
      return;
    } catch (e) {
      if (!(e instanceof Restart)) throw e;
    }
  }
}

describe('a referee says of a schedule what the search says, instruction by instruction', () => {
  for (const { name, lab, scenario } of labScenarios('test/data/explore', 'programs/explore'))
    for (const guardName of [undefined, 'arm64-v1'])
      test(`${name}${guardName === undefined ? '' : ` under ${guardName}`}`, () => {
        const make = () =>
          makeScene(lab, scenario, environment, guardName === undefined ? {} : { guardName });
        fc.assert(
          fc.property(fc.array(fc.nat(1000), { minLength: 40, maxLength: 80 }), (picks) => walk(make, picks)),
          { numRuns: 1 },
        );
      });
});
