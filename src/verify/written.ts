import { FORMS, type RegisterUse } from '../isa/forms.js';
import { type Insn, registerOf } from '../isa/insn.js';
import { handedOn, MAX_FRAME } from './frame.js';
import { baseOf, followAddress, type State, startingAt } from './offsets.js';
import { type Called, type CodeFunction, flowGraph, type Role, type Unit } from './unit.js';

/**
 * Which registers and bytes of the stack code may have read before anything wrote them. It is worked out for a program and
 * its own functions together: on some path, or on all. Registers are bits, rn bit n; bytes of a frame are bits, that at
 * r10 - 512 bit 0.
 */
export type RegisterSet = number;
export type Bytes = bigint;

export const ARGUMENTS: RegisterSet = 0x3e;
const CONTEXT: RegisterSet = 0x2;
const RESULT: RegisterSet = 0x1;
const ALL_BYTES: Bytes = (1n << BigInt(MAX_FRAME)) - 1n;

/** A read of what nothing has written. */
export interface UnwrittenRead {
  readonly slot: number;
  readonly insn: Insn;
  readonly registers: RegisterSet;
  /** Bytes of its own frame: offset from r10, size, and the first of them that was not written. */
  readonly stack: { readonly offset: number; readonly size: number; readonly first: number } | undefined;
}

export interface UnwrittenReads {
  /** Reads of what is written on no path. */
  readonly certain: readonly UnwrittenRead[];
  /** Whether there is a read of what some path writes and some does not, as far as can be told without running it. */
  readonly isDoubtful: boolean;
}

const bit = (n: number): RegisterSet => (n < 10 ? 1 << n : 0);

function named(uses: readonly RegisterUse[], insn: Insn): RegisterSet {
  let set = 0;
  for (const use of uses) set |= bit(registerOf(insn, use));
  return set;
}

/** Registers that an instruction reads, and that have to hold something for that. */
export function registersRead(insn: Insn, role: Role, called: Called | undefined): RegisterSet {
  const { form } = insn.op;
  if (form === 'exit') return role === 'program' || role === 'callback' ? RESULT : 0;
  if (form === 'callx') return bit(insn.dst);
  if (called?.kind === 'own' || called?.kind === 'never') return 0;
  if (called?.kind === 'other') return ARGUMENTS & ((2 << Math.min(5, called.args)) - 1);
  return named(FORMS[form].reads, insn);
}

/**
 * Registers that hold something after an instruction, if `before` did before it. After a call of a function of the same
 * code, r0 is as that leaves it.
 */
export function registersAfter(
  insn: Insn,
  before: RegisterSet,
  called: Called | undefined,
  ownResult: RegisterSet,
): RegisterSet {
  const { form } = insn.op;
  const { writes } = FORMS[form];
  if (writes.includes(1)) {
    const result =
      called?.kind === 'own' ? ownResult : called?.kind === 'other' && called.isVoid ? 0 : RESULT;
    return (before & ~(ARGUMENTS | RESULT)) | result;
  }
  return before | named(writes, insn);
}

/** Registers that hold something when a function is entered by anybody else than its own code. */
export function registersAtEntry({ role, args }: Pick<CodeFunction, 'role' | 'args'>): RegisterSet {
  switch (role) {
    case 'program':
      return CONTEXT;
    case 'own':
      return 0;
    case 'callback':
      return ARGUMENTS;
    case 'function':
      return ARGUMENTS & ((2 << Math.min(5, args)) - 1);
    default:
      return role satisfies never;
  }
}

export const bytesAt = (offset: number, size: number): Bytes =>
  offset < -MAX_FRAME || offset + size > 0 ? 0n : ((1n << BigInt(size)) - 1n) << BigInt(offset + MAX_FRAME);

/** From an offset up: what whoever is handed the address may write. */
export const bytesFrom = (offset: number): Bytes =>
  offset <= -MAX_FRAME ? ALL_BYTES : (ALL_BYTES >> BigInt(offset + MAX_FRAME)) << BigInt(offset + MAX_FRAME);

/** What an instruction does to its own frame, as far as it is known from where addresses come from. */
interface StackUse {
  readonly read: Bytes;
  readonly offset: number;
  /** Reads, or writes, somewhere in the frame. */
  readonly readsAnywhere: boolean;
  readonly writesAnywhere: boolean;
  /** Written here, or handed on to somebody who may write it. */
  readonly written: Bytes;
}

const NO_USE: StackUse = { read: 0n, offset: 0, readsAnywhere: false, writesAnywhere: false, written: 0n };

function stackUse(insn: Insn, state: State): StackUse {
  let written = 0n;
  for (const value of handedOn(insn, state)) {
    if (value === 'somewhere' || (typeof value === 'number' && value >= 0)) written = ALL_BYTES;
    else if (typeof value === 'number') written |= bytesFrom(value);
  }
  const register = baseOf(insn);
  const base = register === undefined ? 'other' : state[insn[register]]!;
  if (base === 'other') return written === 0n ? NO_USE : { ...NO_USE, written };
  const { touches } = FORMS[insn.op.form];
  const reads = touches === 'load' || touches === 'update';
  const writes = touches === 'store' || touches === 'update';
  if (base === 'somewhere') return { ...NO_USE, readsAnywhere: reads, writesAnywhere: writes, written };
  const offset = base + insn.off;
  const bytes = bytesAt(offset, insn.op.size);
  return {
    ...NO_USE,
    offset,
    read: reads ? bytes : 0n,
    written: writes ? written | bytes : written,
  };
}

/** What is written before an instruction on some path, and on all. */
interface Before {
  mayRegisters: RegisterSet;
  mustRegisters: RegisterSet;
  mayBytes: Bytes;
  mustBytes: Bytes;
}

/** A function while it is looked at. */
class Walk {
  readonly fn: CodeFunction;
  readonly slots: readonly number[];
  readonly before: (Before | undefined)[];
  readonly calls: readonly (Called | undefined)[];
  /** Whether it ever does, and r0 then. */
  returns = false;
  mayResult: RegisterSet = 0;
  mustResult: RegisterSet = RESULT;
  readonly #uses: readonly StackUse[];
  readonly #next: readonly (readonly number[])[];

  constructor(fn: CodeFunction, unit: Unit) {
    this.fn = fn;
    const { insns } = fn;
    const { slots, calls, next } = flowGraph(fn, unit);
    this.slots = slots;
    this.calls = calls;
    this.#next = next;
    this.before = insns.map(() => undefined);
    const states = new Map<Insn, State>();
    followAddress(insns, startingAt(10), (insn, state) => void states.set(insn, state));
    this.#uses = insns.map((insn) => {
      const state = states.get(insn);
      return state === undefined ? NO_USE : stackUse(insn, state);
    });
  }

  /** Takes what is written where it is entered; true if that was new. */
  enter(may: RegisterSet, must: RegisterSet): boolean {
    return (
      this.fn.insns.length > 0 &&
      this.#join(0, { mayRegisters: may, mustRegisters: must, mayBytes: 0n, mustBytes: 0n })
    );
  }

  #join(i: number, from: Before): boolean {
    const known = this.before[i];
    if (known === undefined) {
      this.before[i] = { ...from };
      return true;
    }
    const may = known.mayRegisters | from.mayRegisters;
    const must = known.mustRegisters & from.mustRegisters;
    const mayBytes = known.mayBytes | from.mayBytes;
    const mustBytes = known.mustBytes & from.mustBytes;
    const isSame =
      may === known.mayRegisters &&
      must === known.mustRegisters &&
      mayBytes === known.mayBytes &&
      mustBytes === known.mustBytes;
    known.mayRegisters = may;
    known.mustRegisters = must;
    known.mayBytes = mayBytes;
    known.mustBytes = mustBytes;
    return !isSame;
  }

  /** Goes through the function until nothing changes; true if anything did that others see. */
  settle(walks: readonly Walk[]): boolean {
    let isNews = false;
    for (let again = true; again; ) {
      again = false;
      for (let i = 0; i < this.before.length; i += 1) {
        const before = this.before[i];
        if (before === undefined) continue;
        const called = this.calls[i];
        if (called?.kind === 'own') {
          isNews = this.#call(walks[called.fn]!, before) || isNews;
          if (!walks[called.fn]!.returns) continue;
        }
        const insn = this.fn.insns[i]!;
        if (insn.op.form === 'exit') isNews = this.#return(before) || isNews;
        const after = this.#after(insn, i, before, walks);
        for (const to of this.#next[i]!) if (this.#join(to, after) && to <= i) again = true;
      }
    }
    return isNews;
  }

  #call(callee: Walk, before: Before): boolean {
    const may = before.mayRegisters & ARGUMENTS;
    const must = before.mustRegisters & ARGUMENTS;
    return callee.enter(may | registersAtEntry(callee.fn), must | registersAtEntry(callee.fn));
  }

  #return(before: Before): boolean {
    const may = this.mayResult | (before.mayRegisters & RESULT);
    const must = this.mustResult & before.mustRegisters;
    const isSame = this.returns && may === this.mayResult && must === this.mustResult;
    this.returns = true;
    this.mayResult = may;
    this.mustResult = must;
    return !isSame;
  }

  #after(insn: Insn, i: number, before: Before, walks: readonly Walk[]): Before {
    const called = this.calls[i];
    const callee = called?.kind === 'own' ? walks[called.fn] : undefined;
    const use = this.#uses[i]!;
    return {
      mayRegisters: registersAfter(insn, before.mayRegisters, called, callee?.mayResult ?? 0),
      mustRegisters: registersAfter(insn, before.mustRegisters, called, callee?.mustResult ?? 0),
      mayBytes: use.writesAnywhere ? ALL_BYTES : before.mayBytes | use.written,
      mustBytes: before.mustBytes | use.written,
    };
  }

  /** What it reads that nothing may have written. */
  findings(certain: UnwrittenRead[]): boolean {
    let isDoubtful = false;
    this.fn.insns.forEach((insn, i) => {
      const before = this.before[i];
      if (before === undefined) return;
      const read = registersRead(insn, this.fn.role, this.calls[i]);
      const use = this.#uses[i]!;
      const missing = use.read & ~before.mayBytes;
      const registers = read & ~before.mayRegisters;
      if ((read & ~before.mustRegisters & before.mayRegisters) !== 0) isDoubtful = true;
      if ((use.read & ~before.mustBytes & before.mayBytes) !== 0n) isDoubtful = true;
      if (use.readsAnywhere && before.mustBytes !== ALL_BYTES) isDoubtful = true;
      if (registers === 0 && missing === 0n) return;
      const size = insn.op.size;
      const stack =
        missing === 0n
          ? undefined
          : { offset: use.offset, size, first: firstOf(missing) - MAX_FRAME - use.offset };
      certain.push({ slot: this.slots[i]!, insn, registers, stack });
    });
    return isDoubtful;
  }
}

function firstOf(bytes: Bytes): number {
  let n = 0;
  while (((bytes >> BigInt(n)) & 1n) === 0n) n += 1;
  return n;
}

/** Reads of what nothing has written, in a program and its functions. Code with jumps through registers is not looked at. */
export function findUnwritten(unit: Unit): UnwrittenReads {
  const none: UnwrittenReads = { certain: [], isDoubtful: false };
  if (unit.functions.some((f) => f.insns.some((insn) => FORMS[insn.op.form].flow === 'indirect')))
    return none;
  const walks = unit.functions.map((fn) => new Walk(fn, unit));
  for (const walk of walks)
    if (walk.fn.role !== 'own') walk.enter(registersAtEntry(walk.fn), registersAtEntry(walk.fn));
  for (let again = true; again; ) {
    again = false;
    for (const walk of walks) if (walk.settle(walks)) again = true;
  }
  const certain: UnwrittenRead[] = [];
  const doubts = walks.map((walk) => walk.findings(certain));
  return { certain, isDoubtful: doubts.includes(true) };
}
