import type { Thread } from '../machine/thread.js';
import { type Breakpoint, type Hit, Matcher } from './breakpoints.js';
import { framesOf, lineKey } from './listed-instruction.js';
import type { Session } from './session.js';

/** Instructions after which whoever drives a motion is asked whether it is to go on. */
const CHUNK = 4096;

/** How a motion ended: `hits` is empty where it got where it was to go, or to an end of the run. */
export interface Moved {
  readonly hits: readonly Hit[];
  /** r0 of the function that returned. */
  readonly value?: bigint;
  /** Set where it was given up in between. */
  readonly interrupted?: true;
}

/** A motion under way: yields now and then; `true` gives it up. */
export type Motion = Generator<undefined, Moved, boolean | undefined>;

/** Tells whether a run has come where it was to go. */
type Arrived = (session: Session) => boolean;

/** Where a motion sets out from: a frame of a thread, which is known by the offset of its block. */
interface Origin {
  readonly thread: number | undefined;
  readonly depth: number;
  readonly line: string;
  readonly pc: number;
}

function originOf({ thread, kernel }: Session): Origin {
  if (thread === undefined) return { thread, depth: 0, line: '', pc: -1 };
  return {
    thread: thread.at,
    depth: framesOf(kernel, thread).length,
    line: lineKey(kernel, thread),
    pc: thread.pc,
  };
}

/** The run may have been restarted since, so the thread is looked up again. */
function threadAt({ kernel }: Session, at: number | undefined): Thread | undefined {
  return kernel.machine.threads.find((t) => t.at === at);
}

/** The thread runs in at most `most` frames, or no longer. */
function isOut(session: Session, at: number | undefined, most: number): boolean {
  const thread = threadAt(session, at);
  if (thread === undefined || !thread.isBusy) return true;
  return session.thread === thread && framesOf(session.kernel, thread).length <= most;
}

/** Another line than that of `from`, or its beginning again by a jump back. */
function leftLine(session: Session, from: Origin, previous: number): boolean {
  const { thread, kernel } = session;
  if (thread === undefined || thread.at !== from.thread) return true;
  return lineKey(kernel, thread) !== from.line || thread.pc <= previous;
}

/** Goes on until something stops the run or `arrived` is true. */
export function* onward(session: Session, breakpoints: readonly Breakpoint[], arrived?: Arrived): Motion {
  const matcher = new Matcher(session, breakpoints);
  for (let n = 1; session.forward(); n += 1) {
    const hits = matcher.look();
    if (hits.length > 0) return { hits };
    if (arrived?.(session) === true) return { hits: [] };
    if (n % CHUNK === 0 && (yield undefined) === true) return { hits: [], interrupted: true };
  }
  return { hits: [] };
}

/** One instruction. */
const stepInsn = (session: Session, breakpoints: readonly Breakpoint[]): Motion =>
  onward(session, breakpoints, () => true);

/** To the next line, into calls and interrupts. */
export function stepLine(session: Session, breakpoints: readonly Breakpoint[]): Motion {
  const from = originOf(session);
  let previous = from.pc;
  return onward(session, breakpoints, (s) => {
    const left = leftLine(s, from, previous);
    previous = s.thread?.pc ?? -1;
    return left;
  });
}

/** To the next instruction or line of the same frame, over calls, interrupts and other tasks. */
export function next(session: Session, breakpoints: readonly Breakpoint[], byLine: boolean): Motion {
  const from = originOf(session);
  let previous = from.pc;
  return onward(session, breakpoints, (s) => {
    if (!isOut(s, from.thread, from.depth)) return false;
    const left = !byLine || leftLine(s, from, previous);
    if (s.thread?.at === from.thread) previous = s.thread?.pc ?? -1;
    return left;
  });
}

/** Until the function has returned; with what it returns. */
function* finish(session: Session, breakpoints: readonly Breakpoint[]): Motion {
  const { thread, depth } = originOf(session);
  // What called an interrupt's first function is the processor, which wants no value.
  const isHandler = depth === 1 && session.thread?.level !== 0;
  // After its first function a task may begin with the next action at once: then only an event tells.
  const task = depth === 1 ? session.kernel.tasks.find((t) => t.thread.at === thread)?.name : undefined;
  let seen = session.events.length;
  let result: bigint | undefined;
  const moved = yield* onward(session, breakpoints, (s) => {
    for (; seen < s.events.length && result === undefined; seen += 1) {
      const e = s.events[seen]!;
      if (e.kind === 'action_end' && e.task === task) result = e.result;
    }
    return result !== undefined || isOut(s, thread, depth - 1);
  });
  if (result !== undefined) return { ...moved, value: result };
  const returned = threadAt(session, thread);
  const isThrough = moved.hits.length === 0 && moved.interrupted === undefined && returned !== undefined;
  return isThrough && !isHandler && session.outcome === undefined
    ? { ...moved, value: returned.getRegister(0) }
    : moved;
}

/** Finds the last position before `end` for which `look` says so; it is asked at each from `from` on, in order. */
function* lastBefore(
  session: Session,
  end: number,
  begin: (session: Session) => (session: Session) => readonly Candidate[],
): Generator<undefined, Candidate | 'interrupted' | undefined, boolean | undefined> {
  let upTo = end;
  for (;;) {
    const from = session.resumable(upTo);
    session.goTo(from);
    let found: Candidate | undefined;
    const look = begin(session);
    if (from === 0) found = look0(look, session, end);
    let n = 1;
    while (session.position < upTo && session.forward()) {
      for (const c of look(session)) if (c.position < end) found = c;
      if (n % CHUNK === 0 && (yield undefined) === true) return 'interrupted';
      n += 1;
    }
    if (found !== undefined || from === 0) return found;
    upTo = from;
  }
}

/** A place to stop at on the way back. */
interface Candidate {
  readonly position: number;
  readonly hits: readonly Hit[];
}

function look0(
  look: (session: Session) => readonly Candidate[],
  session: Session,
  end: number,
): Candidate | undefined {
  return look(session).findLast((c) => c.position < end);
}

/**
 * Back to where something would have stopped the run, or `arrived` is true of; to the beginning where nothing is. A
 * watchpoint stops before the instruction that changes the value, everything else where it stops on the way forward.
 */
export function* backward(session: Session, breakpoints: readonly Breakpoint[], arrived?: Arrived): Motion {
  const start = session.position;
  const found = yield* lastBefore(session, start, () => {
    const matcher = new Matcher(session, breakpoints);
    return (s) => {
      const { position } = s;
      const hits = matcher.look();
      const watched = hits.filter((h) => h.change !== undefined);
      const others = hits.filter((h) => h.change === undefined);
      const isThere = arrived?.(s) === true;
      return [
        ...(watched.length > 0 ? [{ position: position - 1, hits: watched }] : []),
        ...(others.length > 0 || isThere ? [{ position, hits: others }] : []),
      ];
    };
  });
  if (found === 'interrupted') {
    session.goTo(start);
    return { hits: [], interrupted: true };
  }
  session.goTo(found?.position ?? 0);
  const hits = (found?.hits ?? []).map((h) =>
    h.change === undefined ? h : { ...h, change: [h.change[1], h.change[0]] as const },
  );
  return { hits };
}

/** One instruction back. */
function* reverseStepInsn(session: Session): Motion {
  if ((yield undefined) === true) return { hits: [], interrupted: true };
  session.goTo(session.position - 1);
  return { hits: [] };
}

/** Back to the beginning of the line before, or of this one where the run is in the middle of it. */
export function* reverseStepLine(session: Session): Motion {
  const lineHere = (): string => {
    const { thread, kernel } = session;
    return thread === undefined ? '' : lineKey(kernel, thread);
  };
  session.goTo(session.position - 1);
  const line = lineHere();
  while (session.position > 0) {
    if ((yield undefined) === true) return { hits: [], interrupted: true };
    const { position, thread } = session;
    const pc = thread?.pc ?? -1;
    session.goTo(position - 1);
    if (lineHere() === line && (session.thread?.pc ?? -1) < pc) continue;
    session.goTo(position);
    break;
  }
  return { hits: [] };
}

/** Back over calls and interrupts to the line or instruction before in the same frame, or to what called it. */
export function* reverseNext(session: Session, breakpoints: readonly Breakpoint[], byLine: boolean): Motion {
  const { thread, depth } = originOf(session);
  const moved = yield* backward(session, breakpoints, (s) => isOut(s, thread, depth));
  if (!byLine || moved.hits.length > 0 || session.thread === undefined) return moved;
  const line = lineKey(session.kernel, session.thread);
  const inner = session.thread.at;
  for (let { position, thread: last } = session; position > 0; { position, thread: last } = session) {
    const pc = last?.pc ?? -1;
    const before = yield* backward(session, breakpoints, (s) => isOut(s, inner, depth));
    const now = session.thread;
    const isSame = now?.at === inner && now.pc < pc && lineKey(session.kernel, now) === line;
    if (before.hits.length === 0 && isSame) continue;
    session.goTo(position);
    break;
  }
  return moved;
}

/** Back to the call of this function. */
function reverseFinish(session: Session, breakpoints: readonly Breakpoint[]): Motion {
  const { thread, depth } = originOf(session);
  return backward(session, breakpoints, (s) => isOut(s, thread, depth - 1));
}

/** Motions by instructions, by the names of their commands. */
export const BY_INSTRUCTION = {
  stepi: stepInsn,
  nexti: (session, breakpoints) => next(session, breakpoints, false),
  finish,
  'reverse-stepi': reverseStepInsn,
  'reverse-nexti': (session, breakpoints) => reverseNext(session, breakpoints, false),
  'reverse-finish': reverseFinish,
} as const satisfies Readonly<
  Record<string, (session: Session, breakpoints: readonly Breakpoint[]) => Motion>
>;

/** Carries out a motion without asking whether to go on. */
export function carriedOut(motion: Motion): Moved {
  for (;;) {
    const { done, value } = motion.next();
    if (done === true) return value;
  }
}
