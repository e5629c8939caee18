import { fstatSync } from 'node:fs';
import { errorAt } from '../text/diagnostic.js';
import { formatDiagnostic } from '../text/format.js';
import { reasonOf, writeAll } from './descriptor.js';
import { type Input, StandardInput } from './input.js';

/** Where results or diagnostics go. */
export interface Output {
  readonly isTerminal: boolean;
  /** True if writing has become pointless: nobody reads any more, or nothing more fits. */
  readonly isDone: boolean;
  /** Never throws: what could not be written is reported at the end. */
  write(data: string | Uint8Array): void;
  /** Resolves when all that was written has been taken. */
  flush(): Promise<void>;
}

/** What a command reads from and writes to. */
export interface Streams {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
}

/** What has nothing to read. */
export const nothing: Input = { isTerminal: false, read: () => 0 };
/** Where nobody reads. */
export const nowhere: Output = { isTerminal: false, isDone: false, write: () => {}, flush: async () => {} };

/**
 * Standard output or standard error. Files and devices are written here and not by node's stream, which takes a part
 * that was written for all of it: what did not fit on a disk would be missing without a word.
 */
class StandardOutput implements Output {
  readonly #fd: number;
  readonly #stream: NodeJS.WriteStream;
  readonly #isDirect: boolean;
  #error: unknown;

  constructor(fd: 1 | 2, stream: NodeJS.WriteStream) {
    this.#fd = fd;
    this.#stream = stream;
    const info = fstatSync(fd);
    this.#isDirect = !stream.isTTY && !info.isFIFO() && !info.isSocket();
    stream.on('error', (e) => {
      this.#error ??= e;
    });
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  get isDone(): boolean {
    return this.#error !== undefined;
  }

  /** Why not all was written. A reader that has seen enough, such as `head`, is not an error. */
  get trouble(): string | undefined {
    const isTold = this.isDone && (this.#error as NodeJS.ErrnoException).code !== 'EPIPE';
    return isTold ? reasonOf(this.#error) : undefined;
  }

  write(data: string | Uint8Array): void {
    if (this.isDone) return;
    if (!this.#isDirect) {
      this.#stream.write(data);
      return;
    }
    try {
      writeAll(this.#fd, typeof data === 'string' ? Buffer.from(data) : data);
    } catch (e) {
      this.#error = e;
    }
  }

  async flush(): Promise<void> {
    if (this.#isDirect || this.isDone) return;
    await new Promise<void>((resolve) => this.#stream.write('', () => resolve()));
  }
}

/** What a process has been given. */
export class StandardStreams implements Streams {
  readonly stdin = new StandardInput();
  readonly stdout = new StandardOutput(1, process.stdout);
  readonly stderr = new StandardOutput(2, process.stderr);

  /** Waits until all is written; the exit status, which is not 0 if something was lost. */
  async finish(status: number): Promise<number> {
    await this.stdout.flush();
    const { trouble } = this.stdout;
    if (trouble !== undefined)
      this.stderr.write(
        `${formatDiagnostic(errorAt('B0805', `cannot write to standard output: ${trouble}`))}\n`,
      );
    await this.stderr.flush();
    const isAll = trouble === undefined && this.stderr.trouble === undefined;
    return isAll ? status : Math.max(status, 1);
  }
}
