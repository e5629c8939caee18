import type { Kernel } from '../kernel/kernel.js';
import { fireName, originalName } from '../kernel/names.js';
import type { Task } from '../kernel/task.js';
import type { Observer } from '../machine/engine.js';
import { fromAddress } from '../machine/memory.js';
import type { Thread } from '../machine/thread.js';
import type { LabEvent } from './events.js';

type Body = LabEvent extends infer E
  ? E extends LabEvent
    ? Omit<E, 'time' | 'cpu' | 'task' | 'preemptCount'>
    : never
  : never;

/** What a frame is to the user, with what has to be said when it ends. */
type Open =
  | { readonly kind: 'other' }
  | { readonly kind: 'call' | 'original' | 'run'; readonly name: string }
  | { readonly kind: 'enter' | 'exit'; readonly program: string; readonly before: Uint8Array };

const OTHER: Open = { kind: 'other' };

/** Listens to the machine and writes down what happened in the kernel's terms. */
export class Recorder implements Observer {
  readonly events: LabEvent[] = [];
  readonly #kernel: Kernel;
  readonly #open = new Map<Thread, Open[]>();
  readonly #calls = new Map<
    number,
    { readonly name: string; readonly nargs: number; readonly trampoline: boolean }
  >();
  readonly #originals = new Map<number, string>();
  readonly #programs = new Map<number, string>();
  readonly #guard: ReadonlyMap<number, 'enter' | 'exit'>;
  readonly #tasks: ReadonlyMap<Thread, Task>;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#tasks = new Map(kernel.tasks.map((t) => [t.thread, t]));
    const { symbols } = kernel;
    for (const t of kernel.traceable.values()) {
      const isTraced = kernel.trampolines.has(t.name);
      this.#calls.set(t.fn, { name: t.name, nargs: t.nargs, trampoline: isTraced });
      if (isTraced) this.#originals.set(symbols.functionIndex(originalName(t.name)), t.name);
    }
    for (const [name, nargs] of kernel.tracepoints) {
      const trampoline = kernel.attached.has(name);
      this.#calls.set(symbols.functionIndex(fireName(name)), { name: fireName(name), nargs, trampoline });
    }
    for (const p of kernel.programs.values()) this.#programs.set(p.fn, p.name);
    this.#guard = new Map([
      [symbols.functionIndex('bpf_prog_get_recursion_context'), 'enter'],
      [symbols.functionIndex('bpf_prog_put_recursion_context'), 'exit'],
    ]);
  }

  emit(thread: Thread, body: Body): void {
    const task = this.#tasks.get(thread);
    this.events.push({
      ...body,
      time: this.#kernel.machine.executed,
      cpu: thread.cpu,
      task: task?.name ?? thread.name,
      preemptCount: this.#kernel.preemptCount(thread.cpu),
    } as LabEvent);
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

  call(thread: Thread, _slot: number, fn: number): void {
    this.#enter(thread, fn);
  }

  #enter(thread: Thread, fn: number): void {
    this.#stack(thread).push(this.#opened(thread, fn));
  }

  #opened(thread: Thread, fn: number): Open {
    const call = this.#calls.get(fn);
    if (call !== undefined) {
      const args = Array.from({ length: call.nargs }, (_, i) => this.#argument(thread.getRegister(i + 1)));
      this.emit(thread, { kind: 'call', name: call.name, args, trampoline: call.trampoline });
      return { kind: 'call', name: call.name };
    }
    const original = this.#originals.get(fn);
    if (original !== undefined) {
      this.emit(thread, { kind: 'original', name: original });
      return { kind: 'original', name: original };
    }
    const program = this.#programs.get(fn);
    if (program !== undefined) {
      this.emit(thread, { kind: 'run', program });
      return { kind: 'run', name: program };
    }
    const guard = this.#guard.get(fn);
    if (guard === undefined) return OTHER;
    const guarded = this.#kernel.programAt(fromAddress(thread.getRegister(1)) ?? 0);
    if (guarded === undefined) return OTHER;
    return { kind: guard, program: guarded.name, before: this.#kernel.active(guarded, thread.cpu) };
  }

  /** The frame stays, so what has to be said when it ends is that the program ends that has it now. */
  tail(thread: Thread, slot: number, fn: number): void {
    const stack = this.#stack(thread);
    const open = stack.pop() ?? OTHER;
    const target = this.#programs.get(fn) ?? '?';
    const program = open.kind === 'run' ? open.name : (this.#kernel.machine.text.at(slot)?.fn.name ?? '?');
    this.emit(thread, { kind: 'tail_call', program, target });
    stack.push(open.kind === 'run' ? { kind: 'run', name: target } : open);
  }

  return(thread: Thread, _slot: number): void {
    const open = this.#stack(thread).pop() ?? OTHER;
    const result = thread.getRegister(0);
    switch (open.kind) {
      case 'other':
        return;
      case 'call':
        this.emit(thread, { kind: 'return', name: open.name, result });
        return;
      case 'original':
        this.emit(thread, { kind: 'original_end', name: open.name, result });
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
