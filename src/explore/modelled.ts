import { isUnderLock, leafEffect } from '../kernel/leaves.js';
import type { Scene } from '../replay/scene.js';
import { plural } from '../text/numbers.js';
import { LEAF, leafKind } from './reduce/leaves.js';

/** What of a scenario decides which bounds of the model concern it. */
export interface Facts {
  readonly scene: Scene;
  /** Leaves that have been called, by name. */
  readonly called: readonly string[];
  /** Whether an interrupt asks which task it came on top of. */
  readonly isLooking: boolean;
}

/** Something that is left out of the model or made simpler, so that nobody takes a proof for more than it is. */
export interface Modelled {
  readonly bound: Bound;
  readonly text: string;
}

/** It reads the clock, too. */
type Row = (facts: Facts) => string | false;

const LEVELS = { softirq: 'softirqs', hardirq: 'hardirqs', nmi: 'NMIs' } as const;

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)!}`;
}

const oneStep = (called: readonly string[], isLocked: boolean): readonly string[] =>
  called.filter((name) => leafKind(name) === LEAF.other && isUnderLock(name) === isLocked).sort();

/** Everything that is left out or made simpler, in the order in which it is printed: what it is, where it matters. */
const BOUNDS = {
  instructions: () => 'every instruction is one step',
  leaves: ({ called }) => {
    const leaves = oneStep(called, false);
    return leaves.length > 0 && `each of these is one step and takes no lock: ${leaves.join(', ')}`;
  },
  locked: ({ called }) => {
    const leaves = oneStep(called, true);
    return (
      leaves.length > 0 && `each of these is one step, of a table whose locks are taken: ${leaves.join(', ')}`
    );
  },
  memory: ({ scene }) => scene.kernel.cpus > 1 && 'memory is sequentially consistent (no store is delayed)',
  migration: ({ scene }) => scene.kernel.cpus > 1 && 'tasks stay on their CPU',
  interrupts: ({ scene: { sources } }) => {
    const levels = (['hardirq', 'softirq', 'nmi'] as const).filter((l) =>
      sources.some((s) => s.planned === l),
    );
    return levels.length === 0
      ? 'no interrupt comes'
      : `${listed(levels.map((l) => LEVELS[l]))} come before any instruction, at most as often as \`may\` says, and no other interrupt`;
  },
  nested_nmis: ({ scene: { sources, kernel } }) => {
    const nmis = sources.reduce((n, s) => n + (s.level === 'nmi' ? s.times : 0), 0);
    const most = kernel.model.maxNmis;
    return nmis > most && `at most ${plural(most, 'NMI', 'NMIs on top of each other')} on a CPU at a time`;
  },
  switches: ({ isLooking }) =>
    isLooking && 'whoever is switched to executes an instruction before an interrupt comes',
  rcu_readers: ({ scene }) => `RCU readers ${scene.kernel.model.preemptRcu ? 'can' : 'cannot'} be preempted`,
  clock: ({ called }) =>
    called.some((name) => ['clock', 'timer'].includes(leafEffect(name))) && 'the clock stands still',
  zero_reads: ({ scene }) =>
    scene.kernel.machine.zeroReads.size > 0 && 'loads through kernel pointers that lead nowhere read 0',
  timers: ({ called }) => called.some((name) => leafEffect(name) === 'timer') && 'no timer expires',
} as const satisfies Record<string, Row>;

type Bound = keyof typeof BOUNDS;

/** The bounds that concern a scenario. */
export function modelledOf(facts: Facts): readonly Modelled[] {
  return (Object.keys(BOUNDS) as Bound[]).flatMap((bound) => {
    const row: Row = BOUNDS[bound];
    const text = row(facts);
    return text === false ? [] : [{ bound, text }];
  });
}
