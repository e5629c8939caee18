import type { Block, Gate, PlacedOp, Stream } from './graph.js';
import { baseOf, WIDEST } from './groups.js';
import { writes } from './live.js';

/** A sum of registers as they are when a round of a loop begins, each times a number, and a constant. */
interface Sum {
  readonly times: ReadonlyMap<number, number>;
  readonly plus: number;
  /** Registers that must be below 2^32 for it when so much is added to them: only their lower halves have been used. */
  readonly low: ReadonlyMap<number, number>;
}

/** What has to hold before some rounds of a loop, and the accesses that need no test then, by block and place in it. */
interface Streams extends Pick<Gate, 'streams' | 'below'> {
  readonly proved: ReadonlyMap<Block, ReadonlySet<number>>;
}

/** Sums of more registers, or times larger numbers, are not looked at. */
const MOST_TERMS = 3;
const MOST_TIMES = 1 << 16;
const MOST_PLUS = 1 << 28;
/** Streams tested at one gate. */
const MOST_STREAMS = 4;

type Known = readonly (Sum | undefined)[];

const constant = (plus: number): Sum => ({ times: new Map(), plus, low: new Map() });

const START: Known = Array.from({ length: 10 }, (_, n) => ({
  times: new Map([[n, 1]]),
  plus: 0,
  low: new Map(),
}));

function add(a: Sum, b: Sum, sign: 1 | -1): Sum | undefined {
  const times = new Map(a.times);
  for (const [n, by] of b.times) {
    const sum = (times.get(n) ?? 0) + sign * by;
    if (sum === 0) times.delete(n);
    else times.set(n, sum);
  }
  return tidy({ times, plus: a.plus + sign * b.plus, low: both(a.low, b.low) });
}

/** All of two conditions on registers. */
function both(a: Sum['low'], b: Sum['low']): Sum['low'] {
  if (b.size === 0) return a;
  const all = new Map(a);
  for (const [n, plus] of b) all.set(n, Math.max(all.get(n) ?? 0, plus));
  return all;
}

function tidy(sum: Sum): Sum | undefined {
  const isSmall =
    sum.times.size <= MOST_TERMS &&
    Math.abs(sum.plus) <= MOST_PLUS &&
    [...sum.times.values()].every((by) => Math.abs(by) <= MOST_TIMES);
  return isSmall ? sum : undefined;
}

/** What a register holds where two ways meet; undefined where that is not the same. */
function meet(a: Sum | undefined, b: Sum | undefined): Sum | undefined {
  if (a === undefined || b === undefined || a.plus !== b.plus || a.times.size !== b.times.size)
    return undefined;
  if ([...a.times].some(([n, by]) => b.times.get(n) !== by)) return undefined;
  return { ...a, low: both(a.low, b.low) };
}

/** Finds what registers hold in a round of a loop. */
class Round {
  readonly #head: Block;
  readonly #body: ReadonlySet<Block>;
  readonly #before = new Map<Block, Known>();
  /** What every register is when the round is over; undefined until one way back has been seen. */
  #after: Known | undefined;

  constructor(head: Block, body: ReadonlySet<Block>) {
    this.#head = head;
    this.#body = body;
    this.#before.set(head, START);
    for (const block of [...body].toSorted((a, b) => a.order - b.order)) this.#pass(block);
  }

  #pass(block: Block): void {
    const known = this.known(block, block.ops.length);
    for (const { to } of block.out) {
      if (to === this.#head) this.#after = this.#meet(this.#after, known);
      else if (this.#body.has(to)) this.#before.set(to, this.#meet(this.#before.get(to), known));
    }
  }

  #meet(a: Known | undefined, b: Known): Known {
    return a === undefined ? b : a.map((sum, n) => meet(sum, b[n]));
  }

  /** What is known before the k-th instruction of a block. */
  known(block: Block, k: number): Known {
    const known = [...(this.#before.get(block) ?? [])];
    for (const it of block.ops.slice(0, k)) this.#carryOut(it, known);
    return known;
  }

  #carryOut(it: PlacedOp, known: (Sum | undefined)[]): void {
    const { dst } = it;
    const result = dst < 10 ? this.#result(it, known) : undefined;
    const changed = writes(it);
    for (let n = 0; n < 10; n += 1) if ((changed & (1 << n)) !== 0) known[n] = undefined;
    if (dst < 10) known[dst] = (changed & (1 << dst)) === 0 ? known[dst] : result;
  }

  #result(it: PlacedOp, known: Known): Sum | undefined {
    const { op, dst, src, imm } = it;
    const d = known[dst];
    const s = op.form.endsWith('_reg') ? known[src] : constant(imm);
    if (op.form === 'mov_imm' || op.form === 'mov_reg') return op.width === 64 ? s : this.#low(s);
    if ((op.form !== 'alu_imm' && op.form !== 'alu_reg') || d === undefined || s === undefined)
      return undefined;
    if (op.text === '+=') {
      const sum = add(d, s, 1);
      return op.width === 64 ? sum : this.#low(sum);
    }
    if (op.width !== 64) return undefined;
    if (op.text === '-=') return add(d, s, -1);
    if (op.text !== '<<=' || op.form !== 'alu_imm') return undefined;
    const by = 2 ** (imm & 63);
    return tidy({ ...d, times: new Map([...d.times].map(([n, t]) => [n, t * by])), plus: d.plus * by });
  }

  /** The lower half of a sum: the sum itself where it is one register that counts up and stays below 2^32. */
  #low(sum: Sum | undefined): Sum | undefined {
    if (sum === undefined || sum.plus < 0) return undefined;
    const [term, ...more] = sum.times;
    if (term === undefined) return sum;
    if (more.length > 0 || term[1] !== 1) return undefined;
    return { ...sum, low: both(sum.low, new Map([[term[0], sum.plus]])) };
  }

  /** What a register is after a round if that is what it was and a constant: it grows by that. */
  grown(n: number): Sum | undefined {
    const sum = this.#after?.[n];
    return sum?.times.size === 1 && sum.times.get(n) === 1 ? sum : undefined;
  }
}

const ones = (count: number): bigint => (1n << BigInt(count)) - 1n;

/** An access in a round. */
interface Part {
  readonly block: Block;
  readonly k: number;
  /** Its first byte in the first round, from the sum of the registers on; and by how much that grows. */
  readonly at: number;
  readonly step: number;
  readonly size: number;
}

/** A loop of which so many rounds follow each other. */
interface Rounds {
  readonly head: Block;
  readonly body: ReadonlySet<Block>;
  readonly rounds: number;
  /** Tells blocks that every round goes through. */
  readonly isSure: (block: Block) => boolean;
  /** Tells accesses that must be tested on their own. */
  readonly isAlone: (it: PlacedOp) => boolean;
}

/** Accesses whose addresses have the same registers in them. */
interface Candidate {
  readonly times: Sum['times'];
  readonly parts: Part[];
  low: Sum['low'];
}

function candidates({ head, body, isSure, isAlone }: Rounds, round: Round): Iterable<Candidate> {
  const found = new Map<string, Candidate>();
  for (const block of body) {
    if (block !== head && !isSure(block)) continue;
    for (const [k, it] of block.ops.entries()) {
      const base = baseOf(it);
      if (base === undefined || base >= 10 || isAlone(it)) continue;
      const sum = round.known(block, k)[base];
      if (sum === undefined || sum.times.size === 0) continue;
      const grown = [...sum.times].map(([n, by]) => ({ by, after: round.grown(n) }));
      if (grown.some((g) => g.after === undefined)) continue;
      const step = grown.reduce((all, { by, after }) => all + by * after!.plus, 0);
      const low = grown.reduce((all, { after }) => both(all, after!.low), sum.low);
      const key = [...sum.times].toSorted(([a], [b]) => a - b).join(' ');
      const candidate: Candidate = found.get(key) ?? { times: sum.times, parts: [], low: new Map() };
      candidate.parts.push({ block, k, at: sum.plus + it.off, step, size: it.op.size });
      candidate.low = both(candidate.low, low);
      found.set(key, candidate);
    }
  }
  return found.values();
}

/** The bytes that some accesses touch in all rounds. */
function streamOf({ times, parts }: Candidate, rounds: number): Stream | undefined {
  const places = parts.flatMap(({ at, size, step }) =>
    Array.from({ length: rounds }, (_, i) => ({ start: at + i * step, size })),
  );
  const from = Math.min(...places.map((p) => p.start));
  const span = Math.max(...places.map((p) => p.start + p.size)) - from;
  if (span > WIDEST) return undefined;
  const bytes = places.reduce((set, { start, size }) => set | (ones(size) << BigInt(start - from)), 0n);
  return { times, from, span, bytes };
}

const NO_STREAMS: Streams = { streams: [], below: new Map(), proved: new Map() };

/** Finds the streams of some rounds of a loop. */
export function findStreams(loop: Rounds): Streams {
  if ([...loop.body].every((block) => block.ops.every((it) => baseOf(it) === undefined))) return NO_STREAMS;
  const round = new Round(loop.head, loop.body);
  const streams: Stream[] = [];
  const proved = new Map<Block, Set<number>>();
  let low: Sum['low'] = new Map();
  for (const candidate of candidates(loop, round)) {
    const stream = streams.length === MOST_STREAMS ? undefined : streamOf(candidate, loop.rounds);
    // A register whose lower half is counted with must count up.
    const counts = [...candidate.low.keys()].every((n) => (round.grown(n)?.plus ?? -1) >= 0);
    if (stream === undefined || !counts) continue;
    streams.push(stream);
    low = both(low, candidate.low);
    for (const { block, k } of candidate.parts) proved.set(block, (proved.get(block) ?? new Set()).add(k));
  }
  const below = new Map(
    [...low].map(([n, plus]) => [n, 0xffff_ffff - plus - round.grown(n)!.plus * loop.rounds]),
  );
  return { streams, below, proved };
}
