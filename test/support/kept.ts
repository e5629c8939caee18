import type { Output } from '../../src/cli/output.js';

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
