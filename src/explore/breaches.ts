import { PROPERTIES, type Property, propertiesIn } from '../lab/properties.js';
import type { beginReplay } from '../replay/replay.js';
import { sceneOf } from '../replay/replay.js';
import { movesOfSchedule } from '../replay/schedule-moves.js';
import { Referee } from './referee.js';
import { traceSchedule } from './trace.js';

/** A property that a schedule breaks, and what is wrong at its end. */
export interface Breached {
  readonly property: Property;
  readonly meaning: string;
  readonly findings: readonly string[];
}

/**
 * What a schedule breaks, in the order in which exploration names properties. That nothing would ever end is not a
 * matter of one schedule. Throws `InputError` for names that the scenario does not have.
 */
export function breachesOf(...args: Parameters<typeof beginReplay>): readonly Breached[] {
  const [, , , schedule] = args;
  const scene = sceneOf(...args);
  const referee = new Referee(scene);
  for (const move of movesOfSchedule(scene, schedule)) if (referee.move(move).kind !== 'moved') break;
  return propertiesIn((referee.broken | referee.atEnd) & scene.checked).map((property) => {
    const again = sceneOf(...args);
    const { findings } = traceSchedule(again, movesOfSchedule(again, schedule), property);
    return { property, meaning: PROPERTIES[property], findings };
  });
}
