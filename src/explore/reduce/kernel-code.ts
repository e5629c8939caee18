import type { Scene } from '../../replay/scene.js';

/** Functions of the kernel whose result is what they read of the task or of preempt_count. */
const TELLING = ['preempt_count', 'in_interrupt'];

/**
 * Distinguishes code of the emulated kernel from that of labs and guards. What kernel code does with a task's structure
 * and with preempt_count is known (see `Watcher`); other code may do anything with what it reads of them.
 */
export class KernelCode {
  readonly #scene: Scene;
  readonly #telling: ReadonlySet<number>;
  readonly #kernel: (boolean | undefined)[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#telling = new Set(TELLING.map((n) => scene.kernel.symbols.functionIndex(n)));
  }

  /** Whether the instruction in a slot belongs to the kernel: to a shipped file, or to generated code. */
  isKernel(slot: number): boolean {
    const known = this.#kernel[slot];
    if (known !== undefined) return known;
    const placed = this.#scene.kernel.machine.text.at(slot);
    const kind = placed?.fn.kind;
    const source = placed?.insn.span?.source;
    const isKernel =
      kind === 'trampoline' ||
      kind === 'driver' ||
      (kind === 'kernel' && (source === undefined || this.#scene.kernelSources.has(source)));
    this.#kernel[slot] = isKernel;
    return isKernel;
  }

  /** Whether a call in a slot tells code other than the kernel's something about the task. */
  tells(slot: number, fn: number): boolean {
    return this.#telling.has(fn) && !this.isKernel(slot);
  }
}
