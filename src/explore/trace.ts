import { printInsn } from '../isa/print/listing.js';
import type { Program } from '../kernel/kernel.js';
import { TASK } from '../kernel/layout.js';
import { AreaWatch, type AreaWrite } from '../lab/area-writes.js';
import { type Area, Areas } from '../lab/areas.js';
import { explainCondition, holds } from '../lab/expect.js';
import type { Property } from '../lab/properties.js';
import type { Observer } from '../machine/engine.js';
import { summarizeFault } from '../machine/fault.js';
import { fromAddress } from '../machine/memory.js';
import type { Thread } from '../machine/thread.js';
import { immAt, opIdOf, opOf, wordAt } from '../machine/word.js';
import { readChoice } from '../replay/choice.js';
import { chain, Player } from '../replay/player.js';
import type { Scene } from '../replay/scene.js';
import { hexBytes } from '../text/numbers.js';
import type { Span } from '../text/source.js';
import { endlessFindings, Rounds } from './endless.js';
import { ACCESS, ACCESS_OF, accessedAt, SIZE_OF } from './reduce/access.js';
import { functionOf } from './reduce/call-frames.js';
import { conditionWords, wordsOf } from './reduce/condition-words.js';
import type { Stretch } from './state/store.js';

/** A line of a counterexample: something that matters to others, and who does it. */
export interface TraceRow {
  /** The task, or the interrupt by its source. */
  readonly lane: string;
  readonly cpu: number;
  readonly text: string;
  /** Where the instruction is written. */
  readonly span: Span | undefined;
  /** What was read or written: a number, and the lab's variable if it is the whole of one. */
  readonly value:
    | { readonly kind: 'read' | 'written'; readonly number: bigint; readonly variable?: string }
    | undefined;
  /** The `active` area that was accessed afterwards, or of the program on this CPU. */
  readonly active: Uint8Array | undefined;
  /** Moves of the schedule, and instructions, that came before it. */
  readonly move: number;
  readonly position: number;
}

export interface Trace {
  readonly rows: readonly TraceRow[];
  /** A sentence for each thing that is wrong at the end. */
  readonly findings: readonly string[];
}

interface Touched extends Stretch {
  readonly access: number;
}

/** Memory that an instruction is about to access. */
function touched(scene: Scene, thread: Thread, slot: number): Touched | undefined {
  const { code } = scene.kernel.machine.text;
  const word = wordAt(code, slot);
  const access = ACCESS_OF[opIdOf(word)]!;
  if (access === ACCESS.none || access === ACCESS.leaf || access === ACCESS.exit) return undefined;
  const at = accessedAt(code, slot, thread);
  if (at < 0) return undefined;
  const size = SIZE_OF[opIdOf(word)]!;
  // A comparison that fails writes nothing.
  const isRead =
    opOf(word).form === 'cmpxchg' &&
    BigInt.asUintN(8 * size, thread.getRegister(0)) !== numberAt(scene, { at, size });
  return { at, size, access: isRead ? ACCESS.load : access };
}

const numberAt = (scene: Scene, { at, size }: Stretch): bigint => {
  let n = 0n;
  for (let i = size - 1; i >= 0; i -= 1) n = (n << 8n) | BigInt(scene.kernel.memory.u8[at + i]!);
  return n;
};

/** A variable of the lab, or an element of one, that lies in just these bytes, and its value by its own type. */
function variableAt(
  kernel: Scene['kernel'],
  { at, size }: Stretch,
): { variable: string; number: bigint } | undefined {
  for (const g of kernel.globals.values()) {
    const index = (at - g.at) / size;
    if (size * 8 !== g.bits || g.field !== undefined || !Number.isInteger(index)) continue;
    if (index < 0 || index >= g.count) continue;
    return {
      variable: g.isArray ? `${g.name}[${index}]` : g.name,
      number: kernel.readGlobal(g, index),
    };
  }
  return undefined;
}

/** Properties whose counterexamples show accesses to all of a lab's globals: what leads there may lie in any. */
const WITH_GLOBALS: readonly Property[] = ['no_fault', 'no_deadlock'];

/** Writes down what matters while a schedule is carried out. */
class Tracer {
  readonly rows: TraceRow[] = [];
  readonly observer: Observer;
  readonly #scene: Scene;
  readonly #watched: ReadonlySet<number>;
  /** Whether conditions read a map. */
  readonly #readsMaps: boolean;
  readonly #enter: number;
  readonly #put: number;
  #values: readonly string[];
  readonly #entered = new Map<Thread, Program[]>();
  lane = '';
  cpu = 0;
  #slot = -1;
  #thread: Thread | undefined;
  #position = 0;
  /** Moves before the one that is carried out. */
  moves = 0;
  #touched: Touched | undefined;
  #events: { text: string; program: Program }[] = [];
  readonly #areas: Areas;
  readonly #watch: AreaWatch;
  /** Areas that a leaf has written in this move. */
  #byLeaf: AreaWrite[] = [];

  constructor(scene: Scene, property: Property) {
    this.#scene = scene;
    const { symbols } = scene.kernel;
    this.#enter = symbols.functionIndex('bpf_prog_get_recursion_context');
    this.#put = symbols.functionIndex('bpf_prog_put_recursion_context');
    const { kernel } = scene;
    const globals = WITH_GLOBALS.includes(property) ? [...kernel.globals.values()] : [];
    this.#watched = new Set([
      ...[...scene.always, ...scene.finally].flatMap((c) => conditionWords(kernel, c)),
      ...globals.flatMap((g) => wordsOf(g.at, (g.bits / 8) * g.count)),
    ]);
    this.#readsMaps = kernel.memory.regions.some((r) => r.kind === 'map' && this.#watched.has(r.start >> 2));
    this.#values = this.#read();
    this.#areas = new Areas(kernel);
    this.#watch = new AreaWatch(kernel, (_thread, slot, write) => {
      if (this.#isLeaf(slot)) this.#byLeaf.push(write);
    });
    this.observer = {
      instruction: (thread, slot) => {
        this.#slot = slot;
        this.#thread = thread;
        this.#touched = touched(scene, thread, slot);
      },
      call: (thread, _slot, fn) => this.#called(thread, fn),
      return: (thread) => this.#returned(thread),
      leaf: (thread, slot) => this.#watch.calls(thread, slot),
      write: (thread, slot, at, size) => this.#watch.wrote(thread, slot, at, size),
    };
  }

  /** Whether an instruction has been carried out in this move. */
  get hasRun(): boolean {
    return this.#slot >= 0;
  }

  row(text: string, span?: Span, active?: Uint8Array, value?: TraceRow['value']): void {
    this.rows.push({
      lane: this.lane,
      cpu: this.cpu,
      text,
      span,
      value,
      active,
      move: this.moves,
      position: this.#position,
    });
  }

  before(lane: string, cpu: number): void {
    this.lane = lane;
    this.cpu = cpu;
    this.#position = this.#scene.kernel.machine.executed;
    this.#slot = -1;
    this.#touched = undefined;
    this.#events = [];
    this.#byLeaf = [];
  }

  after(): void {
    const { kernel } = this.#scene;
    const t = this.#touched;
    this.#leaf();
    if (t !== undefined) {
      const [area] = this.#areas.reached(t.at, t.size);
      const isWatched = Array.from({ length: t.size }, (_, i) => (t.at + i) >> 2).some((w) =>
        this.#watched.has(w),
      );
      if (area !== undefined || isWatched) this.#access(t, area);
      if (isWatched) this.#values = this.#read();
    }
    for (const { text, program } of this.#events) this.row(text, undefined, kernel.active(program, this.cpu));
  }

  #isLeaf(slot: number): boolean {
    return ACCESS_OF[opIdOf(wordAt(this.#scene.kernel.machine.text.code, slot))] === ACCESS.leaf;
  }

  /** A leaf that has written to a guard's area, or changed what a condition reads: leaves do not tell what they write. */
  #leaf(): void {
    const { machine } = this.#scene.kernel;
    this.#watch.settle();
    const placed = this.#slot < 0 ? undefined : machine.text.at(this.#slot);
    if (placed === undefined || !this.#isLeaf(this.#slot)) return;
    const name = machine.leaves[immAt(machine.text.code, this.#slot)]?.name ?? '?';
    const text = `${placed.fn.name}: call ${name}`;
    for (const { area, after } of this.#byLeaf)
      this.row(`${text}   writes ${area.program.name}.active${this.#ofCpu(area)}`, placed.insn.span, after);
    const before = this.#values;
    this.#values = this.#read();
    const changed = this.#values.filter((v) => !before.includes(v));
    if (changed.length > 0) this.row(`${text}   now ${changed.join(', ')}`, placed.insn.span);
    // What it finds is accessed after that.
    else if (this.#readsMaps && name.endsWith('_find') && this.#thread!.getRegister(0) === 0n)
      this.row(`${text}   finds nothing`, placed.insn.span);
  }

  /** Said where it is another CPU than the one that acts. */
  #ofCpu({ cpu }: Area): string {
    return cpu === this.cpu ? '' : `[${cpu}]`;
  }

  /** What conditions read. */
  #read(): readonly string[] {
    const { kernel, always, finally: last } = this.#scene;
    return [...new Set([...always, ...last].flatMap((c) => explainCondition(kernel, c)))];
  }

  #access(t: Touched, area: Area | undefined): void {
    const { kernel } = this.#scene;
    const placed = kernel.machine.text.at(this.#slot);
    if (placed === undefined) return;
    const span = placed.insn.span;
    const written = span?.source.text.slice(span.start, span.end);
    const text = written ?? printInsn(placed.insn, { style: 'llvm', alu32: true, bytes: false });
    const kind = t.access === ACCESS.load ? 'read' : 'written';
    const active = area && kernel.active(area.program, area.cpu);
    const value = variableAt(kernel, t) ?? { number: numberAt(this.#scene, t) };
    this.row(`${placed.fn.name}: ${text}`, span, active, { kind, ...value });
  }

  #called(thread: Thread, fn: number): void {
    const program = this.#scene.kernel.programAt(fromAddress(thread.getRegister(1)) ?? 0);
    if (program === undefined || (fn !== this.#enter && fn !== this.#put)) return;
    if (fn === this.#enter) {
      this.#entered.set(thread, [...(this.#entered.get(thread) ?? []), program]);
      this.#events.push({ text: `${program.name} enters`, program });
    } else this.#events.push({ text: `${program.name} leaves`, program });
  }

  #returned(thread: Thread): void {
    const fn = functionOf(thread);
    const stack = this.#entered.get(thread) ?? [];
    const program = stack.at(-1);
    if (program === undefined) return;
    if (fn === this.#enter) {
      const admitted = thread.getRegister(0) !== 0n;
      this.#events.push({ text: `${program.name} ${admitted ? 'ADMITTED' : 'REFUSED'}`, program });
    } else if (fn === this.#put) {
      stack.pop();
      this.#events.push({ text: `${program.name} has left`, program });
    }
  }
}

/** Carries out a schedule on a machine that has just been booted, and tells what matters of it. */
export function traceSchedule(scene: Scene, moves: Iterable<number>, property: Property): Trace {
  const tracer = new Tracer(scene, property);
  const rounds = new Rounds();
  const player = new Player(scene, undefined, chain(tracer.observer, rounds.observer));
  const sources = scene.kernel.processors.map((): string[] => []);
  const findings: string[] = [];
  let steps = 0;
  for (const move of moves) {
    const c = readChoice(move);
    const cpu = c.kind === 'task' ? scene.tasks[c.task]!.task.thread.cpu : c.cpu;
    const stack = sources[cpu]!;
    if (c.kind === 'arrival') {
      stack.push(scene.sources[c.source]!.name);
      tracer.before(stack.at(-1)!, cpu);
      tracer.row('arrives');
    }
    tracer.before(c.kind === 'task' ? scene.tasks[c.task]!.task.name : stack.at(-1)!, cpu);
    const moved = player.move(move);
    if (moved.kind !== 'fault') tracer.after();
    else {
      const [top] = moved.fault.backtrace;
      tracer.row(`${top === undefined ? '' : `${top.function}: `}FAULT`, top?.span);
      findings.push(summarizeFault(moved.fault));
      break;
    }
    if (moved.kind === 'impossible') throw new Error(`the schedule cannot be carried out: ${moved.why}`);
    const step = player.results.at(-1);
    if (step !== undefined && player.results.length > steps && c.kind === 'task') {
      steps = player.results.length;
      if (!scene.tasks[c.task]!.task.thread.isBusy && !tracer.hasRun) tracer.row(step.text);
    }
    while (stack.length > scene.kernel.processors[cpu]!.depth) {
      tracer.before(stack.pop()!, cpu);
      tracer.row('is over');
    }
    tracer.moves += 1;
  }
  const conditions = conditionFindings(scene, property);
  const state = stateFindings(scene);
  const endless = property === 'no_deadlock' ? endlessFindings(scene, player, rounds, sources) : [];
  return { rows: tracer.rows, findings: [...findings, ...conditions, ...endless, ...state] };
}

/** Conditions that do not hold, and what their parts are. */
function conditionFindings({ kernel, always, finally: last }: Scene, property: Property): string[] {
  const conditions = property === 'always' ? always : property === 'finally' ? last : [];
  return conditions.flatMap((c) => {
    if (holds(kernel, c)) return [];
    const text = c.span.source.text.slice(c.span.start, c.span.end);
    const found = explainCondition(kernel, c);
    return [`\`${property} ${text}\` does not hold${found.length === 0 ? '' : `: ${found.join(', ')}`}`];
  });
}

/** What memory looks like at the end, where it is not what it was at the start. */
function stateFindings(scene: Scene): string[] {
  const { kernel, tasks } = scene;
  const at = TASK.fields.preempt_count.offset;
  const counts = tasks.flatMap(({ task }) => {
    const count = task.thread.isBusy ? 0 : kernel.memory.readU32(task.at + at);
    return count === 0 ? [] : [`preempt_count of ${task.name} is 0x${count.toString(16)}`];
  });
  const areas = kernel.processors.flatMap(({ id }) =>
    [...kernel.programs.values()].flatMap((p) => {
      const active = kernel.active(p, id);
      if (active.every((b) => b === 0)) return [];
      return [`active of ${p.name} on CPU ${id} is ${hexBytes(active)}`];
    }),
  );
  return [...areas, ...counts];
}
