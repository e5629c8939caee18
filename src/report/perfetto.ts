import type { LabEvent } from '../lab/events.js';
import type { ScenarioResult } from '../lab/run.js';
import { jsonText } from '../text/shown.js';
import { formatActive } from './active.js';

/**
 * An event of the trace format that Chrome and Perfetto read (its specification: "Trace Event Format"): `B` and `E` are
 * the ends of a slice and nest on their track, `i` is an instant, `C` a counter, `M` names a process or track. `ts` is
 * in microseconds.
 * @internal
 */
export interface TraceEvent {
  readonly ph: 'B' | 'E' | 'i' | 'C' | 'M';
  readonly pid: number;
  /** 1 + the CPU: 0 would be read as the process. */
  readonly tid: number;
  readonly ts?: number;
  readonly name?: string;
  readonly cat?: string;
  /** Of an instant: it belongs to the track. */
  readonly s?: 't';
  readonly args?: Readonly<Record<string, string | number>>;
}

interface Slice {
  readonly name: string;
  readonly cat: 'task' | 'interrupt' | 'action' | 'trampoline' | 'function' | 'program' | 'helper';
  readonly args?: Readonly<Record<string, string | number>>;
}

/** A task, or an interrupt on top of one, and what is open in it, itself first. */
interface Context {
  readonly slices: Slice[];
}

const NS_IN_US = 1000;

/** Folds the events of one run into one process. */
class Process {
  readonly out: TraceEvent[] = [];
  readonly #pid: number;
  /** Tasks keep what is open in them while they do not run. */
  readonly #tasks = new Map<string, Context>();
  /** By CPU: the contexts on it from its task outwards, whose slices are drawn as open. */
  readonly #cpus = new Map<number, Context[]>();
  /** The last value of each counter. */
  readonly #counters = new Map<string, string>();
  #time = 0;

  constructor(pid: number, name: string, cpus: number) {
    this.#pid = pid;
    this.out.push({ ph: 'M', pid, tid: 0, name: 'process_name', args: { name } });
    this.out.push({ ph: 'M', pid, tid: 0, name: 'process_sort_index', args: { sort_index: pid } });
    for (let cpu = 0; cpu < cpus; cpu += 1) {
      const tid = cpu + 1;
      this.out.push({ ph: 'M', pid, tid, name: 'thread_name', args: { name: `CPU ${cpu}` } });
      this.out.push({ ph: 'M', pid, tid, name: 'thread_sort_index', args: { sort_index: cpu } });
    }
  }

  #push(cpu: number, event: Omit<TraceEvent, 'pid' | 'tid' | 'ts'>): void {
    const { ph, ...rest } = event;
    this.out.push({ ph, pid: this.#pid, tid: cpu + 1, ts: this.#time / NS_IN_US, ...rest });
  }

  #draw(cpu: number, slice: Slice): void {
    this.#push(cpu, { ph: 'B', ...slice });
  }

  #begin(cpu: number, context: Context, slice: Slice): void {
    context.slices.push(slice);
    this.#draw(cpu, slice);
  }

  #end(cpu: number, context: Context, args?: TraceEvent['args']): void {
    // The first slice is the context, which others end.
    if (context.slices.length < 2) return;
    context.slices.pop();
    this.#push(cpu, { ph: 'E', ...(args && { args }) });
  }

  /** Takes the outermost contexts off a CPU's track, down to `depth` of them; what is open in them is kept. */
  #clear(cpu: number, depth = 0): void {
    const contexts = this.#cpus.get(cpu) ?? [];
    for (const { slices } of contexts.splice(depth).reverse())
      for (let n = slices.length; n > 0; n -= 1) this.#push(cpu, { ph: 'E' });
  }

  /** The context an event happened in, put on its CPU's track if another task was there. */
  #contextOf({ cpu, task, depth }: LabEvent): Context {
    let contexts = this.#cpus.get(cpu);
    if (contexts === undefined) {
      contexts = [];
      this.#cpus.set(cpu, contexts);
    }
    if (depth > 0) return contexts[depth] ?? contexts.at(-1) ?? this.#task(cpu, contexts, task);
    let context = this.#tasks.get(task);
    if (context === undefined) {
      context = { slices: [{ name: task, cat: 'task' }] };
      this.#tasks.set(task, context);
    }
    if (contexts[0] !== context) {
      for (const other of this.#cpus.keys()) if (this.#cpus.get(other)?.[0] === context) this.#clear(other);
      this.#clear(cpu);
      contexts.push(context);
      for (const slice of context.slices) this.#draw(cpu, slice);
    }
    return context;
  }

  /** An interrupt's event on a CPU whose task is not known yet. */
  #task(cpu: number, contexts: Context[], task: string): Context {
    const context: Context = { slices: [{ name: task, cat: 'interrupt' }] };
    contexts.push(context);
    this.#draw(cpu, context.slices[0]!);
    return context;
  }

  #instant(cpu: number, name: string, args: TraceEvent['args']): void {
    this.#push(cpu, { ph: 'i', name, cat: 'refusal', s: 't', ...(args && { args }) });
  }

  /** A counter whose value has changed. */
  #count(cpu: number, name: string, args: Readonly<Record<string, number>>): void {
    const text = JSON.stringify(args);
    if (this.#counters.get(name) === text) return;
    this.#counters.set(name, text);
    this.#push(cpu, { ph: 'C', name, args });
  }

  #active(cpu: number, program: string, bytes: Uint8Array): void {
    bytes.forEach((byte, i) => {
      this.#count(cpu, `active of ${program}, byte ${i}, CPU ${cpu}`, { value: byte });
    });
  }

  add(e: LabEvent): void {
    this.#time = Math.max(this.#time, e.time);
    const { cpu } = e;
    const context = this.#contextOf(e);
    this.#count(cpu, `preempt_count, CPU ${cpu}`, { value: e.preemptCount });
    switch (e.kind) {
      case 'action':
        while (context.slices.length > 1) this.#end(cpu, context);
        this.#begin(cpu, context, { name: e.text, cat: 'action' });
        return;
      case 'action_end':
        while (context.slices.length > 1)
          this.#end(cpu, context, e.result === undefined ? undefined : { result: String(e.result) });
        this.#clear(cpu);
        return;
      case 'call': {
        const cat = e.trampoline ? 'trampoline' : 'function';
        this.#begin(cpu, context, { name: e.name, cat, args: { arguments: e.args.join(', ') } });
        return;
      }
      case 'original':
        this.#begin(cpu, context, { name: `${e.name} itself`, cat: 'function' });
        return;
      case 'run':
        this.#begin(cpu, context, { name: e.program, cat: 'program' });
        return;
      case 'tail_call': {
        const top = context.slices.at(-1);
        const args = { 'tail call from': e.program };
        // A function of a program has no slice of its own.
        if (top?.cat !== 'program' || top.name !== e.program) {
          this.#push(cpu, { ph: 'i', name: `goes on as ${e.target}`, cat: 'program', s: 't', args });
          return;
        }
        this.#end(cpu, context);
        this.#begin(cpu, context, { name: e.target, cat: 'program', args });
        return;
      }
      case 'helper':
        if (e.isLeaf) this.#push(cpu, { ph: 'i', name: e.name, cat: 'helper', s: 't' });
        else this.#begin(cpu, context, { name: e.name, cat: 'helper' });
        return;
      case 'return':
      case 'original_end':
      case 'run_end':
      case 'helper_end':
        this.#end(cpu, context, { result: String(BigInt.asIntN(64, e.result)) });
        return;
      case 'enter':
        this.#active(cpu, e.program, e.after);
        if (!e.admitted) {
          const active = `${formatActive(e.before)} -> ${formatActive(e.after)}`;
          this.#instant(cpu, `${e.program} refused`, { active });
        }
        return;
      case 'exit':
        this.#active(cpu, e.program, e.after);
        return;
      case 'write': {
        const active = `${formatActive(e.before)} -> ${formatActive(e.after)}`;
        const args = { active, by: `${e.function}+${e.slot}` };
        this.#push(cpu, { ph: 'i', name: `active of ${e.program} written`, cat: 'guard', s: 't', args });
        this.#active(e.areaCpu, e.program, e.after);
        return;
      }
      case 'missed':
        for (const program of e.programs) this.#instant(cpu, `${program} missed`, { by: e.by });
        return;
      case 'busy':
        this.#instant(cpu, `${e.function} refused`, { by: e.by });
        return;
      case 'interrupt': {
        const above: Context = { slices: [] };
        this.#cpus.get(cpu)!.push(above);
        this.#begin(cpu, above, { name: e.level, cat: 'interrupt', args: { by: e.text } });
        return;
      }
      case 'interrupt_end':
        this.#clear(cpu, e.depth + 1);
        return;
      case 'preempted':
      case 'blocked':
        this.#clear(cpu);
        return;
      case 'resumed':
        return;
      case 'fault':
        this.#instant(cpu, 'fault', { what: e.text });
        return;
      default:
        e satisfies never;
    }
  }

  /** Ends everything that is open: the run is over. */
  finish(): void {
    for (const cpu of this.#cpus.keys()) this.#clear(cpu);
  }
}

/**
 * The events of runs in the order of their times, each run a process.
 * @internal
 */
export function traceEvents(results: readonly ScenarioResult[]): TraceEvent[] {
  return results.flatMap((result, i) => {
    const title = result.title === undefined ? '' : `${result.title}: `;
    const process = new Process(i + 1, `${title}guard ${result.guard}, kernel ${result.kernel}`, result.cpus);
    for (const e of result.events) process.add(e);
    process.finish();
    return process.out;
  });
}

/** A trace as a JSON document, one event on each line. */
export function perfettoTrace(results: readonly ScenarioResult[]): string {
  const lines = traceEvents(results).map((e) => jsonText(e));
  return `{"displayTimeUnit":"ns","traceEvents":[\n${lines.join(',\n')}\n]}\n`;
}
