import { type Property, propertyBit } from '../lab/properties.js';
import { parseSchedule } from '../replay/parse.js';
import type { Scene } from '../replay/scene.js';
import type { Schedule } from '../replay/schedule.js';
import { movesOfSchedule } from '../replay/schedule-moves.js';
import { InputError, InternalError } from '../text/diagnostic.js';
import { neverEnds } from './endless.js';
import { Referee } from './referee.js';

/** Why a schedule does not break a property on a machine that has just been booted; undefined if it does. */
function whyNot(scene: Scene, schedule: Schedule, property: Property): string | undefined {
  const referee = new Referee(scene);
  let moves = 0;
  let isFault = false;
  for (const move of movesOfSchedule(scene, schedule)) {
    if (isFault) return `it goes on after a fault at move ${moves}`;
    moves += 1;
    const moved = referee.move(move);
    if (moved.kind === 'impossible') return `move ${moves} is not possible: ${moved.why}`;
    isFault = moved.kind === 'fault';
  }
  if (((referee.broken | referee.atEnd) & propertyBit(property)) !== 0) return undefined;
  const isEndless = property === 'no_deadlock' && !isFault && neverEnds(scene, referee.player);
  return isEndless ? undefined : 'it breaks something else or nothing';
}

/**
 * Carries out a counterexample, from the text that is its file, on a machine that has just been booted. Throws
 * `InternalError` if it does not break what it was found for: a search that is wrong is to say so, and not to report it.
 */
export function confirm(scene: Scene, text: string, property: Property): void {
  const why = reasonAgainst(scene, text, property);
  if (why === undefined) return;
  throw new InternalError(`the schedule that was found to break ${property} does not: ${why}`, [
    'the schedule:',
    ...text.trimEnd().split('\n'),
  ]);
}

function reasonAgainst(scene: Scene, text: string, property: Property): string | undefined {
  try {
    return whyNot(scene, parseSchedule({ name: 'the schedule that was found', text }), property);
  } catch (e) {
    if (e instanceof InputError) return e.message;
    throw e;
  }
}
