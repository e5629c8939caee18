import { CPU_FIELD } from '../../kernel/cpu.js';
import { TASK } from '../../kernel/layout.js';
import type { Observer } from '../../machine/engine.js';
import { type Fault, makeFault } from '../../machine/fault.js';
import { fromAddress, KERNEL_HIGH } from '../../machine/memory.js';
import { type Thread, WORD } from '../../machine/thread.js';
import { Trap } from '../../machine/trap.js';
import { beginCall } from '../calls.js';
import { holds } from '../expect.js';
import { ACCESS, ACCESS_OF, type AccessMap, ALL_ACTORS, SIZE_OF } from './access.js';
import { Interner, mix } from './intern.js';
import type { Layout } from './layout.js';
import type { Scene } from './scene.js';
import type { Store } from './store.js';

/** How a run of one thread ended. */
export const END = {
  /** It stands before an operation that others may see. */
  stopped: 0,
  /** A task's step is over. */
  step: 1,
  /** An interrupt's function has returned. */
  returned: 2,
  /** It waits for something. */
  blocked: 3,
  fault: 4,
} as const;

/** What a run has to tell the search, packed: kind | (number of a program or condition) << 3. */
export const EVENT = { enter: 0, refused: 1, admitted: 2, put: 3, left: 4, violated: 5 } as const;

/** `pending` of a thread that stands before the return of enter or put. */
export const RETURNING = 1;

/** Instructions without a choice after which there is one all the same: no cycle may be without. */
const LONGEST_RUN = 20_000;

/** Leaves that change nothing anybody else can see, and read no arguments. */
export const PLAIN_LEAVES = ['get_current', 'bpf_get_smp_processor_id'];
const CLOCK_LEAVES = ['sched_clock', 'bpf_ktime_get_ns', 'bpf_ktime_get_boot_ns'];
const IDENTITY_LEAVES = ['bpf_get_current_task', 'bpf_get_current_pid_tgid'];
const IRQ_LEAVES = ['local_irq_enable', 'local_irq_disable', 'local_irq_save', 'local_irq_restore'];

/** What runs ended in, as columns; a run's number is an index into all of them. */
export interface Runs {
  readonly end: number[];
  /** The thread's component afterwards. */
  readonly component: number[];
  /** The number of the current task's structure afterwards. */
  readonly structure: number[];
  readonly shared: number[];
  /** A list of events, by number. */
  readonly events: number[];
  readonly insns: number[];
  /** Instructions behind the last call of enter or put; -1 if there was none. */
  readonly late: number[];
  /** Actors that the operation it stands before conflicts with. */
  readonly conflicts: number[];
  readonly returning: number[];
  readonly faults: Map<number, Fault>;
}

/** Thrown where an assumption turned out wrong that everything so far relied on. */
export class Restart extends Error {}

/** What is being run. */
interface Job {
  readonly actor: number;
  readonly cpu: number;
  readonly task: number;
  readonly isInterrupt: boolean;
}

/**
 * Runs one thread of the real machine from one choice to the next, and remembers every such run: what a thread does
 * depends on nothing but its own component, the structure of the current task and shared memory, so the same three give
 * the same result whatever the other threads are at. A state space of products is explored with as many real runs as
 * there are different triples.
 */
export class Stepper {
  readonly scene: Scene;
  readonly store: Store;
  readonly access: AccessMap;
  readonly layout: Layout;
  readonly runs: Runs = {
    end: [],
    component: [],
    structure: [],
    shared: [],
    events: [],
    insns: [],
    late: [],
    conflicts: [],
    returning: [],
    faults: new Map(),
  };
  /** Components: [owner, thread, structure or source, position]. */
  readonly components = new Interner();
  readonly eventLists = new Interner();
  readonly reduces: boolean;
  /** True once a program or kernel function has read a clock. */
  readsClock = false;
  executed = 0;
  #memo = new Int32Array(4096 * 5).fill(-1);
  #memoCount = 0;
  readonly #tuple = new Int32Array(4);
  readonly #observer: Observer;
  readonly #enter: number;
  readonly #put: number;
  readonly #leafKinds: Uint8Array;
  readonly #preemptAt: readonly (number | undefined)[];
  readonly #softirqMask: number;

  // The run that is under way.
  #job: Job = { actor: 0, cpu: 0, task: 0, isInterrupt: false };
  #steps = 0;
  #mayPass = false;
  #sectionStart = -1;
  #forcedStop = -1;
  #conflicts = 0;
  #returning = 0;
  #calledAt = -1;
  #usedLeaf = false;
  #events: number[] = [];

  constructor(scene: Scene, store: Store, access: AccessMap, layout: Layout, reduces: boolean) {
    this.scene = scene;
    this.store = store;
    this.access = access;
    this.layout = layout;
    this.reduces = reduces;
    const { kernel } = scene;
    const { symbols, machine, percpu, percpuVariables } = kernel;
    this.#enter = symbols.functionIndex('bpf_prog_get_recursion_context');
    this.#put = symbols.functionIndex('bpf_prog_put_recursion_context');
    this.#leafKinds = Uint8Array.from(machine.leaves, ({ name }) => leafKind(name));
    const variable = percpuVariables.get('__preempt_count');
    this.#preemptAt = kernel.processors.map((c) => variable && percpu.at(variable, c.id));
    this.#softirqMask = kernel.model.preempt.softirqMask;
    this.eventLists.intern(new Int32Array(0));
    this.#observer = {
      stopBefore: (thread, slot) => this.#stopBefore(thread, slot),
      call: (thread, _slot, fn) => this.#called(thread, fn),
      return: (thread) => this.#returned(thread),
      write: (_thread, _slot, at, size) => this.#wrote(at, size),
    };
  }

  component(owner: number, a: number, b: number, c: number): number {
    this.#tuple[0] = owner;
    this.#tuple[1] = a;
    this.#tuple[2] = b;
    this.#tuple[3] = c;
    return this.components.intern(this.#tuple);
  }

  /** The part `i` of a component. */
  part(component: number, i: number): number {
    return this.components.rows[component]![i]!;
  }

  /** The component of a task with another structure. */
  withStructure(component: number, structure: number): number {
    const row = this.components.rows[component]!;
    if (row[2] === structure) return component;
    return this.component(row[0]!, row[1]!, structure, row[3]!);
  }

  /** Forgets all runs, since what ended them has changed. */
  forget(): void {
    this.#memo.fill(-1);
    this.#memoCount = 0;
    this.access.grown = false;
  }

  #slot(a: number, b: number, c: number, d: number): number {
    const m = this.#memo;
    const mask = m.length / 5 - 1;
    let at = mix(mix(mix(mix(0, a), b), c), d) & mask;
    for (;;) {
      const i = at * 5;
      if (m[i + 4] === -1 || (m[i] === a && m[i + 1] === b && m[i + 2] === c && m[i + 3] === d)) return i;
      at = (at + 1) & mask;
    }
  }

  #remember(a: number, b: number, c: number, d: number, run: number): void {
    const i = this.#slot(a, b, c, d);
    const m = this.#memo;
    m[i] = a;
    m[i + 1] = b;
    m[i + 2] = c;
    m[i + 3] = d;
    m[i + 4] = run;
    this.#memoCount += 1;
    if (this.#memoCount * 10 < m.length) return;
    const old = m;
    this.#memo = new Int32Array(old.length * 2).fill(-1);
    for (let j = 0; j < old.length; j += 5) {
      if (old[j + 4] === -1) continue;
      const to = this.#slot(old[j]!, old[j + 1]!, old[j + 2]!, old[j + 3]!);
      for (let k = 0; k < 5; k += 1) this.#memo[to + k] = old[j + k]!;
    }
  }

  /** Lets a task go on from where it stands, or begin its next step. */
  runTask(state: Int32Array, task: number): number {
    const component = state[task]!;
    const shared = state[this.layout.shared]!;
    const known = this.#memo[this.#slot(component, -1, shared, 0) + 4]!;
    if (known >= 0) return known;
    const cpu = this.scene.tasks[task]!.task.thread.cpu;
    const run = this.#again({ actor: task, cpu, task, isInterrupt: false }, () => {
      this.#loadTask(state, task);
      this.store.loadShared(shared);
      this.scene.kernel.processors[cpu]!.restore(undefined, 0);
      return this.#beginTask(task, this.part(component, 3));
    });
    this.#remember(component, -1, shared, 0, run);
    return run;
  }

  /** Lets the innermost interrupt of a CPU go on. */
  runInterrupt(state: Int32Array, cpu: number): number {
    const { layout } = this;
    const task = state[layout.current(cpu)]!;
    const depth = state[layout.depth(cpu)]!;
    const component = state[layout.context(cpu, depth - 1)]!;
    const structure = this.part(state[task]!, 2);
    const shared = state[layout.shared]!;
    const known = this.#memo[this.#slot(component, structure, shared, 1) + 4]!;
    if (known >= 0) return known;
    const source = this.part(component, 2);
    const run = this.#again({ actor: layout.sourceActor(source), cpu, task, isInterrupt: true }, () => {
      this.#loadCpu(state, cpu);
      this.store.loadShared(shared);
      return this.scene.kernel.processors[cpu]!.contexts[depth - 1];
    });
    this.#remember(component, structure, shared, 1, run);
    return run;
  }

  /** Lets an interrupt arrive on a CPU. */
  arrive(state: Int32Array, source: number, cpu: number): number {
    const { layout } = this;
    const task = state[layout.current(cpu)]!;
    const depth = state[layout.depth(cpu)]!;
    const below = depth === 0 ? -2 - task : state[layout.context(cpu, depth - 1)]!;
    const structure = this.part(state[task]!, 2);
    const shared = state[layout.shared]!;
    const kind = 2 + source + (cpu << 8);
    const known = this.#memo[this.#slot(below, structure, shared, kind) + 4]!;
    if (known >= 0) return known;
    const { level, entry, args } = this.scene.sources[source]!;
    const run = this.#again({ actor: layout.sourceActor(source), cpu, task, isInterrupt: true }, () => {
      this.#loadCpu(state, cpu);
      this.store.loadShared(shared);
      this.store.touchShared();
      this.#mayPass = false;
      return this.scene.kernel.processors[cpu]!.interrupt(level, entry, args);
    });
    this.#remember(below, structure, shared, kind, run);
    return run;
  }

  #loadTask(state: Int32Array, task: number): void {
    const component = state[task]!;
    this.store.loadThread(this.scene.tasks[task]!.task.thread, this.part(component, 1));
    this.store.loadStructure(task, this.part(component, 2));
  }

  #loadCpu(state: Int32Array, cpu: number): void {
    const { layout, scene } = this;
    const task = state[layout.current(cpu)]!;
    const depth = state[layout.depth(cpu)]!;
    this.#loadTask(state, task);
    const processor = scene.kernel.processors[cpu]!;
    const { irqStack, nmiStack } = processor;
    const { poison } = scene.kernel.memory;
    for (const s of [irqStack, nmiStack]) poison.fill(0xff, s.start >> 3, s.end >> 3);
    for (let d = 0; d < depth; d += 1)
      this.store.loadThread(processor.contexts[d]!, this.part(state[layout.context(cpu, d)]!, 1));
    const isIdle = scene.tasks[task]!.kind === 'idle';
    processor.restore(isIdle ? undefined : scene.tasks[task]!.task, depth);
  }

  /** Loads the whole of a state into the machine. */
  load(state: Int32Array): void {
    const { layout, scene } = this;
    for (let t = 0; t < scene.tasks.length; t += 1) this.#loadTask(state, t);
    for (const cpu of scene.kernel.processors) this.#loadCpu(state, cpu.id);
    this.store.loadShared(state[layout.shared]!);
  }

  /**
   * Runs, and if the run reaches something visible inside a section that nobody can be preempted in, runs again up to the
   * start of the section: the choice whether others come first is there.
   */
  #again(job: Job, prepare: () => Thread | undefined): number {
    this.#job = job;
    this.#forcedStop = -1;
    for (;;) {
      this.#steps = 0;
      this.#mayPass = true;
      this.#sectionStart = -1;
      this.#conflicts = 0;
      this.#returning = 0;
      this.#calledAt = -1;
      this.#usedLeaf = false;
      this.#events = [];
      const thread = prepare();
      if (thread === undefined) return this.#finish(undefined, END.step);
      this.store.touchShared();
      const { interpreter } = this.scene.kernel;
      const stop = interpreter.step(thread, Number.MAX_SAFE_INTEGER, this.#observer);
      this.executed += this.#steps;
      if (stop.kind === 'break' && this.#sectionStart >= 0 && this.#forcedStop < 0) {
        this.#forcedStop = this.#sectionStart;
        continue;
      }
      switch (stop.kind) {
        case 'break':
        case 'budget':
          return this.#finish(thread, END.stopped);
        case 'done':
          if (job.isInterrupt) this.scene.kernel.processors[job.cpu]!.returnFromInterrupt();
          return this.#finish(thread, job.isInterrupt ? END.returned : END.step);
        case 'blocked':
          return this.#blocked(thread);
        case 'fault':
          return this.#faulted(thread, stop.fault);
        default:
          return stop satisfies never;
      }
    }
  }

  #blocked(thread: Thread): number {
    const { cpu, isInterrupt } = this.#job;
    const irqsOff = this.scene.kernel.memory.readU32(
      this.scene.kernel.processors[cpu]!.at + CPU_FIELD.irqsOff,
    );
    if (!isInterrupt && irqsOff === 0 && this.#preemptCount(thread) === 0)
      return this.#finish(thread, END.blocked);
    const trap = new Trap('scheduling_while_atomic', 0n, 0, 'call');
    return this.#faulted(thread, makeFault(this.scene.kernel.machine, thread, trap));
  }

  #faulted(thread: Thread, fault: Fault): number {
    const run = this.#finish(thread, END.fault);
    this.runs.faults.set(run, fault);
    return run;
  }

  #preemptWord(thread: Thread): number {
    return (this.#preemptAt[this.#job.cpu] ?? thread.current + TASK.fields.preempt_count.offset) >> 2;
  }

  #preemptCount(thread: Thread): number {
    return thread.memory.i32[this.#preemptWord(thread)]!;
  }

  /** Saves what the run has left. */
  #finish(thread: Thread | undefined, end: number): number {
    const { store, runs, scene } = this;
    const { task, isInterrupt, cpu } = this.#job;
    if (this.#usedLeaf) store.discover((w) => this.access.isInvisible(w));
    const structure = store.saveStructure(task);
    const shared = store.saveShared();
    let component = 0;
    if (isInterrupt) {
      const owner = scene.tasks.length + cpu;
      const source = this.#job.actor - this.layout.firstSource;
      component =
        end === END.returned || thread === undefined
          ? 0
          : this.component(owner, store.saveThread(thread), source, 0);
    } else {
      const saved = end === END.step ? 0 : store.saveThread(scene.tasks[task]!.task.thread);
      component = this.component(task, saved, structure, this.#position + (end === END.step ? 1 : 0));
    }
    const run = runs.end.length;
    runs.end.push(end);
    runs.component.push(component);
    runs.structure.push(structure);
    runs.shared.push(shared);
    runs.events.push(this.eventLists.intern(Int32Array.from(this.#events)));
    runs.insns.push(this.#steps);
    runs.late.push(this.#calledAt < 0 ? -1 : this.#steps - this.#calledAt);
    runs.conflicts.push(this.#conflicts);
    runs.returning.push(this.#returning);
    return run;
  }

  #position = 0;

  /** The thread, standing where it is to go on; undefined if the task's step needed no instructions. */
  #beginTask(task: number, position: number): Thread | undefined {
    const { kernel, tasks } = this.scene;
    const { task: t, steps, kind, call } = tasks[task]!;
    const { thread } = t;
    this.#position = position;
    if (thread.isBusy) return thread;
    this.#mayPass = false;
    this.store.touchShared();
    if (kind === 'softirqd') {
      kernel.processors[thread.cpu]!.takeSoftirqdWakeup();
      beginCall(kernel, thread, call!);
      return thread;
    }
    const { deed } = steps[position]!;
    switch (deed.kind) {
      case 'call':
        beginCall(kernel, thread, deed.call);
        return thread;
      case 'set': {
        const size = deed.global.bits / 8;
        const at = deed.global.at + deed.index * size;
        this.#note(at, size, false, true);
        kernel.writeGlobal(deed.global, deed.index, deed.value);
        for (let w = at >> 2; w <= (at + size - 1) >> 2; w += 1) this.#include(w);
        this.#check(at, size);
        return undefined;
      }
      case 'provide':
        kernel.memory.writeU32(deed.page, 1);
        this.#include(deed.page >> 2);
        kernel.machine.signal(deed.page);
        return undefined;
      default:
        return undefined;
    }
  }

  #stop(conflicts: number): boolean {
    this.#conflicts = conflicts;
    return true;
  }

  get #own(): number {
    return this.layout.ownBits(this.#job.actor);
  }

  #note(at: number, size: number, reads: boolean, writes: boolean): void {
    const bit = 1 << this.#job.actor;
    this.access.note(bit, this.#own, at, size, reads, writes, this.layout.isMap(at));
  }

  /** Decides whether the instruction in a slot is where the run ends; it has not been carried out. */
  #stopBefore(thread: Thread, slot: number): boolean {
    if (!this.reduces && (this.#steps > 0 || !this.#mayPass)) {
      if (this.#steps > 0) return this.#stop(ALL_ACTORS);
    }
    if (this.#steps === this.#forcedStop) return this.#stop(this.layout.tasksOn(this.#job.cpu) & ~this.#own);
    const isFirst = this.#steps === 0 && this.#mayPass;
    if (this.#steps >= LONGEST_RUN) return this.#stop(ALL_ACTORS);
    const { code } = this.scene.kernel.machine.text;
    const word = code[slot * 4]!;
    const kind = ACCESS_OF[word & 0xff]!;
    if (kind !== ACCESS.none && this.#isVisible(thread, slot, word, kind, isFirst)) return true;
    this.#steps += 1;
    return false;
  }

  #isVisible(thread: Thread, slot: number, word: number, kind: number, isFirst: boolean): boolean {
    if (kind === ACCESS.leaf) return this.#leaf(thread, slot, isFirst);
    if (kind === ACCESS.exit) return this.#exit(thread, isFirst);
    const { i32, limit } = thread.memory;
    const base = thread.word + (kind === ACCESS.load ? word >> 16 : (word >> 8) & 0xff);
    let low = (i32[base]! >>> 0) + this.scene.kernel.machine.text.code[slot * 4 + 1]!;
    let high = i32[base + 1]!;
    if (kind === ACCESS.percpu || kind === ACCESS.percpuAdd) {
      const p = thread.word + WORD.percpu;
      const sum = low + (i32[p]! >>> 0);
      high = (high + i32[p + 1]! + (sum > 0xffff_ffff ? 1 : 0)) | 0;
      low = sum % 0x1_0000_0000;
    }
    const size = SIZE_OF[word & 0xff]!;
    // Anything else faults.
    if (high !== KERNEL_HIGH || low < 0 || low + size > limit) return false;
    const { owners } = this.store;
    const owner = owners.of(low);
    const writes = kind !== ACCESS.load;
    if (owner !== 0) {
      const isMine = this.#isMine(thread, owner, low);
      if (!isMine) this.layout.refuseForeign(thread, slot);
      if (writes && low >> 2 === this.#preemptWord(thread)) return this.#preempt(thread, word, kind, isFirst);
      return false;
    }
    if (low >> 2 === this.#preemptWord(thread)) {
      this.#include(low >> 2);
      return writes && this.#preempt(thread, word, kind, isFirst);
    }
    const isAdd = kind === ACCESS.add || kind === ACCESS.percpuAdd;
    if (isAdd && !this.access.isOrdered(low, size)) {
      this.#includeCounted(low, size);
      return false;
    }
    const reads = kind !== ACCESS.store;
    const found = this.access.conflicts(low, size, writes, this.layout.isMap(low)) & ~this.#own;
    if (found !== 0 && !isFirst) return this.#stop(found);
    this.#note(low, size, reads, writes);
    return false;
  }

  #includeCounted(at: number, size: number): void {
    for (let w = at >> 2; w <= (at + size - 1) >> 2; w += 1) if (this.access.isCounted(w)) this.#include(w);
  }

  #include(word: number): void {
    this.store.include(word);
  }

  #isMine(thread: Thread, owner: number, at: number): boolean {
    const { owners } = this.store;
    const { task, cpu, isInterrupt } = this.#job;
    const stack = owners.stackOfTask(owner);
    if (stack !== undefined) return stack === task && !isInterrupt;
    const structure = owners.structureOf(owner);
    if (structure !== undefined) return structure === task;
    if (owners.stackOfCpu(owner) !== cpu || !isInterrupt) return owner === -1;
    const { i32 } = thread.memory;
    return at >= i32[thread.word + WORD.sp]! && at < i32[thread.word + WORD.stackHigh]!;
  }

  /** A write of preempt_count: what it is going to be decides who sees it. */
  #preempt(thread: Thread, word: number, kind: number, isFirst: boolean): boolean {
    const { i32 } = thread.memory;
    const before = i32[this.#preemptWord(thread)]!;
    const source = i32[thread.word + (word >> 16)]!;
    const after = kind === ACCESS.store ? source : (before + source) | 0;
    const { cpu, isInterrupt } = this.#job;
    const { layout } = this;
    if (((before ^ after) & this.#softirqMask) !== 0 && !isFirst) {
      const seen = layout.hardirqsOn(cpu);
      if (seen !== 0) return this.#stop(seen);
    }
    if (isInterrupt) return false;
    if (before === 0 && after !== 0 && !isFirst && this.#sectionStart < 0) {
      if ((layout.tasksOn(cpu) & ~this.#own) !== 0) this.#sectionStart = this.#steps;
    }
    if (after === 0) this.#sectionStart = -1;
    return false;
  }

  #leaf(thread: Thread, slot: number, isFirst: boolean): boolean {
    const { code } = this.scene.kernel.machine.text;
    const kind = this.#leafKinds[code[slot * 4 + 2]!]!;
    if (kind === LEAF.wakeup) this.layout.noteSoftirqd();
    const { cpu, isInterrupt } = this.#job;
    const { layout } = this;
    switch (kind) {
      case LEAF.plain:
        return false;
      case LEAF.clock:
        this.readsClock = true;
        return false;
      case LEAF.identity:
        if (isInterrupt) layout.noteIdentity();
        return false;
      case LEAF.wakeup:
      case LEAF.irq: {
        const others = isInterrupt || this.#preemptCount(thread) !== 0 ? 0 : layout.tasksOn(cpu);
        const found = (layout.hardirqsOn(cpu) | others) & ~this.#own;
        return found !== 0 && !isFirst && this.#stop(found);
      }
      default: {
        const found = this.access.leafConflicts & ~this.#own;
        if (found !== 0 && !isFirst) return this.#stop(found);
        this.access.noteLeaf(1 << this.#job.actor, this.#own);
        this.#usedLeaf = true;
        return false;
      }
    }
  }

  /** Enter and put are left in a run of their own: see `Instances`. */
  #exit(thread: Thread, isFirst: boolean): boolean {
    const fn = functionOf(thread);
    if (fn !== this.#enter && fn !== this.#put) return false;
    if (isFirst) return false;
    this.#returning = RETURNING;
    return this.#stop(0);
  }

  #called(thread: Thread, fn: number): void {
    if (fn !== this.#enter && fn !== this.#put) return;
    const program = this.scene.kernel.programAt(fromAddress(thread.getRegister(1)) ?? 0);
    if (program === undefined) return;
    this.#calledAt = this.#steps;
    this.#events.push((fn === this.#enter ? EVENT.enter : EVENT.put) | (program.id << 3));
  }

  #returned(thread: Thread): void {
    const fn = functionOf(thread);
    if (fn === this.#put) this.#events.push(EVENT.left);
    else if (fn === this.#enter)
      this.#events.push(thread.getRegister(0) === 0n ? EVENT.refused : EVENT.admitted);
  }

  #wrote(at: number, size: number): void {
    if (this.store.owners.of(at) !== 0) return;
    for (let w = at >> 2; w <= (at + size - 1) >> 2; w += 1)
      if (!this.access.isInvisible(w)) this.#include(w);
    this.#check(at, size);
  }

  /** Conditions that must hold always are looked at after every write of what they read. */
  #check(at: number, size: number): void {
    if (!this.access.isWatched(at, size)) return;
    this.scene.always.forEach((c, i) => {
      if (!holds(this.scene.kernel, c)) this.#events.push(EVENT.violated | (i << 3));
    });
  }
}

/** The function whose frame is the innermost of a thread. */
function functionOf(thread: Thread): number {
  const { i32 } = thread.memory;
  return i32[(i32[thread.word + WORD.r10]! + 44) >> 2]!;
}

const LEAF = { other: 0, plain: 1, clock: 2, identity: 3, irq: 4, wakeup: 5 } as const;

function leafKind(name: string): number {
  if (PLAIN_LEAVES.includes(name)) return LEAF.plain;
  if (CLOCK_LEAVES.includes(name)) return LEAF.clock;
  if (IDENTITY_LEAVES.includes(name)) return LEAF.identity;
  if (IRQ_LEAVES.includes(name)) return LEAF.irq;
  if (name === 'wakeup_softirqd') return LEAF.wakeup;
  return LEAF.other;
}
