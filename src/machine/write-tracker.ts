import { FORMS, isCall } from '../isa/forms.js';
import { type Insn, slotsOf } from '../isa/insn.js';
import { baseOf } from '../verify/offsets.js';
import type { CodeFunction, Unit } from '../verify/unit.js';
import {
  ARGUMENTS,
  type Bytes,
  bytesAt,
  bytesFrom,
  type RegisterSet,
  registersAfter,
  registersAtEntry,
  registersRead,
  type UnwrittenRead,
} from '../verify/written.js';
import type { Observer } from './engine.js';
import { fromAddress, type Memory } from './memory.js';
import { type Thread, WORD } from './thread.js';

/** Code of which only a run can tell whether it reads what was never written. */
export interface TrackedUnit {
  readonly unit: Unit;
  /** Slot of the text at which its slot 0 lies. */
  readonly start: number;
}

/** An instruction that is tracked, and what is known of it. */
interface TrackedInstruction {
  readonly tracked: TrackedUnit;
  readonly fn: number;
  readonly function: CodeFunction;
  readonly insn: Insn;
  /** Slot in the unit. */
  readonly slot: number;
}

/** A frame of a tracked function. */
interface Frame {
  /** Offset in memory that r10 points to. */
  readonly top: number;
  readonly tracked: TrackedUnit;
  readonly fn: number;
  registers: RegisterSet;
  bytes: Bytes;
  /** The call that has been begun: what it changes counts once the thread goes on after it. */
  call: TrackedInstruction | undefined;
  /** r0 after that call. */
  result: RegisterSet;
}

/**
 * Follows, while tracked functions run, which registers and bytes of their frames have been written, and hears of the
 * first read at each instruction of one that has not. All of a tracked function is interpreted, whatever engine runs the
 * rest; other code runs as ever. What it knows is not part of the machine's state: for runs that go forward only.
 */
export class WriteTracker {
  readonly #memory: Memory;
  readonly #places = new Map<number, TrackedInstruction>();
  readonly #frames = new Map<Thread, Frame[]>();
  readonly #found: (tracked: TrackedUnit, read: UnwrittenRead) => void;
  readonly #told = new Set<string>();
  /** For the interpreter: stops where tracked code is left. */
  readonly observer: Observer;

  constructor(
    memory: Memory,
    all: readonly TrackedUnit[],
    found: (tracked: TrackedUnit, read: UnwrittenRead) => void,
  ) {
    this.#memory = memory;
    this.#found = found;
    for (const tracked of all) this.#add(tracked);
    this.observer = {
      stopBefore: (_, slot) => !this.#places.has(slot),
      instruction: (thread, slot) => this.instruction(thread, slot),
      tail: (thread) => this.tail(thread),
    };
  }

  #add(tracked: TrackedUnit): void {
    tracked.unit.functions.forEach((f, fn) => {
      let slot = f.start;
      for (const insn of f.insns) {
        this.#places.set(tracked.start + slot, { tracked, fn, function: f, insn, slot });
        slot += slotsOf(insn);
      }
    });
  }

  /** Slots of tracked instructions. */
  get slots(): Iterable<number> {
    return this.#places.keys();
  }

  isTracked(slot: number): boolean {
    return this.#places.has(slot);
  }

  /** Before an instruction is carried out. */
  instruction(thread: Thread, slot: number): void {
    const place = this.#places.get(slot);
    if (place === undefined) return;
    const frame = this.#frame(thread, place);
    if (frame.call !== undefined) {
      // The same call once more: the thread was blocked in it.
      if (frame.call === place) return;
      this.#return(frame, frame.call);
    }
    const { insn } = place;
    const called = isCall(insn.op.form) ? place.tracked.unit.called(place.slot) : undefined;
    this.#check(thread, frame, place, registersRead(insn, place.function.role, called));
    this.#touch(thread, frame, place);
    if (called !== undefined) {
      frame.call = place;
      frame.result = 0;
    } else if (insn.op.form === 'exit') this.#leave(thread, frame);
    else frame.registers = registersAfter(insn, frame.registers, undefined, 0);
  }

  /** The innermost frame is another program's from now on. */
  tail(thread: Thread): void {
    this.#frames.get(thread)?.pop();
  }

  /** The frame that a thread is in; a new one where a function has been entered. */
  #frame(thread: Thread, place: TrackedInstruction): Frame {
    let frames = this.#frames.get(thread);
    if (frames === undefined) {
      frames = [];
      this.#frames.set(thread, frames);
    }
    const top = this.#memory.i32[thread.word + WORD.r10]!;
    const last = frames.at(-1);
    if (last?.top === top && last.tracked === place.tracked && last.fn === place.fn) return last;
    const call = last?.call;
    const called = call && last?.tracked.unit.called(call.slot);
    const isOwn = last?.tracked === place.tracked && called?.kind === 'own' && called.fn === place.fn;
    const registers = isOwn ? last!.registers & ARGUMENTS : registersAtEntry(place.function);
    const frame: Frame = {
      top,
      tracked: place.tracked,
      fn: place.fn,
      registers,
      bytes: 0n,
      call: undefined,
      result: 0,
    };
    frames.push(frame);
    return frame;
  }

  #leave(thread: Thread, frame: Frame): void {
    const frames = this.#frames.get(thread)!;
    frames.pop();
    const caller = frames.at(-1);
    if (caller !== undefined) caller.result = frame.registers & 1;
  }

  #return(frame: Frame, call: TrackedInstruction): void {
    const called = call.tracked.unit.called(call.slot);
    frame.registers = registersAfter(call.insn, frame.registers, called, frame.result);
    frame.call = undefined;
  }

  #check(thread: Thread, frame: Frame, place: TrackedInstruction, read: RegisterSet): void {
    const registers = read & ~frame.registers;
    const stack = this.#unwrittenBytes(thread, frame, place);
    if (registers !== 0 && this.#isFirst(place, 'registers'))
      this.#found(place.tracked, { slot: place.slot, insn: place.insn, registers, stack: undefined });
    if (stack !== undefined && this.#isFirst(place, 'stack'))
      this.#found(place.tracked, { slot: place.slot, insn: place.insn, registers: 0, stack });
  }

  #isFirst(place: TrackedInstruction, what: string): boolean {
    const key = `${place.tracked.start + place.slot} ${what}`;
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    return true;
  }

  /** Offset from r10 that a register points to; undefined where that is not in its own frame. */
  #offset(thread: Thread, frame: Frame, register: number, off = 0): number | undefined {
    const at = fromAddress(thread.getRegister(register) + BigInt(off));
    return at !== undefined && at >= thread.sp && at < frame.top ? at - frame.top : undefined;
  }

  #unwrittenBytes(thread: Thread, frame: Frame, { insn }: TrackedInstruction): UnwrittenRead['stack'] {
    const { touches } = FORMS[insn.op.form];
    if (touches !== 'load' && touches !== 'update') return undefined;
    const { size } = insn.op;
    const offset = this.#offset(thread, frame, insn[baseOf(insn)!], insn.off);
    if (offset === undefined) return undefined;
    const missing = bytesAt(offset, size) & ~frame.bytes;
    if (missing === 0n) return undefined;
    let first = 0;
    while ((missing & bytesAt(offset + first, 1)) === 0n) first += 1;
    return { offset, size, first };
  }

  /** Bytes that it writes, and those that whoever is told their address may write. */
  #touch(thread: Thread, frame: Frame, { insn }: TrackedInstruction): void {
    const { touches, handsOn } = FORMS[insn.op.form];
    if (touches === 'store' || touches === 'update') {
      const offset = this.#offset(thread, frame, insn[baseOf(insn)!], insn.off);
      if (offset !== undefined) frame.bytes |= bytesAt(offset, insn.op.size);
    }
    if (handsOn === 'src') this.#handOn(thread, frame, insn.src);
    else if (handsOn === 'arguments') for (let n = 1; n <= 5; n += 1) this.#handOn(thread, frame, n);
  }

  #handOn(thread: Thread, frame: Frame, register: number): void {
    if (register > 10) return;
    const at = fromAddress(thread.getRegister(register));
    // From r10 only what is below it can be reached.
    if (at === frame.top) frame.bytes = bytesFrom(-Infinity);
    const offset = this.#offset(thread, frame, register);
    if (offset !== undefined) frame.bytes |= bytesFrom(offset);
  }
}
