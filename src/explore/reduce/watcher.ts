import { holds } from '../../lab/expect.js';
import type { Observer, Stop } from '../../machine/engine.js';
import { type Thread, WORD } from '../../machine/thread.js';
import { immAt, opIdOf, srcWordOf, wordAt } from '../../machine/word.js';
import type { Scene } from '../../replay/scene.js';
import type { Layout } from '../state/layout.js';
import type { Store } from '../state/store.js';
import { ACCESS, ACCESS_OF, type AccessMap, ALL_ACTORS, accessedAt, HOW, SIZE_OF } from './access.js';
import { functionOf, isOutermost } from './call-frames.js';
import { Events } from './events.js';
import { KernelCode } from './kernel-code.js';
import { LEAF, leafKind, type Touch, Touches } from './leaves.js';
import { PreemptCounts } from './preempt-counts.js';
import { Round } from './round.js';
import { type Job, LONGEST_TURN, PENDING, type Rewind } from './run-results.js';
import type { Watching } from './watching.js';

/**
 * Follows a run instruction by instruction, and stops it before the first that others may see. The reduction is this: at
 * a state in which all that a thread does next commutes with everything anybody else can do until then, only that thread
 * has to be tried (a persistent set of one). What commutes:
 *
 *   - registers, and the thread's own stack: nobody else reaches them (see `Layout.refuseForeign`);
 *   - memory that nobody else has been observed to access in a conflicting way anywhere in the search (`AccessMap`). When
 *     that proves wrong, the search begins again with what has been observed by then, so it ends with what held;
 *   - the current task's structure, which only the task and interrupts on top of it reach. The kernel's own code leaves
 *     all of it as it found it, and of preempt_count it reads only the bits for softirqs, hardirqs and NMIs: hardirqs see
 *     a change of the softirq bits, but not a change of the number of preempt_disables. If an interrupt leaves it
 *     different, or code of a lab or a guard reads it in one (see `KernelCode`), the search begins again and treats it as
 *     shared. An interrupt that asks which task it came on top of sees that this task ends or waits;
 *   - adds to words that are only ever added to, by one width at one place;
 *   - leaves, except for the memory that their callers point them at, and for maps, timers and user pages. What they are
 *     pointed at is known once they have run; a run that conflicts there is undone, and the next time there is a choice
 *     before that call. Of maps, timers and user pages every leaf is assumed to read and write everything.
 *
 * What does not commute: when a task turns preemption off, the other tasks of its CPU can no longer run, so they have to
 * be tried before. That can be put off: a section with preemption off that contains nothing visible commutes as a whole;
 * where a section contains something visible, the choice is at its start (`sectionStart`: the run is repeated up to
 * there). Turning interrupts off or on has the same effect on hardirqs. No run is endless: after `LONGEST_TURN`
 * instructions there is a choice. There is also one before a fault, because nothing happens after it, and before a
 * section that a step leaves open.
 * No choice is needed right after a section, where preempt_count has become zero: all that the task does up to its next
 * visible operation or its next section commutes, and the others are tried there. Nor is one where nobody else can do
 * anything until the thread is through: what it does conflicts with nobody then.
 */
export class Watcher {
  readonly scene: Scene;
  readonly store: Store;
  readonly access: AccessMap;
  readonly layout: Layout;
  readonly reduces: boolean;
  readonly observer: Observer;
  /** Leaves that have been called, by index. */
  readonly called = new Set<number>();
  readonly #leafKinds: Uint8Array;
  readonly preemptCounts: PreemptCounts;
  readonly #softirqMask: number;

  job: Job = { actor: 0, cpu: 0, task: 0, isInterrupt: false, isAlone: false };
  /** Instructions carried out. */
  steps = 0;
  /** Whether the first instruction may be visible to others: the choice before it has been made. */
  mayPass = false;
  /** Where preemption was turned off in this run and not on again; -1 where it was not. */
  sectionStart = -1;
  /** Actors that the instruction it stopped before conflicts with. */
  conflicts = 0;
  pending = 0;
  readonly events: Events;
  /** Whether it was ended because of its length. */
  isTooLong = false;
  readonly #round = new Round();
  readonly #touches = new Touches();
  readonly #kernelCode: KernelCode;
  #stopAt = -1;
  #stopConflicts = 0;
  /** Actors that the leaf which ran last conflicts with: known only now that it has run. */
  #pointedConflicts = 0;

  constructor({ scene, store, access, layout, reduces }: Watching) {
    this.scene = scene;
    this.store = store;
    this.access = access;
    this.layout = layout;
    this.reduces = reduces;
    const { kernel } = scene;
    this.events = new Events(kernel);
    this.#leafKinds = Uint8Array.from(kernel.machine.leaves, ({ name }) => leafKind(name));
    this.preemptCounts = new PreemptCounts(kernel);
    this.#softirqMask = kernel.model.preempt.softirqMask;
    this.#kernelCode = new KernelCode(scene);
    kernel.interpreter.leafCall.touched = (at, size, access) => this.#touches.note(at, size, access);
    this.observer = {
      stopBefore: (thread, slot) => this.#stopBefore(thread, slot),
      call: (thread, slot, fn) => this.#called(thread, slot, fn),
      return: (thread) => this.events.returned(thread),
      write: (_thread, _slot, at, size) => this.#wrote(at, size),
    };
  }

  /** Gets ready for a run. `end` is where an earlier one should have stopped. */
  begin(job: Job, end: Rewind | undefined): void {
    this.job = job;
    this.#round.isUnknown = true;
    this.#stopAt = end?.at ?? -1;
    this.#stopConflicts = end?.conflicts ?? 0;
    this.#pointedConflicts = 0;
    this.#touches.forget();
    this.steps = 0;
    this.mayPass = true;
    this.sectionStart = -1;
    this.conflicts = 0;
    this.pending = 0;
    this.events.begin();
    this.isTooLong = false;
  }

  #preemptWord(thread: Thread): number {
    return this.preemptCounts.wordOf(thread, this.job.cpu);
  }

  preemptCount(thread: Thread): number {
    return thread.memory.i32[this.#preemptWord(thread)]!;
  }

  /** Where a run that has ended should have stopped, by what is known now; undefined if it stopped in the right place. */
  rewind(thread: Thread, kind: Stop['kind'], isFault: boolean): Rewind | undefined {
    if (this.#touches.step >= 0) this.#settle(thread);
    if (this.#stopAt >= 0 || this.job.isAlone) return undefined;
    if (this.sectionStart >= 0 && kind !== 'budget')
      return { at: this.sectionStart, conflicts: this.layout.tasksOn(this.job.cpu) & ~this.#own };
    if (this.#pointedConflicts !== 0) return { at: this.#touches.last, conflicts: this.#pointedConflicts };
    return isFault && this.steps > 1 ? { at: this.steps - 1, conflicts: ALL_ACTORS } : undefined;
  }

  /**
   * Whether the run ends before an instruction that conflicts with others. If there are none its thread goes on, unless
   * it is once round a loop that waits for what nobody will do.
   */
  #stop(thread: Thread, conflicts: number): boolean {
    if (this.job.isAlone && !this.#round.isWhole(thread, this.store.liveBefore(this.#round.slot))) {
      this.events.goOn();
      return false;
    }
    this.conflicts = conflicts;
    return true;
  }

  get #own(): number {
    return this.layout.ownBits(this.job.actor);
  }

  /** Notes an access by the thread that runs, `how` of the bits of `HOW`. */
  note(at: number, size: number, how: number): void {
    const bit = 1 << this.job.actor;
    this.access.note(bit, this.#own, at, size, this.layout.isMap(at) ? how | HOW.map : how);
  }

  noteLeaf(): void {
    this.access.noteLeaf(1 << this.job.actor, this.#own);
  }

  /** Makes what leaves have written in this run a part of states. */
  discover(): void {
    if (this.#touches.isUsed) this.store.discover(this.#touches.written, (w) => this.access.isInvisible(w));
  }

  /** Looks at what a leaf has accessed; true if that conflicts with others. */
  #settle(thread: Thread): boolean {
    const touches = this.#touches;
    let found = 0;
    for (const t of touches.take()) {
      const others = this.#settleOne(thread, t);
      this.access.notePointed(touches.slot, others, touches.isFirst);
      if (!touches.isFirst) found |= others;
    }
    if (found !== 0 && this.job.isAlone) this.events.goOn();
    this.#pointedConflicts = this.job.isAlone ? 0 : found;
    if (this.#pointedConflicts === 0) this.checkAlways();
    else this.conflicts = found;
    return this.#pointedConflicts !== 0;
  }

  /**
   * Actors that conflict with a leaf's access to memory it was pointed at. The access is noted if there are none, or
   * if the choice has been made.
   */
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
    if (others === 0 || this.#touches.isFirst || this.job.isAlone)
      this.note(at, size, HOW.reads | (writes ? HOW.writes : 0));
    return others;
  }

  /** Decides whether the instruction in a slot is where the run ends; it has not been carried out. */
  #stopBefore(thread: Thread, slot: number): boolean {
    this.#round.slot = slot;
    if (this.#touches.step >= 0 && this.#settle(thread)) return true;
    if (!this.reduces && this.steps > 0) return this.#stop(thread, ALL_ACTORS);
    if (this.steps === this.#stopAt) return this.#stop(thread, this.#stopConflicts);
    const isFirst = this.steps === 0 && this.mayPass;
    if (this.steps >= LONGEST_TURN) {
      this.isTooLong = true;
      this.conflicts = ALL_ACTORS;
      return true;
    }
    const { code } = this.scene.kernel.machine.text;
    const word = wordAt(code, slot);
    const kind = ACCESS_OF[opIdOf(word)]!;
    if (kind !== ACCESS.none && this.#isVisible(thread, slot, word, kind, isFirst)) return true;
    this.steps += 1;
    return false;
  }

  #isVisible(thread: Thread, slot: number, word: number, kind: number, isFirst: boolean): boolean {
    if (kind === ACCESS.leaf) return this.#leaf(thread, slot, isFirst);
    if (kind === ACCESS.exit) return this.#exit(thread, isFirst);
    const low = accessedAt(this.scene.kernel.machine.text.code, slot, thread);
    if (low < 0) return false;
    const size = SIZE_OF[opIdOf(word)]!;
    const { owners } = this.store;
    const owner = owners.of(low);
    const writes = kind !== ACCESS.load;
    if (writes && this.job.isAlone) this.#round.note(thread.memory.i32, low, size);
    if (owner !== 0) {
      const isMine = this.#isMine(thread, owner, low);
      if (!isMine) this.layout.refuseForeign(thread, slot);
      if (owners.structureOf(owner) !== undefined) this.#look(slot);
      const leaks = owners.structureOf(owner) === undefined ? 0 : this.#leaks();
      if (writes && low >> 2 === this.#preemptWord(thread))
        return this.#preempt(thread, word, kind, isFirst, leaks);
      return leaks !== 0 && !isFirst && this.#stop(thread, leaks);
    }
    if (low >> 2 === this.#preemptWord(thread)) {
      this.include(low >> 2);
      this.#look(slot);
      const leaks = this.#leaks();
      if (writes) return this.#preempt(thread, word, kind, isFirst, leaks);
      return leaks !== 0 && !isFirst && this.#stop(thread, leaks);
    }
    const isAdd = kind === ACCESS.add || kind === ACCESS.percpuAdd;
    if (isAdd && !this.layout.isMap(low) && !this.access.isOrdered(low, size)) {
      this.#includeCounted(low, size);
      return false;
    }
    const found = this.access.conflicts(low, size, writes, this.layout.isMap(low)) & ~this.#own;
    if (found !== 0 && !isFirst && this.#stop(thread, found)) return true;
    this.note(low, size, (kind === ACCESS.store ? 0 : HOW.reads) | (writes ? HOW.writes : 0));
    return false;
  }

  /** An interrupt accesses what belongs to the task it came on top of. */
  #look(slot: number): void {
    if (this.job.isInterrupt && !this.#kernelCode.isKernel(slot)) this.layout.noteLeak();
  }

  /** The interrupts that can see what belongs to a task, where any interrupt changes or reads it. */
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
   * A write of preempt_count: the value written decides who sees it, besides those in `seen`. If any of them makes a
   * choice necessary before the write, that choice has to offer everybody who could run there, since it is made only
   * once.
   */
  #preempt(thread: Thread, word: number, kind: number, isFirst: boolean, seen: number): boolean {
    const { i32 } = thread.memory;
    const before = i32[this.#preemptWord(thread)]!;
    const source = i32[thread.word + srcWordOf(word)]!;
    const after = kind === ACCESS.store ? source : (before + source) | 0;
    const { cpu, isInterrupt } = this.job;
    const { layout } = this;
    const begins = !isInterrupt && before === 0 && after !== 0;
    const tasks = begins ? layout.tasksOn(cpu) & ~this.#own : 0;
    const others = seen | (((before ^ after) & this.#softirqMask) !== 0 ? layout.hardirqsOn(cpu) : 0);
    if (others !== 0 && !isFirst && this.#stop(thread, others | tasks)) return true;
    if (isInterrupt) return false;
    if (after === 0 && before !== 0 && !isFirst && this.#letsCome(thread) && this.#stop(thread, 0)) {
      this.pending = PENDING;
      return true;
    }
    if (tasks !== 0 && !isFirst && this.sectionStart < 0) this.sectionStart = this.steps;
    if (after === 0) this.sectionStart = -1;
    return false;
  }

  /** Whether tasks could run after this instruction that could not run when enter or put was called. */
  #letsCome(thread: Thread): boolean {
    const tasks = this.layout.tasksOn(this.job.cpu) & ~this.#own;
    return tasks !== 0 && this.events.isInside(thread);
  }

  #leaf(thread: Thread, slot: number, isFirst: boolean): boolean {
    const { code } = this.scene.kernel.machine.text;
    const leaf = immAt(code, slot);
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
        if (isInterrupt && !this.#kernelCode.isKernel(slot)) layout.noteLooking();
        return false;
      case LEAF.wakeup:
      case LEAF.irq: {
        const others = isInterrupt || this.preemptCount(thread) !== 0 ? 0 : layout.tasksOn(cpu);
        const found = (layout.hardirqsOn(cpu) | others) & ~this.#own;
        return found !== 0 && !isFirst && this.#stop(thread, found);
      }
      default: {
        // A task that waits lets another one run.
        const lookers = layout.isLooking && !isInterrupt ? layout.sourcesOn(cpu) : 0;
        const pointed = this.access.pointedConflicts(slot);
        const found = (this.access.leafConflicts | lookers | pointed) & ~this.#own;
        if (found !== 0 && !isFirst && this.#stop(thread, found)) return true;
        this.noteLeaf();
        this.#round.isUnknown = true;
        this.#touches.begin(this.steps, slot, isFirst);
        return false;
      }
    }
  }

  /** The return of enter or put is a run of its own: see `Instances`. */
  #exit(thread: Thread, isFirst: boolean): boolean {
    if (isFirst) return false;
    if (!this.events.isOfGuard(functionOf(thread))) {
      if (!this.layout.isLooking || this.job.isInterrupt || !isOutermost(thread)) return false;
      const lookers = this.layout.sourcesOn(this.job.cpu) & ~this.#own;
      return lookers !== 0 && this.#stop(thread, lookers);
    }
    if (!this.#stop(thread, 0)) return false;
    this.pending = PENDING;
    return true;
  }

  #called(thread: Thread, slot: number, fn: number): void {
    if (this.job.isInterrupt && this.#kernelCode.tells(slot, fn)) this.layout.noteLeak();
    this.events.called(thread, fn, this.steps);
  }

  #wrote(at: number, size: number): void {
    if (this.store.owners.of(at) !== 0) return;
    for (let w = at >> 2; w <= (at + size - 1) >> 2; w += 1) if (!this.access.isInvisible(w)) this.include(w);
    this.check(at, size);
  }

  /** Conditions that must always hold are checked after every write to what they read. */
  check(at: number, size: number): void {
    if (this.access.isWatched(at, size)) this.checkAlways();
  }

  checkAlways(): void {
    this.scene.always.forEach((c, i) => {
      if (!holds(this.scene.kernel, c)) this.events.violated(i);
    });
  }
}
