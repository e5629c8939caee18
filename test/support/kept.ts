import type { Input } from '../../src/cli/input.js';
import type { Output } from '../../src/cli/streams.js';

/** An output that keeps what it is given. */
export class Kept implements Output {
  readonly isTerminal = false;
  readonly isDone = false;
  readonly #parts: Buffer[] = [];

  write(data: string | Uint8Array): void {
    this.#parts.push(Buffer.from(data as string));
  }

  async flush(): Promise<void> {}

  get text(): string {
    return Buffer.concat(this.#parts).toString();
  }
}

/** An input that has the bytes it is given, and then ends. */
export class Given implements Input {
  readonly isTerminal = false;
  #bytes: Uint8Array;

  constructor(input: string | Uint8Array = '') {
    this.#bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
  }

  read(into: Uint8Array): number {
    const given = this.#bytes.subarray(0, into.length);
    into.set(given);
    this.#bytes = this.#bytes.subarray(given.length);
    return given.length;
  }
}
