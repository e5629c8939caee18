import type { Random } from '../../fuzz/random.js';

/** Ways of reading a place, of writing it, and kinds of sections: see `Pieces`. */
const READS = ['load', 'acquire', 'fetch', 'probe', 'signed', 'cmpxchg', 'xchg'] as const;
const WRITES = ['imm', 'reg', 'release', 'rmw', 'logic', 'leaf', 'twice', 'add'] as const;
const SECTIONS = ['preempt', 'irq', 'bh', 'rcu'] as const;
export type Read = (typeof READS)[number];
export type Write = (typeof WRITES)[number];
export type Section = (typeof SECTIONS)[number];
export type Kind =
  | 'free'
  | 'late'
  | 'pulsing'
  | 'publisher'
  | 'follower'
  | 'masked'
  | 'copier'
  | 'asker'
  | 'racer';

/** What labs of a kind have more of than chance would give them. Lists are drawn from: what is listed twice comes twice as often. */
export interface Theme {
  /** Of how many labs among all. */
  readonly weight: number;
  /** Who acts, `i` being an interrupt and others tasks, and what each does. */
  readonly casts: readonly (readonly [who: string, ...does: Kind[]])[];
  readonly reads?: readonly Read[];
  readonly writes?: readonly Write[];
  readonly sections?: readonly Section[];
  readonly levels?: readonly ('hardirq' | 'nmi' | 'softirq')[];
  readonly kernels?: readonly string[];
  readonly secrets?: readonly ('word' | 'percpu' | 'map')[];
  /** Of a hundred labs, how many have a condition on the words that all share. */
  readonly claimed?: number;
  /** Of a hundred, how many have a guard. */
  readonly guarded?: number;
}

/** Each is a kind of order, or of what conflicts, that a search may overlook; see README.md. */
export const THEMES: Readonly<Record<string, Theme>> = {
  anything: {
    weight: 40,
    casts: [
      ['AB', 'late', 'pulsing'],
      ['AB', 'late', 'late'],
      ['AB', 'publisher', 'follower'],
      ['AB', 'masked', 'copier'],
      ['AB', 'free', 'free'],
      ['AB', 'free', 'free'],
      ['AB', 'free', 'racer'],
      ['AB', 'free', 'late'],
      ['AB', 'free', 'copier'],
      ['Ai', 'late', 'pulsing'],
      ['Ai', 'free', 'copier'],
      ['Ai', 'free', 'asker'],
      ['Ai', 'free', 'free'],
      ['Ai', 'free', 'follower'],
      ['Ai', 'racer', 'free'],
      ['ABi', 'free', 'free', 'asker'],
      ['ABi', 'masked', 'copier', 'copier'],
      ['ABC', 'late', 'pulsing', 'pulsing'],
      ['ABC', 'late', 'pulsing', 'late'],
      ['ABC', 'free', 'free', 'free'],
      ['Aii', 'free', 'free', 'copier'],
    ],
    claimed: 30,
    guarded: 25,
  },
  /** Who adds to a place looks at it later, where another lets it. */
  adds: {
    weight: 13,
    casts: [
      ['AB', 'late', 'pulsing'],
      ['AB', 'late', 'pulsing'],
      ['AB', 'late', 'pulsing'],
      ['AB', 'late', 'late'],
      ['Ai', 'late', 'pulsing'],
      ['ABC', 'late', 'pulsing', 'pulsing'],
    ],
    writes: ['add', 'add', 'add', 'add', 'add', 'rmw'],
    secrets: ['word', 'word', 'percpu'],
  },
  /** Addresses are known for a while. */
  addresses: {
    weight: 10,
    casts: [
      ['AB', 'publisher', 'follower'],
      ['AB', 'publisher', 'follower'],
      ['AB', 'follower', 'publisher'],
      ['Ai', 'publisher', 'follower'],
      ['Ai', 'follower', 'publisher'],
      ['ABC', 'publisher', 'follower', 'free'],
    ],
  },
  /** Both read and write one place, by operations of every form. */
  atomics: {
    weight: 10,
    casts: [
      ['AB', 'racer', 'racer'],
      ['AB', 'racer', 'racer'],
      ['AB', 'racer', 'copier'],
      ['Ai', 'racer', 'racer'],
    ],
    reads: ['acquire', 'fetch', 'cmpxchg', 'cmpxchg', 'xchg', 'load'],
    writes: ['release', 'logic', 'twice', 'reg', 'imm'],
    secrets: ['word', 'word', 'percpu'],
  },
  /** Helpers read and write what others have access to. */
  leaves: {
    weight: 9,
    casts: [
      ['AB', 'racer', 'racer'],
      ['AB', 'racer', 'copier'],
      ['Ai', 'racer', 'copier'],
    ],
    reads: ['probe', 'load'],
    writes: ['leaf', 'leaf', 'twice', 'imm'],
    secrets: ['word', 'word', 'map'],
  },
  /** Something happens before others are kept away, and something inside. */
  masks: {
    weight: 10,
    casts: [
      ['Ai', 'masked', 'copier'],
      ['Ai', 'masked', 'copier'],
      ['Ai', 'masked', 'copier'],
      ['AB', 'masked', 'copier'],
      ['AB', 'masked', 'masked'],
      ['ABi', 'masked', 'copier', 'copier'],
    ],
    reads: ['load', 'load', 'probe'],
    writes: ['imm', 'imm', 'rmw', 'twice', 'leaf'],
    sections: ['irq', 'irq', 'bh', 'bh', 'preempt'],
    levels: ['hardirq', 'hardirq', 'softirq', 'softirq', 'nmi'],
    secrets: ['word'],
  },
  /** Interrupts ask where they are and on top of whom. */
  asks: {
    weight: 6,
    casts: [
      ['Ai', 'masked', 'asker'],
      ['Ai', 'masked', 'asker'],
      ['Aii', 'masked', 'asker', 'asker'],
      ['ABi', 'masked', 'free', 'asker'],
      ['AB', 'asker', 'masked'],
    ],
    sections: ['bh', 'preempt', 'preempt', 'rcu', 'irq'],
  },
  /** Softirqs that a thread serves. */
  softirqs: {
    weight: 5,
    casts: [
      ['Ai', 'racer', 'copier'],
      ['Ai', 'racer', 'racer'],
      ['Ai', 'masked', 'copier'],
      ['AB', 'racer', 'copier'],
    ],
    reads: ['load'],
    writes: ['imm', 'twice', 'rmw'],
    levels: ['softirq'],
    kernels: ['arm64-7.3-rt', 'arm64-7.3-rt', 'amd64-7.3-rt'],
    secrets: ['word'],
  },
};

/** One of some things by weight. */
export function weighted<T extends { readonly weight: number }>(random: Random, things: readonly T[]): T {
  const total = things.reduce((sum, t) => sum + t.weight, 0);
  let n = random.between(1, total);
  for (const t of things) {
    n -= t.weight;
    if (n <= 0) return t;
  }
  throw new Error('nothing to choose from');
}
