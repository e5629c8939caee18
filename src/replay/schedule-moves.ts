import { continued } from './choice.js';
import type { Scene } from './scene.js';
import { choiceOf, type Schedule } from './schedule.js';

/** A schedule as single moves, one after the other. Throws `InputError` for names that the scenario does not have. */
export function* movesOfSchedule(scene: Scene, schedule: Schedule): Generator<number> {
  for (const turn of schedule.turns) {
    const first = choiceOf(scene, turn);
    for (let i = 0; i < turn.moves; i += 1) yield i === 0 ? first : continued(first);
  }
}
