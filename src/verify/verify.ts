import { type CheckedProgram, checkProgram } from './program/check.js';
import { stackDepth } from './program/depth.js';
import type { Statistics, Verdict, VerifyRequest } from './request.js';
import { codeOf } from './walk/code.js';
import { NotJudged, Refused } from './walk/refused.js';
import { Walk } from './walk/walk.js';
import { walkWhole } from './walk/whole.js';

function statisticsOf(walk: Walk): Statistics {
  return {
    processed: walk.processed,
    totalStates: walk.totalStates,
    peakStates: walk.peakStates,
    maxStates: walk.maxStates,
    stackDepth: Math.max(0, ...walk.stackDepths),
  };
}

const NOTHING: Statistics = { processed: 0, totalStates: 0, peakStates: 0, maxStates: 0, stackDepth: 0 };

/** Walks a program, and asks afterwards whether its functions find room on the stack. */
function walkProgram(request: VerifyRequest, program: CheckedProgram): Verdict {
  const walk = new Walk(request, codeOf(request, program));
  try {
    walkWhole(walk);
  } catch (error) {
    if (error instanceof NotJudged) return { kind: 'not judged', why: error.message };
    if (!(error instanceof Refused)) throw error;
    const refusal = {
      errno: error.errno,
      message: error.message,
      slot: walk.slot,
      before: error.lines.slice(0, -1),
      path: [...walk.path],
    };
    return { kind: 'refused', refusal, statistics: statisticsOf(walk) };
  }
  const stack = stackDepth({
    ...program,
    series: request.series,
    depths: walk.stackDepths,
    later: walk.asyncCallbacks,
  });
  const statistics = statisticsOf(walk);
  return stack.kind === 'refused'
    ? { ...stack, statistics }
    : { kind: 'accepted', statistics: { ...statistics, stackDepth: stack.most } };
}

/** Whether Linux would load a program, and if not, why. */
export function verify(request: VerifyRequest): Verdict {
  const answer = checkProgram(request);
  if (answer === undefined) return { kind: 'not judged', why: 'a kind of program that is not known' };
  if (answer.kind === 'refused') return { ...answer, statistics: NOTHING };
  return walkProgram(request, answer.program);
}
