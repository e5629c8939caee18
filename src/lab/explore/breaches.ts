import { movesOfSchedule } from './moves.js';
import { PROPERTIES, type Property, propertiesIn } from './properties.js';
import type { beginReplay } from './replay.js';
import { sceneOf } from './replay.js';
import { Restart } from './runs.js';
import { Ground } from './search.js';
import { traceSchedule } from './trace.js';

/** A property that a schedule breaks, and what is wrong at its end. */
export interface Breached {
  readonly property: Property;
  readonly meaning: string;
  readonly findings: readonly string[];
}

/** Longest schedule that is looked at, in moves. */
const MOST_MOVES = 200_000;

/**
 * What a schedule breaks, in the order in which exploration names properties. That nothing would ever end is no matter of
 * one schedule. Throws `InputError` for names that the scenario does not have.
 */
export function breachesOf(...args: Parameters<typeof beginReplay>): readonly Breached[] {
  const [, , , schedule] = args;
  if (schedule.turns.reduce((n, t) => n + t.moves, 0) > MOST_MOVES) return [];
  const ground = new Ground(sceneOf(...args), false);
  const moves = movesOfSchedule(ground.scene, schedule);
  for (;;) {
    try {
      const bits = brokenBy(ground, moves) & ground.scene.checked;
      return propertiesIn(bits).map((property) => {
        const { findings } = traceSchedule(sceneOf(...args), moves, property);
        return { property, meaning: PROPERTIES[property], findings };
      });
    } catch (e) {
      if (!(e instanceof Restart)) throw e;
    }
  }
}

/** Carries out moves one by one where every instruction is a choice; what is broken, a bit each. */
function brokenBy(ground: Ground, moves: readonly number[]): number {
  const space = ground.space();
  const state = ground.first.slice();
  const out: number[] = [];
  let broken = ground.broken;
  for (const move of moves) {
    const n = space.choices(state, out);
    broken |= space.broken;
    if (!out.slice(0, n).includes(move)) return broken;
    space.advance(state, move);
    broken |= space.broken;
    if (space.isDead) return broken;
  }
  space.choices(state, out);
  return broken | space.broken;
}
