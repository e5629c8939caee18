import { FORMS, type RegisterUse } from '../isa/forms.js';
import { WalkLog } from './log/log.js';
import { wordsOf } from './log/words.js';
import { type CheckedProgram, checkProgram } from './program/check.js';
import { stackDepth } from './program/depth.js';
import type { Branch, Statistics, Verdict, VerifyRequest } from './request.js';
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

/** The last branches on the way to where a walk has ended. */
const branchesOf = ({ path, code }: Walk): Branch[] =>
  path.last.map(({ slot, isTaken, dst, src }) => {
    const insn = code.insns[slot];
    if (insn === undefined) return { slot, isTaken, known: [] };
    const { op } = insn;
    const reads: readonly RegisterUse[] = FORMS[op.form].reads;
    const width = op.width === 32 ? 32 : 64;
    const known = [
      ...(reads.includes('dst') ? wordsOf(insn.dst, dst, width) : []),
      ...(reads.includes('src') ? wordsOf(insn.src, src, width) : []),
    ];
    return { slot, isTaken, known };
  });

const NOTHING: Statistics = { processed: 0, totalStates: 0, peakStates: 0, maxStates: 0, stackDepth: 0 };

/** Walks a program, and asks afterwards whether its functions find room on the stack. */
function walkProgram(request: VerifyRequest, program: CheckedProgram, log?: WalkLog): Verdict {
  const walk = new Walk(request, codeOf(request, program), log);
  try {
    walkWhole(walk);
  } catch (error) {
    if (error instanceof NotJudged) return { kind: 'not judged', why: error.message };
    if (!(error instanceof Refused)) throw error;
    for (const line of error.lines) log?.write(line);
    const refusal = {
      errno: error.errno,
      message: error.message,
      slot: walk.slot,
      before: error.lines.slice(0, -1),
      way: { branches: walk.path.count, last: branchesOf(walk) },
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

/** The kernel's last line on what a walk took. */
const statisticsLine = (s: Statistics): string =>
  `processed ${s.processed} insns (limit 1000000) max_states_per_insn ${s.maxStates} total_states ${s.totalStates} peak_states ${s.peakStates} mark_read 0`;

/** Whether Linux would load a program, and if not, why. */
export function verify(request: VerifyRequest): Verdict {
  return verifyWithLog(request).verdict;
}

/** The same with the log of the walk in the kernel's format, as its log level 1 or 2 has it; none without a level. */
export function verifyWithLog(
  request: VerifyRequest,
  level?: 1 | 2,
): { readonly verdict: Verdict; readonly log: readonly string[] } {
  const answer = checkProgram(request);
  if (answer === undefined) {
    return { verdict: { kind: 'not judged', why: 'programs of this kind' }, log: [] };
  }
  if (answer.kind === 'refused') {
    const verdict = { ...answer, statistics: NOTHING };
    return { verdict, log: [answer.refusal.message, statisticsLine(NOTHING)] };
  }
  const log = level === undefined ? undefined : new WalkLog(level);
  const verdict = walkProgram(request, answer.program, log);
  const end = verdict.kind === 'not judged' ? [] : [statisticsLine(verdict.statistics)];
  return { verdict, log: log === undefined ? [] : [...log.lines, ...end] };
}
