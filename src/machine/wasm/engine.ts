import type { Engine, Stop } from '../engine.js';
import { Interpreter } from '../interpreter.js';
import type { Machine } from '../machine.js';
import { makeFault } from '../make-fault.js';
import { KERNEL_HIGH, toAddress } from '../memory.js';
import { clobberArguments, FRAME, fillFrame, NO_CALLER, popFrame, replaceFrame } from '../stack.js';
import { BLOCK, type Thread, WORD } from '../thread.js';
import { Trap } from '../trap.js';
import { indirectReads } from './entry-reads.js';
import { type ExitSite, type InlinedFrame, LEFT } from './exit-site.js';
import { Imports } from './imports.js';
import { Learned } from './learned.js';
import type { RegisterSet } from './live.js';
import { planUnit } from './plan.js';
import type { Settled } from './settled.js';
import { Thrift } from './thrift.js';
import { compilePlan } from './unit.js';
import { type CompileOptions, DEFAULT_COMPILE } from './unit-context.js';

export interface WasmOptions extends CompileOptions {
  /**
   * Compile wherever a thread is found. Otherwise code is compiled only where threads start and where the interpreter
   * passes often, which is cheaper for a thread that continues in the middle of something short.
   */
  readonly eager: boolean;
  /** Instructions that are left to the interpreter at first. */
  readonly patience: number;
  /** Compile only what has been worth it already, so that a run never takes much longer than the interpreter. */
  readonly thrifty: boolean;
  /** Instructions carried out before the host is asked again. */
  readonly slice: number;
}

/**
 * V8 replaces baseline code by optimised code only where a function is entered, so a long loop has to be left and
 * entered again for it: often enough that the better code is used soon, rarely enough that it costs nothing.
 */
const SLICE = 1 << 20;

const DEFAULT_WASM: WasmOptions = {
  ...DEFAULT_COMPILE,
  ...{ eager: false, patience: 0, thrifty: false, slice: SLICE },
};

/** Compiled code that begins where a thread is. */
interface Unit {
  readonly module: WebAssembly.Module;
  readonly run: (thread: number, budget: number) => number;
  readonly sites: readonly ExitSite[];
  readonly settled: readonly Settled[];
}

/** Visits of a place that make it worth compiling: in the outermost frame in sight, and anywhere. */
const OUTER_VISITS = 8;
const ANY_VISITS = 64;
/** How often a thread has to be continued at a place, rather than pass it. */
const ARRIVALS = 4;
/** After so many units, another is begun only where it pays at once. */
const MOST_UNITS = 400;
/** Instructions to interpret after an indirect call went to a new place, so that several are learnt at once. */
const LEARNING = 1000;
/** After so many accesses to closed parts of frames by other ways than by their slots, frames are closed no more. */
const MOST_RETRIES = 64;
/**
 * After an access has gone elsewhere than was expected so often, code is made again that expects nothing of it; after that
 * has happened for so many accesses, nothing is expected of any.
 */
const MOST_MISSES = 4;
const MOST_MISSED = 4;
/** Where there are units, another that has to wait is asked for again after so many instructions: they go on where they begin. */
const SHORT_WAIT = 1000;
/** Units larger than this, in instructions, are left to the interpreter. */
const LARGEST_UNIT = 100_000;

/** Runs threads on machine code, by way of WebAssembly; goes to the interpreter for what is rare. */
export class WasmEngine implements Engine {
  readonly name = 'wasm';
  readonly #machine: Machine;
  readonly #options: WasmOptions;
  readonly #interpreter: Interpreter;
  readonly #learned: Learned;
  readonly #imports: Imports;
  readonly #units = new Map<number, Unit | undefined>();
  /** Functions that reach too much to be compiled. */
  readonly #large = new Set<number>();
  #indirect: RegisterSet | undefined;
  /** Visits since compiled code was last left in the middle of something, and the outermost frame seen since. */
  readonly #visits = new Map<number, number>();
  /** How often a thread was continued at a place. */
  readonly #arrivals = new Map<number, number>();
  /** Who ran last. */
  #thread: Thread | undefined;
  /** Instructions that are still left to the interpreter before units are looked for again. */
  #patience: number;
  readonly #thrift: Thrift | undefined;
  #outermost = 0;
  #retries = 0;
  /** How often an access went elsewhere than was expected, by its slot, and those that did so too often. */
  readonly #misses = new Map<number, number>();
  readonly #missed = new Set<number>();
  /** The count of instructions up to which the interpreter goes on. */
  #learnUntil = 0;

  constructor(machine: Machine, options: Partial<WasmOptions> = {}) {
    this.#machine = machine;
    this.#options = { ...DEFAULT_WASM, ...options };
    this.#thrift = this.#options.thrifty ? new Thrift() : undefined;
    this.#patience = Math.max(this.#options.patience, this.#thrift?.wait() ?? 0);
    this.#interpreter = new Interpreter(machine);
    this.#learned = new Learned(machine);
    this.#imports = new Imports(machine);
  }

  run(thread: Thread, budget: number): Stop {
    const machine = this.#machine;
    const goal = machine.executed + budget;
    if (thread !== this.#thread) this.#forgetVisits();
    this.#thread = thread;
    for (let isArrival = true; ; ) {
      if (this.#patience > 0) {
        const stop = this.#interpretFor(thread, Math.min(goal - machine.executed, this.#patience));
        if (stop.kind !== 'budget' || machine.executed >= goal) return stop;
        // What is compiled first is to know where indirect calls go.
        if (this.#patience === 0 && this.#units.size === 0) this.#learnUntil = machine.executed + LEARNING;
        continue;
      }
      const unit = this.#unitFor(thread, isArrival);
      isArrival = unit !== undefined;
      const stop =
        unit === undefined
          ? this.#interpret(thread, goal - machine.executed)
          : this.#enter(thread, unit, goal - machine.executed);
      if (stop !== undefined) return stop;
      if (machine.executed >= goal) return { kind: 'budget' };
    }
  }

  /** The module that was compiled for a thread in a slot: other threads of the host can run it too. */
  moduleAt(slot: number): WebAssembly.Module | undefined {
    return this.#machine.text.version === this.#imports.version ? this.#units.get(slot)?.module : undefined;
  }

  #forgetVisits(): void {
    if (this.#visits.size > 0) this.#visits.clear();
    this.#outermost = 0;
  }

  /** Carries on to the next check point. */
  #interpret(thread: Thread, left: number): Stop | undefined {
    this.#learned.learn(thread);
    const stop = this.#interpretFor(thread, Math.min(left, 1));
    return stop.kind === 'budget' ? undefined : stop;
  }

  #interpretFor(thread: Thread, insns: number): Stop {
    const machine = this.#machine;
    const before = machine.executed;
    const stop = this.#interpreter.run(thread, insns);
    const passed = machine.executed - before;
    this.#patience = Math.max(0, this.#patience - passed);
    this.#thrift?.passed(passed, false);
    return stop;
  }

  /** The code to go on with where a thread is; undefined where that is the interpreter's. */
  #unitFor(thread: Thread, isArrival: boolean): Unit | undefined {
    const machine = this.#machine;
    if (this.#imports.version !== machine.text.version) {
      this.#imports.version = machine.text.version;
      this.#units.clear();
      this.#thrift?.forgetSizes();
      this.#indirect = undefined;
    }
    if (machine.executed < this.#learnUntil) return undefined;
    const slot = thread.pc;
    if (this.#units.has(slot)) {
      const unit = this.#units.get(slot);
      if (unit === undefined || this.#isSettled(unit)) return unit;
      this.#units.delete(slot);
    }
    if (!this.#isWorth(thread, slot, isArrival) || this.#hasToWait(slot)) return undefined;
    const unit = this.#compile(thread, slot);
    if (unit === 'later') return undefined;
    this.#units.set(slot, unit);
    return unit;
  }

  /** Whether memory holds what a unit relies on. */
  #isSettled({ settled }: Unit): boolean {
    const { i32 } = this.#machine.memory;
    for (let i = 0; i < settled.length; i += 1) {
      const { at, low, high } = settled[i]!;
      if (i32[at >> 2] !== low || i32[(at >> 2) + 1] !== high) return false;
    }
    return true;
  }

  /** Whether it is too early to compile the unit that begins in a slot; the interpreter goes on then. */
  #hasToWait(slot: number, size?: number): boolean {
    const wait = this.#thrift?.wait(slot, size) ?? 0;
    if (wait > 0) this.#patience = this.#units.size === 0 ? wait : Math.min(wait, SHORT_WAIT);
    return wait > 0;
  }

  #isWorth(thread: Thread, slot: number, isArrival: boolean): boolean {
    if (this.#options.eager) return true;
    const { text, memory } = this.#machine;
    const record = Number(thread.getRegister(10) & 0xffff_ffffn);
    const isOutermost = memory.i32[(record + FRAME.returnSlot) >> 2] === NO_CALLER;
    if (isOutermost && text.functionStartingAt(slot) !== undefined) return true;
    if (isArrival && this.#units.size < MOST_UNITS) {
      const arrivals = (this.#arrivals.get(slot) ?? 0) + 1;
      this.#arrivals.set(slot, arrivals);
      if (arrivals >= ARRIVALS) return true;
    }
    const visits = (this.#visits.get(slot) ?? 0) + 1;
    this.#visits.set(slot, visits);
    this.#outermost = Math.max(this.#outermost, thread.sp);
    return visits >= ANY_VISITS || (visits >= OUTER_VISITS && thread.sp >= this.#outermost);
  }

  /** Undefined for what is never compiled, `later` for what has to wait. */
  #compile(thread: Thread, slot: number): Unit | 'later' | undefined {
    const machine = this.#machine;
    const fn = machine.text.at(slot)?.fn;
    const { i32 } = machine.memory;
    const frame = i32[thread.word + WORD.r10]! - thread.sp;
    if (fn === undefined || fn.frameSize !== frame || this.#large.has(fn.index)) return undefined;
    if (machine.tracker?.isTracked(slot) === true) return undefined;
    const indirect = (): RegisterSet => (this.#indirect ??= indirectReads(machine));
    const { seen } = this.#learned;
    const plan = planUnit(machine, { slot, frameSize: frame }, seen, indirect);
    if (plan.size > LARGEST_UNIT) {
      this.#large.add(fn.index);
      return undefined;
    }
    if (this.#hasToWait(slot, plan.size)) return 'later';
    this.#thrift?.pay(plan.size);
    const slots = this.#options.slots && this.#retries < MOST_RETRIES;
    const expected = { registers: (n: number) => thread.getRegister(n), missed: this.#missed };
    const windows = this.#options.windows && this.#missed.size < MOST_MISSED;
    const compiled = compilePlan(machine, plan, seen, { ...this.#options, slots, windows }, expected);
    const module = new WebAssembly.Module(compiled.bytes);
    const { exports } = new WebAssembly.Instance(module, { m: this.#imports.of(compiled.leaves) });
    return {
      module,
      run: exports['run'] as Unit['run'],
      sites: compiled.sites,
      settled: compiled.settled,
    };
  }

  /** Runs compiled code for a slice. Undefined to go on. */
  #enter(thread: Thread, unit: Unit, most: number): Stop | undefined {
    const machine = this.#machine;
    const { memory } = machine;
    const slice = Math.max(0, Math.min(most, this.#options.slice));
    this.#imports.end = machine.executed + slice;
    this.#imports.call.r = thread.word;
    memory.writeU64(
      thread.at + BLOCK.clock,
      BigInt(this.#imports.end) * BigInt(machine.nsPerInsn) + BigInt(machine.idleNs),
    );
    Trap.latest = undefined;
    const rest = unit.run(thread.at, slice);
    if (rest !== LEFT) {
      machine.executed = this.#imports.end - rest;
      this.#thrift?.passed(slice - rest, true);
      thread.pc = popFrame(memory, thread.word);
      return thread.pc < 0 ? { kind: 'done' } : undefined;
    }
    const { i32 } = memory;
    const site = unit.sites[i32[(thread.at + BLOCK.site) >> 2]!]!;
    const left = i32[(thread.at + BLOCK.fuel) >> 2]!;
    machine.executed = this.#imports.end - left;
    this.#thrift?.passed(slice - left, true);
    i32[thread.word + WORD.r10 + 1] = KERNEL_HIGH;
    thread.pc = site.slot;
    return this.#atSite(thread, site);
  }

  #atSite(thread: Thread, site: ExitSite): Stop | undefined {
    const machine = this.#machine;
    switch (site.kind) {
      case 'budget':
        this.#openInlined(thread, site.inlined);
        this.#forgetVisits();
        return undefined;
      case 'interpret':
        machine.executed += site.uncounted;
        this.#openInlined(thread, site.inlined);
        this.#forgetVisits();
        if (site.retries === true && ++this.#retries === MOST_RETRIES) this.#units.clear();
        if (site.misses === true) this.#miss(site.slot);
        if (this.#learned.learn(thread)) {
          this.#units.clear();
          if (!this.#options.eager) this.#learnUntil = machine.executed + LEARNING;
        }
        return this.#interpret(thread, 1);
      case 'leaf':
        this.#openInlined(thread, site.inlined);
        return this.#afterLeaf(thread);
      case 'access':
      case 'misaligned': {
        machine.executed += site.uncounted;
        this.#openInlined(thread, site.inlined);
        const address = machine.memory.view.getBigInt64(thread.at + BLOCK.address, true) + toAddress(0);
        const kind = site.kind === 'misaligned' ? 'misaligned' : undefined;
        return this.#fault(thread, new Trap(kind, address, site.size, site.access));
      }
      case 'overflow': {
        machine.executed += site.uncounted;
        this.#openInlined(thread, site.inlined);
        const bottom = Math.max(0, thread.sp - site.size);
        return this.#fault(thread, new Trap('stack_overflow', toAddress(bottom), site.size, 'write'));
      }
      default:
        return site satisfies never;
    }
  }

  /** An access has gone elsewhere than was expected: once it has done so some times, that is not expected any more. */
  #miss(slot: number): void {
    const misses = (this.#misses.get(slot) ?? 0) + 1;
    this.#misses.set(slot, misses);
    if (misses < MOST_MISSES || this.#missed.has(slot)) return;
    this.#missed.add(slot);
    this.#units.clear();
  }

  /** Fills in the records of frames that compiled code has opened and knows nothing more of. */
  #openInlined(thread: Thread, frames: readonly InlinedFrame[]): void {
    for (const { fn, next, frameSize } of frames)
      fillFrame(this.#machine.memory, thread.word, frameSize, next, fn);
  }

  #fault(thread: Thread, trap: Trap): Stop {
    return { kind: 'fault', fault: makeFault(this.#machine, thread, trap) };
  }

  /** Goes on in another function, which takes the frame. */
  #tailCall(thread: Thread, target: number): Stop | undefined {
    const { memory, text } = this.#machine;
    try {
      replaceFrame(memory, thread.word, text.entries[target * 2 + 1]!, target);
    } catch (e) {
      if (!(e instanceof Trap)) throw e;
      return this.#fault(thread, e);
    }
    thread.pc = text.entries[target * 2]!;
    return undefined;
  }

  #afterLeaf(thread: Thread): Stop | undefined {
    const interruption = this.#imports.interruption;
    switch (interruption.kind) {
      case 'blocked':
        this.#machine.executed -= 1;
        return { kind: 'blocked' };
      case 'trap':
        return this.#fault(thread, interruption.trap);
      case 'tail_call':
        return this.#tailCall(thread, this.#imports.call.target);
      case 'yield':
        clobberArguments(this.#machine.memory, thread.word);
        thread.pc += 1;
        return { kind: 'yield' };
      case 'recompile':
        clobberArguments(this.#machine.memory, thread.word);
        thread.pc += 1;
        // This is not a place at which the budget is checked.
        return this.#interpret(thread, 1);
      default:
        return interruption satisfies never;
    }
  }
}
