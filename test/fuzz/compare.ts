import type { Insn } from '../../src/isa/insn.js';
import type { Engine, Stop } from '../../src/machine/engine.js';
import type { Fault } from '../../src/machine/fault.js';
import { Interpreter } from '../../src/machine/interpreter.js';
import { backtrace } from '../../src/machine/make-fault.js';
import { type Thread, WORD } from '../../src/machine/thread.js';
import { WasmEngine } from '../../src/machine/wasm/engine.js';
import { indirectReads } from '../../src/machine/wasm/entry-reads.js';
import { planUnit } from '../../src/machine/wasm/plan.js';
import { interrupted, type Preparation, prepare, type Subject } from './machine.js';

export interface Stretch {
  readonly engine: 'interp' | 'wasm';
  readonly budget: number;
  /** An interrupt that comes before it: whose handler it is, and how far it gets on the same engine. */
  readonly interrupt?: { readonly handler: number; readonly budget: number };
}

/** How a program is run: stretch after stretch, each on one of the engines. The reference runs all on the interpreter. */
export interface Plan extends Preparation {
  readonly flow: 'structured' | 'dispatch';
  readonly slice: number;
  readonly inline: boolean;
  readonly eager: boolean;
  readonly atomics: boolean;
  readonly slots: boolean;
  /** Where functions are watched: whether they are on the reference, too. */
  readonly isReferenceWatched: boolean;
  readonly stretches: readonly Stretch[];
}

/** What is compared: everything that code can come to see, and what is reported. */
function describeFault(fault: Fault): string {
  const where = fault.backtrace.map((f) => `${f.function}+${f.slot}`).join(' < ');
  return `${fault.kind} ${fault.access} of ${fault.size} at 0x${fault.address.toString(16)} (${fault.where}) in ${where} after ${fault.executed}`;
}

function describeStop({ machine }: Subject, thread: Thread, stop: Stop): string {
  const at = `pc ${thread.pc} sp ${thread.sp} executed ${machine.executed}`;
  switch (stop.kind) {
    case 'done':
      return `done r0 0x${thread.getRegister(0).toString(16)} ${at}`;
    case 'fault':
      return `fault ${describeFault(stop.fault)} ${at}`;
    case 'budget':
    case 'break':
    case 'blocked':
    case 'yield': {
      const frames = backtrace(machine, thread, thread.pc).map((f) => `${f.function}+${f.slot}`);
      return `${stop.kind} ${at} r10 ${thread.getRegister(10)} r11 ${thread.getRegister(11)} in ${frames.join(' < ')}`;
    }
    default:
      return stop satisfies never;
  }
}

/** Registers that the code will read where the threads are. */
function differentRegister(a: Subject, b: Subject): string | undefined {
  const { machine, thread } = a;
  const frame = machine.memory.i32[thread.word + WORD.r10]! - thread.sp;
  const { root } = planUnit(
    machine,
    { slot: thread.pc, frameSize: frame },
    () => [],
    () => indirectReads(machine),
  );
  for (let n = 0; n < 10; n += 1) {
    if ((root.live[0]! & (1 << n)) === 0) continue;
    const [x, y] = [thread.getRegister(n), b.thread.getRegister(n)];
    if (x !== y) return `r${n} is 0x${x.toString(16)} and 0x${y.toString(16)}`;
  }
  return undefined;
}

/** The first byte that may be touched and differs, or whose poison does. */
function differentMemory(a: Subject, b: Subject): string | undefined {
  const [x, y] = [a.machine.memory, b.machine.memory];
  for (let i = 0; i < x.poison.length; i += 1) {
    if (x.poison[i] !== y.poison[i]) return `poison of ${i * 8} is ${x.poison[i]} and ${y.poison[i]}`;
    if (x.poison[i] === 0xff) continue;
    for (let k = i * 8; k < i * 8 + 8; k += 1) {
      if (x.u8[k] !== y.u8[k]) return `byte ${k} is ${x.u8[k]} and ${y.u8[k]}`;
    }
  }
  return undefined;
}

export type Comparison =
  | { readonly kind: 'same'; readonly end: Stop['kind'] }
  | { readonly kind: 'refused' }
  | { readonly kind: 'different'; readonly what: string };

type Engines = Readonly<Record<Stretch['engine'], Engine>>;

/** A program on two machines, and what runs it there. */
class Pair {
  readonly #a: Subject;
  readonly #b: Subject;
  readonly #reference: Engine;
  readonly #engines: Engines;

  constructor(a: Subject, b: Subject, { eager, atomics, slots, slice, flow, inline }: Plan) {
    this.#a = a;
    this.#b = b;
    this.#reference = new Interpreter(a.machine);
    this.#engines = {
      interp: new Interpreter(b.machine),
      wasm: new WasmEngine(b.machine, { eager, atomics, slots, slice, flow, inline }),
    };
  }

  /** Lets a thread go on on both, and says what differs after that. */
  #go(which: 'thread' | 'interrupt', engine: Stretch['engine'], budget: number): Stop | string {
    const expected = this.#reference.run(this.#a[which], budget);
    let got: Stop;
    try {
      got = this.#engines[engine].run(this.#b[which], budget);
    } catch (e) {
      return String(e);
    }
    const x = describeStop(this.#a, this.#a[which], expected);
    const y = describeStop(this.#b, this.#b[which], got);
    if (x !== y) return `${which}\n  ${x}\n  ${y}`;
    return differentMemory(this.#a, this.#b) ?? expected;
  }

  run({ engine, budget, interrupt }: Stretch): Stop | string {
    if (interrupt !== undefined) {
      interrupted(this.#a, interrupt.handler);
      interrupted(this.#b, interrupt.handler);
      const stop = this.#go('interrupt', engine, interrupt.budget);
      if (typeof stop === 'string' || stop.kind === 'fault') return stop;
    }
    const stop = this.#go('thread', engine, budget);
    if (typeof stop === 'string' || stop.kind === 'done' || stop.kind === 'fault') return stop;
    return differentRegister(this.#a, this.#b) ?? stop;
  }
}

/** Runs a program on both engines. */
export function compareEngines(insns: readonly Insn[], plan: Plan): Comparison {
  // Watching changes nothing but what is found: now and then only one of them is watched.
  const a = prepare(0, insns, { ...plan, watched: plan.isReferenceWatched ? plan.watched : 0 });
  const b = prepare(1, insns, plan);
  if (a === undefined || b === undefined) return { kind: 'refused' };
  const pair = new Pair(a, b, plan);
  let end: Stop['kind'] = 'budget';
  for (const [i, stretch] of plan.stretches.entries()) {
    const stop = pair.run(stretch);
    if (typeof stop === 'string')
      return { kind: 'different', what: `stretch ${i} on ${stretch.engine}: ${stop}` };
    end = stop.kind;
    if (end === 'done' || end === 'fault') break;
  }
  const [x, y] = [a.found.join(', '), b.found.join(', ')];
  if (plan.isReferenceWatched && x !== y)
    return { kind: 'different', what: `reads of what was not written\n  ${x}\n  ${y}` };
  return { kind: 'same', end };
}
