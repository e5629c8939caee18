import { TASK } from '../../kernel/layout.js';
import { holds } from '../../lab/expect.js';
import type { Observer, Stop } from '../../machine/engine.js';
import { fromAddress } from '../../machine/memory.js';
import { type Thread, WORD } from '../../machine/thread.js';
import type { Scene } from '../../replay/scene.js';
import type { Layout } from '../state/layout.js';
import type { Store } from '../state/store.js';
import { ACCESS, ACCESS_OF, type AccessMap, ALL_ACTORS, accessedAt, SIZE_OF } from './access.js';
import { callers, functionOf, isOutermost } from './frames.js';
import { LEAF, leafKind, type Touch, Touches } from './leaves.js';
import { Outside } from './outside.js';
import { EVENT, type Job, PENDING, type Rewind } from './runs.js';

/** Instructions without a choice after which there is one all the same: no cycle may be without. */
const LONGEST_RUN = 20_000;

/**
 * Follows a run instruction by instruction, and stops it before the first that others may see. The reduction is this: at
 * a state in which all that a thread does next commutes with everything anybody else can do until then, only that thread
 * has to be tried (a persistent set of one). What commutes:
 *
 *   - registers, and the thread's own stack: nobody else reaches them (who tries is refused, see `Layout.refuseForeign`);
 *   - memory that nobody else has accessed in a conflicting way anywhere in the search (`AccessMap`; when that turns out
 *     wrong, the search begins again with what is known then, so that it ends only with an assumption that held);
 *   - the current task's structure, which only the task and interrupts on top of it reach. The kernel's own code returns
 *     all of it as it was found, and of preempt_count it looks only at the bits for softirqs, hardirqs and NMIs: a change
 *     of the softirq bits is visible to hardirqs, a change of the number of preempt_disables is not. If an interrupt
 *     returns it otherwise, or code of a lab or a guard looks at it in one (see `Outside`), the search begins again and
 *     takes that for shared, too; and where an interrupt asks which task it came on top of, that this task ends or waits
 *     is visible to it;
 *   - adds to words that are only ever added to, by one width at one place;
 *   - leaves, but for what their callers point them at (known once they have run; what conflicts is then undone, and the
 *     next choice before that call has whom it was in it) and for maps, timers and user pages, of which all leaves are
 *     taken to read and write everything.
 *
 * What does not: leaving the state in which the task can be preempted ends what other tasks of the CPU may do, so they
 * have to be tried before. That can be put off: where a section with preemption off contains nothing visible, it commutes
 * as a whole; where it does, the choice is at its start (`sectionStart`: the run is done again up to there). Turning
 * interrupts off or on does the same to hardirqs. No run is endless: after `LONGEST_RUN` instructions there is a choice.
 * And there is one before a fault, after which nobody does anything any more, and before a section that a step leaves
 * open.
 * The state in which preempt_count has become zero needs none of its own: until the next visible operation or the next
 * section everything the task does commutes, and there others come first.
 */
export class Watcher {
  readonly scene: Scene;
  readonly store: Store;
  readonly access: AccessMap;
  readonly layout: Layout;
  readonly reduces: boolean;
  readonly observer: Observer;
  /** Leaves that have been come to, by index. */
  readonly called = new Set<number>();
  readonly #enter: number;
  readonly #put: number;
  readonly #leafKinds: Uint8Array;
  readonly #preemptAt: readonly (number | undefined)[];
  readonly #softirqMask: number;

  job: Job = { actor: 0, cpu: 0, task: 0, isInterrupt: false };
  /** Instructions carried out. */
  steps = 0;
  /** Whether the first instruction is the one the thread was at: the choice has been made. */
  mayPass = false;
  /** Where preemption was turned off in this run and not on again; -1 where it was not. */
  sectionStart = -1;
  /** Actors that the instruction it stopped before conflicts with. */
  conflicts = 0;
  pending = 0;
  /** Instructions before the last call of enter or put; -1 if there was none. */
  calledAt = -1;
  usedLeaf = false;
  events: number[] = [];
  readonly #touches = new Touches();
  readonly #outside: Outside;
  #stopAt = -1;
  #stopConflicts = 0;
  /** With whom the leaf that ran last conflicts, as is known now that it has. */
  #late = 0;

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
    this.#outside = new Outside(scene);
    kernel.interpreter.leafCall.touched = (at, size, access) => this.#touches.note(at, size, access);
    this.observer = {
      stopBefore: (thread, slot) => this.#stopBefore(thread, slot),
      call: (thread, slot, fn) => this.#called(thread, slot, fn),
      return: (thread) => this.#returned(thread),
      write: (_thread, _slot, at, size) => this.#wrote(at, size),
    };
  }

  /** Gets ready for a run, which is to end where one before it should have. */
  begin(job: Job, end: Rewind | undefined): void {
    this.job = job;
    this.#stopAt = end?.at ?? -1;
    this.#stopConflicts = end?.conflicts ?? 0;
    this.#late = 0;
    this.#touches.forget();
    this.steps = 0;
    this.mayPass = true;
    this.sectionStart = -1;
    this.conflicts = 0;
    this.pending = 0;
    this.calledAt = -1;
    this.usedLeaf = false;
    this.events = [];
  }

  #preemptWord(thread: Thread): number {
    return (this.#preemptAt[this.job.cpu] ?? thread.current + TASK.fields.preempt_count.offset) >> 2;
  }

  /** preempt_count of the CPU where the architecture has it there; else 0. */
  preemptCountOf(cpu: number): number {
    const at = this.#preemptAt[cpu];
    return at === undefined ? 0 : this.scene.kernel.memory.i32[at >> 2]!;
  }

  preemptCount(thread: Thread): number {
    return thread.memory.i32[this.#preemptWord(thread)]!;
  }

  /** Where a run that has ended should have, as is known now; undefined where that is right. */
  rewind(thread: Thread, kind: Stop['kind'], isFault: boolean): Rewind | undefined {
    if (this.#touches.step >= 0) this.#settle(thread);
    if (this.#stopAt >= 0) return undefined;
    if (this.sectionStart >= 0 && kind !== 'budget')
      return { at: this.sectionStart, conflicts: this.layout.tasksOn(this.job.cpu) & ~this.#own };
    if (this.#late !== 0) return { at: this.#touches.last, conflicts: this.#late };
    return isFault && this.steps > 1 ? { at: this.steps - 1, conflicts: ALL_ACTORS } : undefined;
  }

  #stop(conflicts: number): boolean {
    this.conflicts = conflicts;
    return true;
  }

  get #own(): number {
    return this.layout.ownBits(this.job.actor);
  }

  note(at: number, size: number, reads: boolean, writes: boolean): void {
    const bit = 1 << this.job.actor;
    this.access.note(bit, this.#own, at, size, reads, writes, this.layout.isMap(at));
  }

  noteLeaf(): void {
    this.access.noteLeaf(1 << this.job.actor, this.#own);
  }

  /** Looks at what a leaf has done; true if that conflicts with others. */
  #settle(thread: Thread): boolean {
    const touches = this.#touches;
    let found = 0;
    for (const t of touches.take()) {
      const others = this.#settleOne(thread, t);
      this.access.notePointed(touches.slot, others, touches.isFirst);
      if (!touches.isFirst) found |= others;
    }
    this.#late = found;
    if (found === 0) this.checkAlways();
    return found !== 0 && this.#stop(found);
  }

  /** With whom it conflicts that a leaf was pointed at memory; noted if with nobody, or if the choice has been made. */
  #settleOne(thread: Thread, { at, size, writes }: Touch): number {
    const { owners } = this.store;
    const owner = owners.of(at);
    if (owner !== 0) {
      if (!this.#isMine(thread, owner, at)) this.layout.refuseForeign(thread, this.#touches.slot);
      if (owners.structureOf(owner) === undefined) return 0;
      if (this.job.isInterrupt) this.layout.noteLeak();
      // A leaf that changes preempt_count changes who may come, and so do its neighbours: no matter which it was.
      return writes ? ALL_ACTORS & ~this.#own : this.#leaks();
    }
    const preempt = this.#preemptWord(thread);
    if (at >> 2 <= preempt && preempt <= (at + size - 1) >> 2) {
      this.include(preempt);
      if (this.job.isInterrupt) this.layout.noteLeak();
      return writes ? ALL_ACTORS & ~this.#own : this.#leaks();
    }
    const isMap = this.layout.isMap(at);
    const others = this.access.conflicts(at, size, writes, isMap) & ~this.#own;
    if (others === 0 || this.#touches.isFirst) this.note(at, size, true, writes);
    return others;
  }

  /** Decides whether the instruction in a slot is where the run ends; it has not been carried out. */
  #stopBefore(thread: Thread, slot: number): boolean {
    if (this.#touches.step >= 0 && this.#settle(thread)) return true;
    if (!this.reduces && this.steps > 0) return this.#stop(ALL_ACTORS);
    if (this.steps === this.#stopAt) return this.#stop(this.#stopConflicts);
    const isFirst = this.steps === 0 && this.mayPass;
    if (this.steps >= LONGEST_RUN) return this.#stop(ALL_ACTORS);
    const { code } = this.scene.kernel.machine.text;
    const word = code[slot * 4]!;
    const kind = ACCESS_OF[word & 0xff]!;
    if (kind !== ACCESS.none && this.#isVisible(thread, slot, word, kind, isFirst)) return true;
    this.steps += 1;
    return false;
  }

  #isVisible(thread: Thread, slot: number, word: number, kind: number, isFirst: boolean): boolean {
    if (kind === ACCESS.leaf) return this.#leaf(thread, slot, isFirst);
    if (kind === ACCESS.exit) return this.#exit(thread, isFirst);
    const low = accessedAt(this.scene.kernel.machine.text.code, slot, thread);
    if (low < 0) return false;
    const size = SIZE_OF[word & 0xff]!;
    const { owners } = this.store;
    const owner = owners.of(low);
    const writes = kind !== ACCESS.load;
    if (owner !== 0) {
      const isMine = this.#isMine(thread, owner, low);
      if (!isMine) this.layout.refuseForeign(thread, slot);
      if (owners.structureOf(owner) !== undefined) this.#look(slot);
      const leaks = owners.structureOf(owner) === undefined ? 0 : this.#leaks();
      if (writes && low >> 2 === this.#preemptWord(thread))
        return this.#preempt(thread, word, kind, isFirst, leaks);
      return leaks !== 0 && !isFirst && this.#stop(leaks);
    }
    if (low >> 2 === this.#preemptWord(thread)) {
      this.include(low >> 2);
      this.#look(slot);
      const leaks = this.#leaks();
      if (writes) return this.#preempt(thread, word, kind, isFirst, leaks);
      return leaks !== 0 && !isFirst && this.#stop(leaks);
    }
    const isAdd = kind === ACCESS.add || kind === ACCESS.percpuAdd;
    if (isAdd && !this.layout.isMap(low) && !this.access.isOrdered(low, size)) {
      this.#includeCounted(low, size);
      return false;
    }
    const reads = kind !== ACCESS.store;
    const found = this.access.conflicts(low, size, writes, this.layout.isMap(low)) & ~this.#own;
    if (found !== 0 && !isFirst) return this.#stop(found);
    this.note(low, size, reads, writes);
    return false;
  }

  /** An interrupt's access to what belongs to the task it came on top of. */
  #look(slot: number): void {
    if (this.job.isInterrupt && !this.#outside.isKernel(slot)) this.layout.noteLeak();
  }

  /** Where interrupts change what a task has, or look at it, all of it is visible to them: to these. */
  #leaks(): number {
    return this.layout.isLeaking ? this.layout.sourcesOn(this.job.cpu) & ~this.#own : 0;
  }

  #includeCounted(at: number, size: number): void {
    for (let w = at >> 2; w <= (at + size - 1) >> 2; w += 1) if (this.access.isCounted(w)) this.include(w);
  }

  include(word: number): void {
    this.store.include(word);
  }

  #isMine(thread: Thread, owner: number, at: number): boolean {
    const { owners } = this.store;
    const { task, cpu, isInterrupt } = this.job;
    const stack = owners.stackOfTask(owner);
    if (stack !== undefined) return stack === task && !isInterrupt;
    const structure = owners.structureOf(owner);
    if (structure !== undefined) return structure === task;
    if (owners.stackOfCpu(owner) !== cpu || !isInterrupt) return owner === -1;
    const { i32 } = thread.memory;
    return at >= i32[thread.word + WORD.sp]! && at < i32[thread.word + WORD.stackHigh]!;
  }

  /**
   * A write of preempt_count: what it is going to be decides who sees it, besides those in `seen`. Where there is a choice
   * before the write for any of them, all have to be in it that could come there, since it is passed when it is made.
   */
  #preempt(thread: Thread, word: number, kind: number, isFirst: boolean, seen: number): boolean {
    const { i32 } = thread.memory;
    const before = i32[this.#preemptWord(thread)]!;
    const source = i32[thread.word + (word >> 16)]!;
    const after = kind === ACCESS.store ? source : (before + source) | 0;
    const { cpu, isInterrupt } = this.job;
    const { layout } = this;
    const begins = !isInterrupt && before === 0 && after !== 0;
    const tasks = begins ? layout.tasksOn(cpu) & ~this.#own : 0;
    const others = seen | (((before ^ after) & this.#softirqMask) !== 0 ? layout.hardirqsOn(cpu) : 0);
    if (others !== 0 && !isFirst) return this.#stop(others | tasks);
    if (isInterrupt) return false;
    if (after === 0 && before !== 0 && !isFirst && this.#letsCome(thread)) {
      this.pending = PENDING;
      return this.#stop(0);
    }
    if (tasks !== 0 && !isFirst && this.sectionStart < 0) this.sectionStart = this.steps;
    if (after === 0) this.sectionStart = -1;
    return false;
  }

  /** Whether tasks could run after this instruction that could not run when enter or put was called. */
  #letsCome(thread: Thread): boolean {
    const tasks = this.layout.tasksOn(this.job.cpu) & ~this.#own;
    return tasks !== 0 && callers(thread).some((fn) => fn === this.#enter || fn === this.#put);
  }

  #leaf(thread: Thread, slot: number, isFirst: boolean): boolean {
    const { code } = this.scene.kernel.machine.text;
    const leaf = code[slot * 4 + 2]!;
    const kind = this.#leafKinds[leaf]!;
    this.called.add(leaf);
    if (kind === LEAF.wakeup) this.layout.noteSoftirqd();
    const { cpu, isInterrupt } = this.job;
    const { layout } = this;
    switch (kind) {
      case LEAF.plain:
      case LEAF.clock:
        return false;
      case LEAF.current:
        if (isInterrupt && !this.#outside.isKernel(slot)) layout.noteLooking();
        return false;
      case LEAF.wakeup:
      case LEAF.irq: {
        const others = isInterrupt || this.preemptCount(thread) !== 0 ? 0 : layout.tasksOn(cpu);
        const found = (layout.hardirqsOn(cpu) | others) & ~this.#own;
        return found !== 0 && !isFirst && this.#stop(found);
      }
      default: {
        // A task that waits gives its place to another.
        const lookers = layout.isLooking && !isInterrupt ? layout.sourcesOn(cpu) : 0;
        const pointed = this.access.pointedConflicts(slot);
        const found = (this.access.leafConflicts | lookers | pointed) & ~this.#own;
        if (found !== 0 && !isFirst) return this.#stop(found);
        this.noteLeaf();
        this.usedLeaf = true;
        this.#touches.begin(this.steps, slot, isFirst);
        return false;
      }
    }
  }

  /** Enter and put are left in a run of their own: see `Instances`. */
  #exit(thread: Thread, isFirst: boolean): boolean {
    if (isFirst) return false;
    const fn = functionOf(thread);
    if (fn !== this.#enter && fn !== this.#put) {
      if (!this.layout.isLooking || this.job.isInterrupt || !isOutermost(thread)) return false;
      const lookers = this.layout.sourcesOn(this.job.cpu) & ~this.#own;
      return lookers !== 0 && this.#stop(lookers);
    }
    this.pending = PENDING;
    return this.#stop(0);
  }

  #called(thread: Thread, slot: number, fn: number): void {
    if (this.job.isInterrupt && this.#outside.learns(slot, fn)) this.layout.noteLeak();
    if (fn !== this.#enter && fn !== this.#put) return;
    const program = this.scene.kernel.programAt(fromAddress(thread.getRegister(1)) ?? 0);
    if (program === undefined) return;
    this.calledAt = this.steps;
    this.events.push((fn === this.#enter ? EVENT.enter : EVENT.put) | (program.id << 3));
  }

  #returned(thread: Thread): void {
    const fn = functionOf(thread);
    if (fn === this.#put) this.events.push(EVENT.left);
    else if (fn === this.#enter)
      this.events.push(thread.getRegister(0) === 0n ? EVENT.refused : EVENT.admitted);
  }

  #wrote(at: number, size: number): void {
    if (this.store.owners.of(at) !== 0) return;
    for (let w = at >> 2; w <= (at + size - 1) >> 2; w += 1) if (!this.access.isInvisible(w)) this.include(w);
    this.check(at, size);
  }

  /** Conditions that must hold always are looked at after every write of what they read. */
  check(at: number, size: number): void {
    if (this.access.isWatched(at, size)) this.checkAlways();
  }

  checkAlways(): void {
    this.scene.always.forEach((c, i) => {
      if (!holds(this.scene.kernel, c)) this.events.push(EVENT.violated | (i << 3));
    });
  }
}
