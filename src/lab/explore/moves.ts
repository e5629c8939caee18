import type { Scene } from './scene.js';
import { choiceOf, type Schedule } from './schedule.js';
import { CHOICE, readChoice } from './space.js';

/** A schedule as single moves. An interrupt arrives once a turn, and goes on after that. */
export function movesOfSchedule(scene: Scene, schedule: Schedule): number[] {
  return schedule.turns.flatMap((turn) => {
    const first = choiceOf(scene, turn);
    const c = readChoice(first);
    const rest = c.kind === 'arrival' ? CHOICE.interrupt(c.cpu) : first;
    return Array.from({ length: turn.moves }, (_, i) => (i === 0 ? first : rest));
  });
}
