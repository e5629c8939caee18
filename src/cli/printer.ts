import { type Palette, render } from '../text/paint.js';
import { jsonText } from '../text/shown.js';
import type { Output } from './streams.js';

/**
 * The one way out of the program for text. Reports say by marks what is painted; here that gets its colours, and all else
 * is made safe for a terminal, whoever wrote the file it comes from.
 */
export class Printer {
  readonly #output: Output;
  readonly #palette: () => Palette;

  constructor(output: Output, palette: () => Palette) {
    this.#output = output;
    this.#palette = palette;
  }

  get isTerminal(): boolean {
    return this.#output.isTerminal;
  }

  /** True if writing has become pointless. */
  get isDone(): boolean {
    return this.#output.isDone;
  }

  flush(): Promise<void> {
    return this.#output.flush();
  }

  /** Text as `text` writes it. */
  rendered(text: string): string {
    return render(text, this.#palette());
  }

  text(text: string): void {
    this.#output.write(this.rendered(text));
  }

  json(document: object): void {
    this.#output.write(`${jsonText(document, 2)}\n`);
  }

  /** Bytes that somebody asked for as they are. */
  bytes(bytes: Uint8Array): void {
    this.#output.write(bytes);
  }

  /** Rewrites the current line of a terminal, which shows how far something is. */
  again(text: string): void {
    this.#output.write('\r\x1b[K');
    this.text(text);
  }
}
