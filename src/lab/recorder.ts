import type { Kernel } from '../kernel/kernel.js';
import { fireName, originalName } from '../kernel/names.js';
import type { Observer } from '../machine/engine.js';
import { fromAddress } from '../machine/memory.js';
import { isOutOfTailCalls } from '../machine/stack.js';
import type { Thread } from '../machine/thread.js';
import { splitSpacedName } from '../syntax/name-space.js';
import { type AreaState, AreaWatch, type AreaWrite } from './area-writes.js';
import { isToldBy, type LabEvent } from './events.js';
import { LAYER_NAMES, LAYERS, type LayerName, TAKER_NAMES, type TakerName } from './layers.js';
import { isRefused } from './refused.js';
import type { WriteHistory } from './writes.js';

type Body = LabEvent extends infer E
  ? E extends LabEvent
    ? Omit<E, 'time' | 'cpu' | 'task' | 'depth' | 'preemptCount'>
    : never
  : never;

/** What a frame is to the user, with what has to be said when it ends. */
type Open = (
  | { readonly kind: 'other' }
  | { readonly kind: 'call' | 'original' | 'run' | 'helper'; readonly name: string }
  | { readonly kind: 'enter' | 'exit'; readonly program: string; readonly before: Uint8Array }
) & {
  /** It takes a lock or a buffer. */
  readonly taker?: TakerName;
};

const OTHER: Open = { kind: 'other' };

/** How far a recorder is. */
export interface RecorderState {
  /** Number of events. */
  readonly events: number;
  readonly open: readonly (readonly [Thread, readonly Open[]])[];
  readonly areas: AreaState;
  readonly held: LabEvent | undefined;
}

/** What functions of the machine mean, by their index. */
interface Meanings {
  readonly calls: ReadonlyMap<number, { name: string; nargs: number; trampoline: boolean }>;
  readonly originals: ReadonlyMap<number, string>;
  readonly programs: ReadonlyMap<number, string>;
}

function meaningsOf(kernel: Kernel): Meanings {
  const { symbols } = kernel;
  const calls = new Map<number, { name: string; nargs: number; trampoline: boolean }>();
  const originals = new Map<number, string>();
  for (const t of kernel.traceable.values()) {
    const trampoline = (kernel.functionLinks.get(t.name)?.length ?? 0) > 0;
    if (trampoline || !t.isHook) calls.set(t.fn, { name: t.name, nargs: t.nargs, trampoline });
    if (symbols.has(originalName(t.name))) originals.set(symbols.functionIndex(originalName(t.name)), t.name);
  }
  for (const [name, nargs] of kernel.tracepoints) {
    const trampoline = (kernel.tracepointLinks.get(name)?.length ?? 0) > 0;
    calls.set(symbols.functionIndex(fireName(name)), { name: fireName(name), nargs, trampoline });
  }
  return { calls, originals, programs: new Map([...kernel.programs.values()].map((p) => [p.fn, p.name])) };
}

export interface RecorderOptions {
  /** Only the first so many events are kept. */
  readonly maxEvents?: number;
  /** Leave out writes of which the next event says all. */
  readonly foldsWrites?: boolean;
}

/** Listens to the machine and writes down what happened in the kernel's terms. */
export class Recorder {
  readonly events: LabEvent[] = [];
  /** Events that came when there was no more room. */
  dropped = 0;
  readonly observer: Observer;
  readonly #most: number;
  readonly #foldsWrites: boolean;
  /** A write that the next event may tell. */
  #held: LabEvent | undefined;
  readonly #kernel: Kernel;
  readonly #open = new Map<Thread, Open[]>();
  readonly #guard: ReadonlyMap<number, 'enter' | 'exit'>;
  readonly #missed: ReadonlyMap<number, LayerName>;
  readonly #takers: ReadonlyMap<number, TakerName>;
  readonly #areas: AreaWatch;
  #meanings: Meanings;
  #version: number;

  constructor(
    kernel: Kernel,
    { maxEvents = Infinity, foldsWrites = false }: RecorderOptions,
    history?: WriteHistory,
  ) {
    history?.beside(this.events);
    this.#kernel = kernel;
    this.#most = maxEvents;
    this.#foldsWrites = foldsWrites;
    const { symbols } = kernel;
    this.#guard = new Map([
      [symbols.functionIndex('bpf_prog_get_recursion_context'), 'enter'],
      [symbols.functionIndex('bpf_prog_put_recursion_context'), 'exit'],
    ]);
    this.#missed = new Map(LAYER_NAMES.map((name) => [symbols.functionIndex(LAYERS[name].counter), name]));
    this.#takers = new Map(TAKER_NAMES.map((name) => [symbols.functionIndex(name), name]));
    this.#meanings = meaningsOf(kernel);
    this.#version = kernel.machine.text.version;
    this.#areas = new AreaWatch(kernel, (thread, slot, write) => {
      history?.area(slot, write);
      this.#wrote(thread, slot, write);
    });
    this.observer = {
      call: (thread, slot, fn) => this.#enter(thread, fn, slot),
      leaf: (thread, slot, leaf) => this.#leaf(thread, slot, leaf),
      tail: (thread, slot, fn) => this.#tail(thread, slot, fn),
      return: (thread) => this.#return(thread),
      write: (thread, slot, at, size) => {
        history?.memory(thread.cpu, slot, at, size);
        this.#areas.wrote(thread, slot, at, size);
      },
    };
  }

  /** What functions mean now: attaching makes new ones. */
  get #current(): Meanings {
    const { version } = this.#kernel.machine.text;
    if (version !== this.#version) {
      this.#version = version;
      this.#meanings = meaningsOf(this.#kernel);
    }
    return this.#meanings;
  }

  save(): RecorderState {
    const open = [...this.#open].map(([thread, frames]): [Thread, Open[]] => [thread, [...frames]]);
    return { events: this.events.length, open, areas: this.#areas.save(), held: this.#held };
  }

  /** Forgets what happened after something was saved. */
  restore(state: RecorderState): void {
    this.events.length = state.events;
    this.#open.clear();
    for (const [thread, open] of state.open) this.#open.set(thread, [...open]);
    this.#areas.restore(state.areas);
    this.#held = state.held;
  }

  /** Nothing more happens: what has been held back is told. */
  finish(): void {
    this.#areas.settle();
    this.#release(undefined);
  }

  /** Decides about a write that was held back, now that it is known what comes next. */
  #release(next: LabEvent | undefined): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && !isToldBy(held, next)) this.#add(held);
  }

  #add(event: LabEvent): void {
    if (this.events.length < this.#most) this.events.push(event);
    else this.dropped += 1;
  }

  emit(thread: Thread, body: Body, time = this.#kernel.machine.now): void {
    // What happened before is told before. A write of a leaf is only known when the leaf has returned.
    if (body.kind !== 'write') this.#areas.settle();
    const { processors } = this.#kernel;
    const { cpu } = thread;
    const event = {
      ...body,
      time,
      cpu,
      task: thread.name,
      depth: Math.max(0, processors[cpu]!.stack.indexOf(thread)),
      preemptCount: this.#kernel.preemptCount(cpu),
    } as LabEvent;
    this.#release(event);
    if (this.#foldsWrites && event.kind === 'write') this.#held = event;
    else this.#add(event);
  }

  #stack(thread: Thread): Open[] {
    let stack = this.#open.get(thread);
    if (stack === undefined) {
      stack = [];
      this.#open.set(thread, stack);
    }
    return stack;
  }

  /** An argument as the user knows it: a map by its name, a number as a number. */
  #argument(value: bigint): string {
    const at = fromAddress(value);
    if (at !== undefined) {
      for (const map of this.#kernel.maps.values()) if (map.at === at) return map.definition.name;
      return `0x${value.toString(16)}`;
    }
    const signed = BigInt.asIntN(64, value);
    return signed < 0x1_0000_0000n && signed > -0x1_0000_0000n
      ? signed.toString()
      : `0x${value.toString(16)}`;
  }

  /** A thread begins in function `fn`, called by nobody. */
  start(thread: Thread, fn: number): void {
    this.#open.set(thread, []);
    this.#enter(thread, fn);
  }

  /** A frame was opened for function `fn`, called at `slot` if by anybody. */
  #enter(thread: Thread, fn: number, slot = -1): void {
    const open = this.#opened(thread, fn, slot);
    const taker = this.#takers.get(fn);
    this.#stack(thread).push(taker === undefined ? open : { ...open, taker });
  }

  #wrote(thread: Thread, slot: number, { area, before, after }: AreaWrite): void {
    const fn = this.#kernel.machine.text.at(slot)?.fn;
    this.emit(thread, {
      kind: 'write',
      program: area.program.name,
      areaCpu: area.cpu,
      before,
      after,
      function: fn?.name ?? '?',
      slot: slot - (fn?.start ?? slot),
    });
  }

  #leaf(thread: Thread, slot: number, leaf: number): void {
    this.#areas.calls(thread, slot);
    const program = this.#programOf(slot);
    const { machine } = this.#kernel;
    const called = machine.leaves[leaf];
    // For a leaf the clock shows the end of its call already; everything else is told at the beginning.
    const time = machine.now - machine.nsPerInsn;
    if (called?.name === 'bpf_tail_call' && this.#isPastLimit(thread))
      this.emit(thread, { kind: 'busy', function: called.name, by: called.name }, time);
    if (program === undefined || called === undefined) return;
    const name = called.inPlaceOf ?? called.name;
    this.emit(thread, { kind: 'helper', program, name, isLeaf: true }, time);
  }

  /** Whether a tail call fails since there were too many; the index is looked at before (emit_bpf_tail_call_indirect, arch/x86/net/bpf_jit_comp.c). */
  #isPastLimit(thread: Thread): boolean {
    const { machine, maps } = this.#kernel;
    const at = fromAddress(thread.getRegister(2));
    const map = [...maps.values()].find((m) => m.at === at);
    const index = Number(BigInt.asUintN(32, thread.getRegister(3)));
    if (map === undefined || index >= map.definition.maxEntries) return false;
    const isProgram = (slot: number): boolean => machine.text.at(slot)?.fn.kind === 'program';
    return isOutOfTailCalls(machine.memory, thread.at >> 2, isProgram);
  }

  /** The program, or function of one, whose code is in a slot. */
  #programOf(slot: number): string | undefined {
    const fn = this.#kernel.machine.text.at(slot)?.fn;
    return fn?.kind === 'program' ? splitSpacedName(fn.name).bare : undefined;
  }

  #opened(thread: Thread, fn: number, slot: number): Open {
    const { calls, originals, programs } = this.#current;
    const call = calls.get(fn);
    if (call !== undefined) {
      const args = Array.from({ length: Math.min(call.nargs, 5) }, (_, i) =>
        this.#argument(thread.getRegister(i + 1)),
      );
      if (call.nargs > 5) args.push('…');
      this.emit(thread, { kind: 'call', name: call.name, args, trampoline: call.trampoline });
      return { kind: 'call', name: call.name };
    }
    const original = originals.get(fn);
    if (original !== undefined) {
      this.emit(thread, { kind: 'original', name: original });
      return { kind: 'original', name: original };
    }
    const program = programs.get(fn);
    if (program !== undefined) {
      this.emit(thread, { kind: 'run', program });
      return { kind: 'run', name: program };
    }
    const guard = this.#guard.get(fn);
    if (guard !== undefined) {
      const guarded = this.#kernel.programAt(fromAddress(thread.getRegister(1)) ?? 0);
      if (guarded === undefined) return OTHER;
      return { kind: guard, program: guarded.name, before: this.#kernel.active(guarded, thread.cpu) };
    }
    const missed = this.#missed.get(fn);
    if (missed !== undefined) this.#miss(thread, missed);
    const callee = this.#kernel.machine.text.functions[fn];
    const caller = callee?.kind === 'program' ? undefined : this.#programOf(slot);
    if (callee === undefined || caller === undefined) return OTHER;
    this.emit(thread, { kind: 'helper', program: caller, name: callee.name, isLeaf: false });
    return { kind: 'helper', name: callee.name };
  }

  /** The frame stays, so what has to be said when it ends is that the program ends that has it now. */
  #tail(thread: Thread, slot: number, fn: number): void {
    const stack = this.#stack(thread);
    const open = stack.pop() ?? OTHER;
    const target = this.#current.programs.get(fn) ?? '?';
    const program = open.kind === 'run' ? open.name : (this.#programOf(slot) ?? '?');
    this.emit(thread, { kind: 'tail_call', program, target });
    stack.push(open.kind === 'run' ? { kind: 'run', name: target } : open);
  }

  /** A miss that the guard has not reported already by refusing. */
  #miss(thread: Thread, by: LayerName): void {
    const at = fromAddress(thread.getRegister(1)) ?? 0;
    const program =
      LAYERS[by].of === 'link'
        ? [...this.#kernel.programs.values()].find((p) => p.links.some((l) => l.link === at))
        : this.#kernel.programAt(at);
    if (program === undefined) return;
    const last = this.events.at(-1);
    if (last?.kind === 'enter' && last.program === program.name && !last.admitted) return;
    this.emit(thread, { kind: 'missed', programs: [program.name], by });
  }

  /** Tells of a function that did not get what it is there to take: by the helper that a program has called, if one has. */
  #refuse(thread: Thread, by: TakerName): void {
    const around = this.#stack(thread).findLast((open) => 'name' in open);
    this.emit(thread, { kind: 'busy', function: around?.kind === 'helper' ? around.name : by, by });
  }

  #return(thread: Thread): void {
    const open = this.#stack(thread).at(-1) ?? OTHER;
    const result = thread.getRegister(0);
    if (open.taker !== undefined && isRefused(open.taker, result)) this.#refuse(thread, open.taker);
    this.#stack(thread).pop();
    switch (open.kind) {
      case 'other':
        return;
      case 'call':
        this.emit(thread, { kind: 'return', name: open.name, result });
        return;
      case 'original':
        this.emit(thread, { kind: 'original_end', name: open.name, result });
        return;
      case 'helper':
        this.emit(thread, { kind: 'helper_end', name: open.name, result });
        return;
      case 'run':
        this.emit(thread, { kind: 'run_end', program: open.name, result });
        return;
      case 'enter':
      case 'exit': {
        const { program, before } = open;
        const after = this.#kernel.active(this.#kernel.programs.get(program)!, thread.cpu);
        if (open.kind === 'enter')
          this.emit(thread, { kind: 'enter', program, admitted: result !== 0n, before, after });
        else this.emit(thread, { kind: 'exit', program, before, after });
        return;
      }
      default:
        open satisfies never;
    }
  }
}
