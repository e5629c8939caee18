import type { LabEvent } from '../../lab/events.js';
import { describeEvent } from '../describe-event.js';

export type SliceKind =
  | 'action'
  | 'call'
  | 'original'
  | 'helper'
  | 'admitted'
  | 'refused'
  /** Admitted while another instance of the program was on the CPU. */
  | 'overlap'
  | 'runs'
  | 'missed'
  | 'softirq'
  | 'hardirq'
  | 'nmi'
  | 'switch'
  | 'write'
  | 'fault';

/** A box of the timeline: columns are events, rows are what is nested in what. */
export interface Slice {
  readonly kind: SliceKind;
  readonly label: string;
  readonly cpu: number;
  readonly row: number;
  readonly from: number;
  /** Column after its last. */
  to: number;
}

interface Lane {
  readonly cpu: number;
  readonly rows: number;
}

export interface Picture {
  readonly slices: readonly Slice[];
  readonly lanes: readonly Lane[];
}

interface Open extends Slice {
  readonly program?: string;
}

/** What is open in a task, or in an interrupt on top of one. */
interface Context {
  /** Row of its outermost slice. */
  base: number;
  readonly open: Open[];
  /** What was open when it gave way, to be opened again when it goes on. */
  paused: readonly Open[];
}

const isAdmitted = ({ kind }: Slice): boolean => kind === 'admitted' || kind === 'overlap';

class Painter {
  readonly slices: Slice[] = [];
  readonly #tasks = new Map<string, Context>();
  readonly #interrupts = new Map<string, Context>();
  /** Admitted instances of a program on a CPU. */
  readonly #admitted = new Map<string, number>();

  #contextOf(e: LabEvent): Context {
    const contexts = e.depth === 0 ? this.#tasks : this.#interrupts;
    const key = e.depth === 0 ? e.task : `${e.cpu} ${e.depth}`;
    let context = contexts.get(key);
    if (context === undefined) {
      context = { base: 0, open: [], paused: [] };
      contexts.set(key, context);
    }
    return context;
  }

  #push(e: LabEvent, at: number, kind: SliceKind, label: string, program?: string): void {
    const context = this.#contextOf(e);
    const row = context.base + context.open.length;
    const slice = {
      kind,
      label,
      cpu: e.cpu,
      row,
      from: at,
      to: at + 1,
      ...(program !== undefined && { program }),
    };
    context.open.push(slice);
    this.slices.push(slice);
  }

  #pop(context: Context, at: number): void {
    const slice = context.open.pop();
    if (slice !== undefined) slice.to = at + 1;
  }

  #closeAll(context: Context, at: number): void {
    while (context.open.length > 0) this.#pop(context, at);
  }

  /** Something that has no duration. */
  #mark(e: LabEvent, at: number, kind: SliceKind, label = describeEvent(e)): void {
    const { base, open } = this.#contextOf(e);
    this.slices.push({ kind, label, cpu: e.cpu, row: base + open.length, from: at, to: at + 1 });
  }

  add(e: LabEvent, at: number): void {
    const context = this.#contextOf(e);
    const top = context.open.at(-1);
    switch (e.kind) {
      case 'action':
        this.#closeAll(context, at - 1);
        this.#push(e, at, 'action', `${e.task}: ${e.text}`);
        return;
      case 'action_end':
      case 'return':
      case 'original_end':
      case 'helper_end':
        this.#pop(context, at);
        return;
      case 'call':
        this.#push(e, at, 'call', e.name);
        return;
      case 'original':
        this.#push(e, at, 'original', `${e.name} itself`);
        return;
      case 'helper':
        if (e.isLeaf) this.#mark(e, at, 'helper', e.name);
        else this.#push(e, at, 'helper', e.name);
        return;
      case 'enter':
        if (e.admitted)
          this.#push(e, at, this.#count(e, 1) > 1 ? 'overlap' : 'admitted', e.program, e.program);
        else this.#push(e, at, 'refused', `✗ ${e.program} REFUSED`, e.program);
        return;
      case 'exit':
        if (top?.program !== e.program) return;
        if (isAdmitted(top)) this.#count(e, -1);
        this.#pop(context, at);
        return;
      case 'run':
        if (top !== undefined && isAdmitted(top) && top.program === e.program) return;
        this.#push(e, at, 'runs', e.program, e.program);
        return;
      case 'run_end':
        if (top?.kind === 'runs') this.#pop(context, at);
        return;
      case 'missed':
        this.#mark(e, at, 'missed', `✗ ${e.programs.join(', ')} MISSED`);
        return;
      case 'busy':
        this.#mark(e, at, 'missed', `✗ ${e.function} REFUSED`);
        return;
      case 'interrupt': {
        const above: Context = { base: context.base + context.open.length, open: [], paused: [] };
        this.#interrupts.set(`${e.cpu} ${e.depth + 1}`, above);
        const slice: Open = {
          kind: e.level,
          label: `${e.level}: ${e.text}`,
          cpu: e.cpu,
          row: above.base,
          from: at,
          to: at + 1,
        };
        above.open.push(slice);
        this.slices.push(slice);
        return;
      }
      case 'interrupt_end': {
        const above = this.#interrupts.get(`${e.cpu} ${e.depth + 1}`);
        if (above !== undefined) this.#closeAll(above, at);
        return;
      }
      case 'preempted':
      case 'blocked':
        this.#mark(e, at, 'switch');
        context.paused = [...context.open];
        this.#closeAll(context, at);
        return;
      case 'resumed':
        for (const { kind, label, program } of context.paused)
          this.#push(e, at, kind, `… ${label.replace(/^… /, '')}`, program);
        context.paused = [];
        return;
      case 'write':
        this.#mark(e, at, 'write');
        return;
      case 'tail_call':
        this.#mark(e, at, 'switch');
        return;
      case 'fault':
        this.#mark(e, at, 'fault');
        return;
      default:
        e satisfies never;
    }
  }

  /** How many admitted instances of a program are on the CPU, after one more or less. */
  #count({ program, cpu }: { readonly program: string; readonly cpu: number }, by: 1 | -1): number {
    const key = `${cpu} ${program}`;
    const n = (this.#admitted.get(key) ?? 0) + by;
    this.#admitted.set(key, n);
    return n;
  }

  /** What never ended reaches to the end. */
  finish(end: number): void {
    for (const context of [...this.#tasks.values(), ...this.#interrupts.values()])
      this.#closeAll(context, end - 1);
  }
}

/**
 * Where everything is in the timeline: one lane for each CPU, and in it contexts on top of each other, outermost first. `columns`
 * are those of the events.
 */
export function pictureOf(events: readonly LabEvent[], cpus: number, columns: readonly number[]): Picture {
  const painter = new Painter();
  events.forEach((e, i) => {
    painter.add(e, columns[i]!);
  });
  painter.finish((columns.at(-1) ?? -1) + 1);
  const rows = new Array<number>(cpus).fill(0);
  for (const { cpu, row } of painter.slices) rows[cpu] = Math.max(rows[cpu] ?? 0, row + 1);
  const lanes = rows.map((n, cpu) => ({ cpu, rows: Math.max(1, n) }));
  // CPUs on which nothing happens take no room, unless there is nothing else.
  const busy = lanes.filter(({ cpu }) => events.some((e) => e.cpu === cpu));
  return { slices: painter.slices, lanes: busy.length === 0 ? lanes.slice(0, 1) : busy };
}
