import { MAX_FRAME } from '../frame.js';
import type { KindRow } from '../kinds.js';
import type { Refusal } from '../request.js';
import type { Series } from '../series.js';
import { isFunctionLoad, isHelperCall, isLocalCall, type RawSlot } from './raw.js';
import { type Subprogram, TAIL_CALL } from './subprograms.js';

/** Stack that may be in use where a function is entered that may call another program (check_max_stack_depth_subprog). */
const MOST_BEFORE_TAIL_CALL = 256;
/** A function that uses less has no stack of its own (BPF_PRIV_STACK_MIN_SIZE). */
const LEAST_PRIVATE = 64;

/** What is to be known of a walked program for its stack. */
export interface StackRequest {
  readonly series: Series;
  readonly row: KindRow;
  readonly raws: readonly RawSlot[];
  readonly subprograms: readonly Subprogram[];
  /** Bytes that each function uses. */
  readonly depths: readonly number[];
  /** Functions that are called after the program has returned: they run on a stack of theirs. */
  readonly later: ReadonlySet<number>;
}

/** The most stack that is in use at once, or why that is too much. */
export type StackAnswer =
  | { readonly kind: 'fits'; readonly most: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

class TooMuch extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

function refuse(errno: string, message: string, slot: number): never {
  throw new TooMuch({ errno, message, slot });
}

interface Call {
  readonly slot: number;
  readonly to: number;
  /** Called at once, not handed on to be called. */
  readonly isDirect: boolean;
}

class Measure {
  readonly #request: StackRequest;
  readonly #calls: readonly (readonly Call[])[];
  readonly #tailCalls: readonly boolean[];
  /** Functions that run on the kernel's stack whatever they use, since something that runs later calls them. */
  readonly #shared = new Set<number>();
  /** What was followed already, with the same stack in use. */
  readonly #seen = new Set<string>();
  #most = 0;

  constructor(request: StackRequest) {
    const { raws, subprograms } = request;
    const byStart = new Map(subprograms.map((s, i) => [s.start, i]));
    this.#request = request;
    this.#calls = subprograms.map(({ start, end }) =>
      raws.slice(start, end).flatMap((raw, i): readonly Call[] => {
        if (!isLocalCall(raw) && !isFunctionLoad(raw)) return [];
        const to = byStart.get(start + i + 1 + raw.imm);
        return to === undefined ? [] : [{ slot: start + i, to, isDirect: isLocalCall(raw) }];
      }),
    );
    this.#tailCalls = subprograms.map(({ start, end }) =>
      raws.slice(start, end).some((raw) => isHelperCall(raw) && raw.imm === TAIL_CALL),
    );
  }

  #rounded(bytes: number): number {
    const { stackRounding: unit } = this.#request.series;
    // What the interpreter would take is a frame even for a function that uses none.
    return Math.ceil((unit === 32 ? Math.max(bytes, 1) : bytes) / unit) * unit;
  }

  /** Follows the calls of a function; `before` bytes are in use already, in so many frames. */
  #follow(index: number, before: number, frames: number, hasOwn: boolean): void {
    const { series, depths, later, subprograms } = this.#request;
    const key = `${index} ${before} ${frames} ${hasOwn}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const { start } = subprograms[index]!;
    if (frames > series.maxFrames) refuse('E2BIG', `the call stack of ${frames} frames is too deep !`, start);
    if (frames > 1 && this.#tailCalls[index] === true && before >= MOST_BEFORE_TAIL_CALL) {
      const limit = `tail_calls are not allowed when call stack of previous frames is ${before} bytes. Too large`;
      refuse('EACCES', limit, start);
    }
    if (!hasOwn) this.#shared.add(index);
    const own = this.#rounded(depths[index] ?? 0);
    const isPrivate = hasOwn && !this.#shared.has(index) && own >= LEAST_PRIVATE;
    if (isPrivate && own > MAX_FRAME)
      refuse('EACCES', `stack size of subprog ${index} is ${own}. Too large`, start);
    const used = isPrivate ? before : before + own;
    if (used > MAX_FRAME)
      refuse('EACCES', `combined stack size of ${frames} calls is ${used}. Too large`, start);
    this.#most = Math.max(this.#most, used, isPrivate ? own : 0);
    for (const { to, isDirect } of this.#calls[index]!)
      if (isDirect || !later.has(to)) this.#follow(to, used, frames + 1, hasOwn);
  }

  /** From the last function to the first, so that what runs later has been seen before what calls the same functions. */
  measure(): number {
    const { series, row, later } = this.#request;
    const hasOwn = series.hasPrivateStacks && row.hasPrivateStack && !this.#tailCalls.includes(true);
    for (let index = this.#calls.length - 1; index > 0; index -= 1)
      if (later.has(index)) this.#follow(index, 0, 1, false);
    this.#follow(0, 0, 1, hasOwn);
    return this.#most;
  }
}

/** Whether the functions of a program find room on the stack (check_max_stack_depth, kernel/bpf/verifier.c). */
export function stackDepth(request: StackRequest): StackAnswer {
  try {
    return { kind: 'fits', most: new Measure(request).measure() };
  } catch (error) {
    if (error instanceof TooMuch) return { kind: 'refused', refusal: error.refusal };
    throw error;
  }
}
