import type { Thread } from '../../machine/thread.js';
import type { Scene } from '../../replay/scene.js';
import { errorAt, InputError } from '../../text/diagnostic.js';

/**
 * How a state is laid out as a row of words, and who the actors are (one bit each, in masks):
 *
 *     0 …      a component for each task, the softirq threads and idle tasks after the scenario's
 *     then     for each CPU: the task it runs, interrupts on top of it, and a component for each of these
 *     then     shared memory, instances
 *     then     for each source, how often it may still arrive
 */
export class Layout {
  readonly scene: Scene;
  readonly firstSource: number;
  readonly shared: number;
  readonly instances: number;
  readonly remaining: number;
  readonly width: number;
  readonly maxDepth: number;
  readonly #cpus: number;
  readonly #tasksOn: number[];
  readonly #hardirqsOn: number[];
  readonly #sourcesOn: number[];
  readonly #isMap: Uint8Array;
  /** A softirq thread has been woken. */
  usesSoftirqd = false;
  /**
   * An interrupt has left preempt_count, or the structure of the task it came on top of, different from how it found it,
   * or a lab's own code has read them in an interrupt.
   */
  isLeaking = false;
  /** An interrupt has asked which task it came on top of. */
  isLooking = false;
  /** Set when one of the above becomes true, so that what was found before cannot be relied on. */
  invalidated = false;

  constructor(scene: Scene) {
    const { kernel, tasks, sources } = scene;
    this.scene = scene;
    this.#cpus = tasks.length;
    const arrivals = sources.reduce((n, s) => n + s.times, 0);
    this.maxDepth = Math.min(30, arrivals);
    this.shared = this.#cpus + kernel.cpus * (2 + this.maxDepth);
    this.instances = this.shared + 1;
    this.remaining = this.shared + 2;
    this.width = this.remaining + sources.length;
    this.firstSource = tasks.length - kernel.cpus;
    const bits = (wanted: (i: number) => boolean, count: number, from: number): number => {
      let mask = 0;
      for (let i = 0; i < count; i += 1) if (wanted(i)) mask |= 1 << (from + i);
      return mask;
    };
    const ids = kernel.processors.map((c) => c.id);
    this.#tasksOn = ids.map((cpu) =>
      bits((i) => tasks[i]!.kind === 'task' && tasks[i]!.task.thread.cpu === cpu, tasks.length, 0),
    );
    const onCpu = (cpu: number, i: number): boolean => (sources[i]!.cpu ?? cpu) === cpu;
    this.#sourcesOn = ids.map((cpu) => bits((i) => onCpu(cpu, i), sources.length, this.firstSource));
    this.#hardirqsOn = ids.map((cpu) =>
      bits((i) => onCpu(cpu, i) && sources[i]!.level === 'hardirq', sources.length, this.firstSource),
    );
    this.#isMap = new Uint8Array(kernel.memory.limit >> 3);
    const mark = (start: number, end: number): void => void this.#isMap.fill(1, start >> 3, (end + 7) >> 3);
    for (const r of kernel.memory.regions) if (r.kind === 'map' || r.kind === 'user') mark(r.start, r.end);
    mark(kernel.timers.start, kernel.timers.end);
    for (const map of kernel.maps.values())
      for (const value of map.values)
        for (const cpu of ids) {
          const at = kernel.percpu.at(value, cpu);
          mark(at, at + value.size);
        }
  }

  current(cpu: number): number {
    return this.#cpus + cpu * (2 + this.maxDepth);
  }

  depth(cpu: number): number {
    return this.current(cpu) + 1;
  }

  context(cpu: number, depth: number): number {
    return this.current(cpu) + 2 + depth;
  }

  sourceActor(source: number): number {
    return this.firstSource + source;
  }

  idleTask(cpu: number): number {
    return this.firstSource + cpu;
  }

  softirqd(cpu: number): number {
    return this.firstSource - this.scene.kernel.cpus + cpu;
  }

  /** An actor's own bit; 0 for an interrupt that may be there more than once, which conflicts with itself. */
  ownBits(actor: number): number {
    if (actor >= this.firstSource && this.scene.sources[actor - this.firstSource]!.times > 1) return 0;
    return 1 << actor;
  }

  tasksOn(cpu: number): number {
    const softirqd = this.usesSoftirqd ? 1 << this.softirqd(cpu) : 0;
    return this.#tasksOn[cpu]! | softirqd;
  }

  hardirqsOn(cpu: number): number {
    return this.#hardirqsOn[cpu]!;
  }

  sourcesOn(cpu: number): number {
    return this.#sourcesOn[cpu]!;
  }

  /** The first 8 bytes from the given ones on that leaves may access without being pointed at them, counted in 8 bytes; or infinity. */
  nextOfMaps(from: number): number {
    const next = this.#isMap.indexOf(1, from);
    return next < 0 ? Number.POSITIVE_INFINITY : next;
  }

  /** Whether leaves may access an address without being pointed at it. */
  isMap(at: number): boolean {
    return this.#isMap[at >> 3] !== 0;
  }

  noteLeak(): void {
    if (!this.isLeaking) this.invalidated = true;
    this.isLeaking = true;
    this.noteLooking();
  }

  noteLooking(): void {
    if (!this.isLooking) this.invalidated = true;
    this.isLooking = true;
  }

  noteSoftirqd(): void {
    if (!this.usesSoftirqd) this.invalidated = true;
    this.usesSoftirqd = true;
  }

  /** Stacks and task structures that others reach into cannot be saved apart. */
  refuseForeign(thread: Thread, slot: number): never {
    const placed = this.scene.kernel.machine.text.at(slot);
    throw new InputError(
      errorAt('B0411', `${thread.name} reaches into the stack or the task_struct of another thread`, {
        span: placed?.insn.span,
        help: 'pass data through a global or a map',
      }),
    );
  }
}
