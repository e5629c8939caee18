import type { Verdict, VerifyRequest } from '../../../src/verify/request.js';
import type { RecordedFile, RecordedProgram, RecordedResult } from './format.js';
import { requestsFor } from './requests.js';

export type Verifier = (request: VerifyRequest) => Verdict;

/** How a record came out. */
export interface Judged {
  readonly record: RecordedProgram;
  readonly recorded: RecordedResult;
  readonly ours: Verdict;
  readonly outcome: 'agree' | 'refused wrongly' | 'accepted wrongly' | 'not judged';
}

/** What a record is about: of rules the first part of its name, of what was made from one that one's. */
export function topicOf({ id, from, kind }: RecordedProgram): string {
  const [first = '', second] = (from ?? id).split('/');
  return first === 'random' ? kind : second === undefined ? kind : first;
}

/** A message without the numbers of BTF types, which differ from kernel to kernel. */
export const comparable = (message: string): string =>
  message.replaceAll(/(btf_id|type_id|BTF id|type ID)([ =#]*)\d+/gi, '$1$2N');

/** Numbers and names taken out, so that messages of one kind are the same. */
export const kindOfMessage = (message: string): string =>
  message.replaceAll(/-?\b(?:0x[0-9a-f]+|\d+)\b/g, 'N').replaceAll(/\bR\d+\b/g, 'Rn');

function outcomeOf(recorded: RecordedResult, ours: Verdict): Judged['outcome'] {
  if (ours.kind === 'not judged') return 'not judged';
  const isAccepted = ours.kind === 'accepted';
  if (isAccepted === (recorded.rc === 0)) return 'agree';
  return isAccepted ? 'accepted wrongly' : 'refused wrongly';
}

/** Every record of a file that ran on a kernel, verified. */
export function judge(file: RecordedFile, kernel: string, verifier: Verifier): readonly Judged[] {
  const requestOf = requestsFor(file, kernel);
  return file.records.flatMap((record) => {
    const recorded = record.results[kernel];
    if (recorded === undefined || recorded.skip !== undefined) return [];
    const ours = verifier(requestOf(record));
    return [{ record, recorded, ours, outcome: outcomeOf(recorded, ours) }];
  });
}

/** A share of several. */
interface Share {
  readonly of: number;
  readonly good: number;
}

export interface Tally {
  readonly agree: number;
  readonly differ: number;
  readonly acceptedWrongly: number;
  readonly notJudged: number;
  /** Refusals of both with the same errno. */
  readonly errnos: Share;
  /** Recorded refusals that have a message, and of these the ones with ours the same. */
  readonly messages: Share;
  /** Programs that both accept, and of these the ones walked in a number of instructions within a factor of 1.5. */
  readonly walks: Share;
  /** Those that differ, by topic. */
  readonly topics: Readonly<Record<string, number>>;
}

const share = <T>(all: readonly T[], good: (one: T) => boolean): Share => ({
  of: all.length,
  good: all.filter(good).length,
});

const WALK_FACTOR = 1.5;

function isSimilarWalk({ recorded, ours }: Judged): boolean {
  if (ours.kind !== 'accepted') return false;
  const [a, b] = [recorded.insns ?? 0, ours.statistics.processed];
  return a <= b * WALK_FACTOR && b <= a * WALK_FACTOR;
}

const hasSameMessage = ({ recorded, ours }: Judged): boolean =>
  ours.kind === 'refused' && comparable(ours.refusal.message) === comparable(recorded.msg ?? '');

export function tally(judged: readonly Judged[]): Tally {
  const count = (...outcomes: Judged['outcome'][]): number =>
    judged.filter((j) => outcomes.includes(j.outcome)).length;
  const topics: Record<string, number> = {};
  for (const { record, outcome } of judged) {
    if (outcome === 'agree' || outcome === 'not judged') continue;
    const topic = topicOf(record);
    topics[topic] = (topics[topic] ?? 0) + 1;
  }
  const refused = judged.filter((j) => j.recorded.rc !== 0);
  return {
    agree: count('agree'),
    differ: count('accepted wrongly', 'refused wrongly'),
    acceptedWrongly: count('accepted wrongly'),
    notJudged: count('not judged'),
    errnos: share(
      refused.filter((j) => j.ours.kind === 'refused'),
      ({ recorded, ours }) => ours.kind === 'refused' && ours.refusal.errno === recorded.rc,
    ),
    messages: share(
      refused.filter((j) => (j.recorded.msg ?? '') !== ''),
      hasSameMessage,
    ),
    walks: share(
      judged.filter((j) => j.recorded.rc === 0 && j.ours.kind === 'accepted'),
      isSimilarWalk,
    ),
    topics,
  };
}

const percent = ({ good, of }: Share): string => (of === 0 ? '-' : `${((100 * good) / of).toFixed(1)} %`);

/** The line that is printed for each file and kernel. */
export const tallyLine = (name: string, t: Tally): string =>
  `${name}: ${t.agree} agree, ${t.differ} differ, ${t.acceptedWrongly} accepted wrongly, ${t.notJudged} not judged`;

export const detailLine = (t: Tally): string =>
  `  the kernel's errno ${percent(t.errnos)}, its message ${percent(t.messages)}, its walk within ${WALK_FACTOR} ${percent(t.walks)}`;
