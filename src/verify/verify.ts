import { isSleepable, type Statistics, type Verdict, type VerifyRequest } from './request.js';
import { Frame } from './state/frame.js';
import { pointer } from './state/register.js';
import { State } from './state/state.js';
import { codeOf } from './walk/code.js';
import { NotJudged, Refused } from './walk/refused.js';
import { walkPaths } from './walk/step.js';
import { Walk } from './walk/walk.js';

function statisticsOf(walk: Walk): Statistics {
  return {
    processed: walk.processed,
    totalStates: walk.totalStates,
    peakStates: walk.peakStates,
    maxStates: walk.maxStates,
    stackDepth: Math.max(0, ...walk.stackDepths),
  };
}

/** Walks the program from its beginning, with the context in r1. */
function walkMain(walk: Walk): void {
  const state = new State();
  state.isSleepable = isSleepable(walk.request);
  state.frames = [new Frame(-1, 0, 0)];
  state.frame.registers[1] = pointer('ctx');
  walk.state = state;
  walk.slot = 0;
  walkPaths(walk);
}

/** Whether Linux would load a program, and if not, why. */
export function verify(request: VerifyRequest): Verdict {
  let walk: Walk | undefined;
  try {
    walk = new Walk(request, codeOf(request));
    walkMain(walk);
    return { kind: 'accepted', statistics: statisticsOf(walk) };
  } catch (error) {
    if (error instanceof NotJudged) return { kind: 'not judged', why: error.message };
    if (!(error instanceof Refused) || walk === undefined) throw error;
    const refusal = { errno: error.errno, message: error.message, slot: walk.slot };
    return { kind: 'refused', refusal, statistics: statisticsOf(walk) };
  }
}
