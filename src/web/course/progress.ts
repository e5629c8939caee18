import type { Memory } from '../split.js';

const KEY = 'tinybpf.course';

/** Which lessons are solved, kept from one visit to the next. */
export class Progress {
  readonly #memory: Memory;
  readonly #solved: Set<string>;

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#solved = new Set((memory.get(KEY) ?? '').split(' ').filter((name) => name !== ''));
  }

  has(name: string): boolean {
    return this.#solved.has(name);
  }

  solve(name: string): void {
    this.#solved.add(name);
    this.#memory.set(KEY, [...this.#solved].join(' '));
  }
}
