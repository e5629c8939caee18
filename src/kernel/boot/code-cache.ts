import type { Relocatable } from '../../machine/relocatable.js';
import type { Line } from '../../syntax/ast.js';
import type { KernelModel } from '../model.js';
import { kernelConstants } from './constants.js';

/**
 * What every boot would make again of the same text: code between assembling and placing, which depends
 * on its lines, on the constants it may use and on the size of a guard's area, and on nothing else. It is only read.
 */
export class CodeCache {
  readonly #constants = new Map<string, ReadonlyMap<string, bigint>>();
  readonly #ofLines = new WeakMap<readonly Line[], Map<string, Relocatable>>();
  readonly #generated = new Map<string, Relocatable>();

  constantsOf(model: KernelModel, cpus: number): ReadonlyMap<string, bigint> {
    const key = `${model.name} ${cpus}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const made = kernelConstants(model, cpus);
    this.#constants.set(key, made);
    return made;
  }

  /** Code of a lab's or the kernel's lines; `key` says all else that it depends on. */
  ofLines(lines: readonly Line[], key: string): Relocatable | undefined {
    return this.#ofLines.get(lines)?.get(key);
  }

  keepLines(lines: readonly Line[], key: string, code: Relocatable): void {
    const known = this.#ofLines.get(lines);
    if (known !== undefined) known.set(key, code);
    else this.#ofLines.set(lines, new Map([[key, code]]));
  }

  /** Code of a text that the kernel generates, such as a trampoline's. */
  generated(text: string, make: () => Relocatable): Relocatable {
    const known = this.#generated.get(text);
    if (known !== undefined) return known;
    const made = make();
    if (this.#generated.size >= MOST_GENERATED) this.#generated.clear();
    this.#generated.set(text, made);
    return made;
  }
}

/** Texts kept at most: a page that is open for days edits labs, and each has trampolines of its own. */
const MOST_GENERATED = 1000;
