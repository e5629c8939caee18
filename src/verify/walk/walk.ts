import type { WalkLog } from '../log/log.js';
import type { Branching } from '../range/compare.js';
import type { Scalar } from '../range/scalar.js';
import { PROGRAM_FLAGS, type VerifyRequest } from '../request.js';
import { Frame } from '../state/frame.js';
import { knownScalar, NONE, type Register } from '../state/register.js';
import { type HistoryEntry, type Linked, type StackPlace, State } from '../state/state.js';
import type { Code } from './code.js';
import { PairedIds } from './paired-ids.js';
import { Path } from './path.js';
import { refuse } from './refused.js';
import { Results } from './results.js';
import type { Visit } from './visit.js';
import { Wanted } from './wanted.js';

/** Paths that may wait to be walked (BPF_COMPLEXITY_LIMIT_JMP_SEQ). */
const MAX_PENDING = 8192;

const NOT_LINKED: readonly Linked[] = [];

interface Pending {
  readonly state: State;
  readonly slot: number;
  readonly previous: number;
  /** Lines of the log when it was put aside. */
  readonly logged: number;
  readonly path: Path;
}

/** A walk over all paths of a program, and what it has found so far (`struct bpf_verifier_env`). */
export class Walk {
  readonly request: VerifyRequest;
  readonly code: Code;
  /** Pointers may be given away (CAP_PERFMON). */
  readonly allowsLeaks: boolean;
  /** Bytes of the stack may be read below all that were written. */
  readonly allowsUnwritten: boolean;
  readonly isStrict: boolean;
  state = new State(new Frame(-1, 0, 0));
  slot = 0;
  /** The instruction walked before this one; and, while this one is carried out, this one. */
  previous = -1;
  from = -1;
  /** Instructions, and jumps among them, that were walked; and so many when a state was last kept. */
  processed = 0;
  jumps = 0;
  processedBefore = 0;
  jumpsBefore = 0;
  totalStates = 0;
  keptStates = 0;
  /** Not compared with any more, but still the past of others. */
  unlistedStates = 0;
  peakStates = 0;
  maxStates = 0;
  readonly kept = new Map<number, State[]>();
  /** Of each slot: the register by which a state was found to be unlike a kept one the last time, which is looked at first. */
  readonly suspects: Uint8Array;
  readonly visits = new Map<number | string, Visit>();
  /** Kind and flags of the pointer that an instruction has used. */
  readonly usedKinds = new Map<number, { readonly kind: Register['kind']; readonly flags: number }>();
  /** Bytes of stack of each subprogram, and which run later than their caller. */
  readonly stackDepths: number[];
  readonly asyncCallbacks = new Set<number>();
  readonly calledGlobals = new Set<number>();
  /** Helpers that the program may call, of those that it was asked of. */
  readonly allowedHelpers = new Set<number>();
  /** How arithmetic on pointers is to be masked, by the instruction. */
  readonly limits = new Map<number, { readonly how: string; readonly limit: bigint }>();
  /** Instructions that no processor runs ahead of what it knows. */
  readonly barriers = new Set<number>();
  /** What arithmetic and comparisons came to. */
  readonly scalars: Results<Scalar>;
  readonly sides: Results<Branching>;
  entry: HistoryEntry | undefined;
  path = new Path();
  /** Undefined if nobody reads it. */
  readonly log: WalkLog | undefined;
  #pending: Pending[] = [];
  #ids = 0;
  readonly #numbers = new Map<number, Register>();
  readonly #numberAt: (Register | undefined)[];
  /** Places on the stack that were noted, by frame and slot: one object each. */
  readonly #places: StackPlace[][] = [];
  readonly #wanted = new Wanted();
  readonly #paired = new PairedIds();

  constructor(request: VerifyRequest, code: Code, log?: WalkLog) {
    this.log = log;
    this.request = request;
    this.code = code;
    this.allowsLeaks = request.capabilities !== 'bpf';
    this.allowsUnwritten = this.allowsLeaks && request.series.readsUnwrittenStack;
    this.isStrict = (request.kind.flags & PROGRAM_FLAGS.strictAlignment) !== 0;
    this.#numberAt = new Array<Register | undefined>(code.length).fill(undefined);
    this.scalars = new Results(code.length);
    this.sides = new Results(code.length);
    this.suspects = new Uint8Array(code.length + 1);
    this.stackDepths = code.subprograms.map(() => 0);
  }

  /** Nothing yet that is looked for from the innermost function of the state, or from another frame. What was looked for before is gone. */
  wanted(frame = this.state.frames.length - 1): Wanted {
    return this.#wanted.begin(frame);
  }

  /** No ids of two states yet that are the same in both. What was paired before is gone. */
  pairedIds(): PairedIds {
    return this.#paired.begin(this.#ids);
  }

  /** The number that the instruction holds, as a register would hold it. */
  number(immediate: number): Register {
    const known = this.#numberAt[this.slot];
    if (known !== undefined) return known;
    // Equal numbers of two instructions are one object: states are compared by that first.
    const register = this.#numbers.get(immediate) ?? knownScalar(BigInt(immediate));
    this.#numbers.set(immediate, register);
    this.#numberAt[this.slot] = register;
    return register;
  }

  newId(): number {
    return ++this.#ids;
  }

  register(number: number): Register {
    return this.state.frame.register(number);
  }
  set(number: number, register: Register): void {
    this.state.frame.registers[number] = register;
  }

  /** A register that an instruction reads. */
  read(number: number): Register {
    const register = this.register(number);
    if (register.kind === 'none') refuse('EACCES', `R${number} !read_ok`);
    return register;
  }

  /** Asks whether an instruction may write a register. */
  mayWrite(number: number): void {
    if (number === 10) refuse('EACCES', 'frame pointer is read only');
  }

  /** A pointer where numbers only may be seen. */
  leaks(register: Register): boolean {
    return !this.allowsLeaks && register.isPointer;
  }

  /** After a call: what the callee may have changed holds nothing. */
  clobber(): void {
    for (let i = 0; i <= 5; i++) this.set(i, NONE);
  }

  /** Puts a copy of the state aside, to be walked from another instruction on (push_stack). */
  fork(slot: number, isSpeculative = false): State {
    const state = this.state.copy();
    state.speculative ||= isSpeculative;
    if (this.entry !== undefined) {
      // What is noted from now on is of this way only.
      this.entry = { ...this.entry };
      this.state.history = this.entry;
    }
    this.enqueue(state, slot, '');
    if (state.parent !== undefined) state.parent.branches++;
    return state;
  }

  enqueue(state: State, slot: number, what: string): void {
    this.#pending.push({
      state,
      slot,
      previous: this.slot,
      logged: this.log?.lines.length ?? 0,
      path: this.path.copy(),
    });
    if (this.#pending.length > MAX_PENDING) {
      refuse('E2BIG', `The sequence of ${this.#pending.length} jumps is too complex${what}.`);
    }
  }

  /** Goes on with what was put aside last; false if there is nothing. */
  resume(): boolean {
    const next = this.#pending.pop();
    if (next === undefined) return false;
    this.state = next.state;
    this.slot = next.slot;
    this.from = next.previous;
    this.path = next.path;
    this.log?.resume(next.logged, next.previous, next.slot, next.state);
    return true;
  }

  /** A note of the instruction for walking back, to which can be added; of one instruction there is one (bpf_push_jmp_history). */
  note(): HistoryEntry {
    if (this.entry === undefined) {
      const before = this.state.history;
      this.entry = {
        slot: this.slot,
        previous: this.previous,
        before,
        count: (before?.count ?? 0) + 1,
        traced: undefined,
        stack: undefined,
        dstIsStack: false,
        srcIsStack: false,
        linked: NOT_LINKED,
      };
      this.state.history = this.entry;
    }
    return this.entry;
  }

  /** Notes that the instruction reads or writes a slot of the stack as a register. */
  noteSlot(frame: number, slot: number): void {
    const places = (this.#places[frame] ??= []);
    places[slot] ??= { frame, slot };
    this.note().stack = places[slot];
  }
}
