import type { Scene } from './scene.js';
import { choiceOf, type Schedule } from './schedule.js';
import { continued } from './space.js';

/** A schedule as single moves. */
export function movesOfSchedule(scene: Scene, schedule: Schedule): number[] {
  return schedule.turns.flatMap((turn) => {
    const first = choiceOf(scene, turn);
    return Array.from({ length: turn.moves }, (_, i) => (i === 0 ? first : continued(first)));
  });
}
