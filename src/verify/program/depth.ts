import type { RawSlot } from '../../isa/decode.js';
import { MAX_FRAME } from '../frame.js';
import type { KindRow } from '../kinds.js';
import type { Refusal } from '../request.js';
import type { Series } from '../series.js';
import { isHelperCall } from './raw.js';
import { type LocalCall, localCalls, type Subprogram, TAIL_CALL } from './subprograms.js';

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

const refused = (errno: string, message: string, slot: number): Refusal => ({ errno, message, slot });

class Measure {
  readonly #request: StackRequest;
  readonly #calls: readonly (readonly LocalCall[])[];
  readonly #tailCalls: readonly boolean[];
  /** Functions that run on the kernel's stack whatever they use, since something that runs later calls them. */
  readonly #shared = new Set<number>();
  /** What was followed already, with the same stack in use. */
  readonly #seen = new Set<string>();
  #most = 0;

  constructor(request: StackRequest) {
    const { raws, subprograms } = request;
    this.#request = request;
    this.#calls = localCalls(raws, subprograms);
    this.#tailCalls = subprograms.map(({ start, end }) =>
      raws.slice(start, end).some((raw) => isHelperCall(raw) && raw.imm === TAIL_CALL),
    );
  }

  #rounded(bytes: number): number {
    const { stackRounding: unit } = this.#request.series;
    // What the interpreter would take is a frame even for a function that uses none.
    return Math.ceil((unit === 32 ? Math.max(bytes, 1) : bytes) / unit) * unit;
  }

  /** Follows the calls of a function; `before` bytes are in use already, in so many frames. Gives what is wrong. */
  #follow(index: number, before: number, frames: number, hasOwn: boolean): Refusal | undefined {
    const { series, depths, later, subprograms } = this.#request;
    const key = `${index} ${before} ${frames} ${hasOwn}`;
    if (this.#seen.has(key)) return undefined;
    this.#seen.add(key);
    const { start } = subprograms[index]!;
    if (frames > series.maxFrames)
      return refused('E2BIG', `the call stack of ${frames} frames is too deep !`, start);
    if (frames > 1 && this.#tailCalls[index] === true && before >= MOST_BEFORE_TAIL_CALL) {
      const limit = `tail_calls are not allowed when call stack of previous frames is ${before} bytes. Too large`;
      return refused('EACCES', limit, start);
    }
    if (!hasOwn) this.#shared.add(index);
    const own = this.#rounded(depths[index] ?? 0);
    const isPrivate = hasOwn && !this.#shared.has(index) && own >= LEAST_PRIVATE;
    if (isPrivate && own > MAX_FRAME)
      return refused('EACCES', `stack size of subprog ${index} is ${own}. Too large`, start);
    const used = isPrivate ? before : before + own;
    if (used > MAX_FRAME)
      return refused('EACCES', `combined stack size of ${frames} calls is ${used}. Too large`, start);
    this.#most = Math.max(this.#most, used, isPrivate ? own : 0);
    for (const { to, isDirect } of this.#calls[index]!) {
      const below = isDirect || !later.has(to) ? this.#follow(to, used, frames + 1, hasOwn) : undefined;
      if (below !== undefined) return below;
    }
    return undefined;
  }

  /** From the last function to the first, so that what runs later has been seen before what calls the same functions. */
  measure(): StackAnswer {
    const { series, row, later } = this.#request;
    const hasOwn = series.hasPrivateStacks && row.hasPrivateStack && !this.#tailCalls.includes(true);
    for (let index = this.#calls.length - 1; index > 0; index -= 1)
      if (later.has(index)) {
        const refusal = this.#follow(index, 0, 1, false);
        if (refusal !== undefined) return { kind: 'refused', refusal };
      }
    const refusal = this.#follow(0, 0, 1, hasOwn);
    return refusal === undefined ? { kind: 'fits', most: this.#most } : { kind: 'refused', refusal };
  }
}

/** Whether the functions of a program find room on the stack (check_max_stack_depth, kernel/bpf/verifier.c). */
export const stackDepth = (request: StackRequest): StackAnswer => new Measure(request).measure();
