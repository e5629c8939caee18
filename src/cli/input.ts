import { readSync } from 'node:fs';
import { type ReadSync, readSome } from './descriptor.js';

/** Where a command reads what `-` names. */
export interface Input {
  readonly isTerminal: boolean;
  /** Reads what is available, waiting for the first byte; 0 at the end. Throws what the operating system says. */
  read(into: Uint8Array): number;
}

/** Standard input of this process. */
export class StandardInput implements Input {
  readonly #readSync: ReadSync;

  constructor(read: ReadSync = readSync) {
    this.#readSync = read;
  }

  get isTerminal(): boolean {
    return process.stdin.isTTY === true;
  }

  read(into: Uint8Array): number {
    return readSome(0, into, this.#readSync);
  }
}
