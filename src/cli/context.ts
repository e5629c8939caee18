import { Environment } from '../lab/environment.js';
import { type Diagnostic, inOrder } from '../text/diagnostic.js';
import { formatDiagnostics, type Palette } from '../text/format.js';
import { type ColorChoice, EXIT, paletteFor, shippedFiles } from './io.js';

/** Diagnostics written at once: all those of a large bad file would not fit into one string. */
const CHUNK = 1000;

/** What every command gets: where to write, in which colours, and the shipped files. */
export class CliContext {
  color: ColorChoice = 'auto';
  json = false;
  exitCode: number = EXIT.ok;
  #environment: Environment | undefined;

  get environment(): Environment {
    this.#environment ??= new Environment(shippedFiles());
    return this.#environment;
  }

  get palette(): Palette {
    return paletteFor(this.color, process.stdout.isTTY === true);
  }

  out(text: string): void {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  bytes(bytes: Uint8Array): void {
    process.stdout.write(bytes);
  }

  /** Writes diagnostics to standard error. */
  report(diagnostics: readonly Diagnostic[]): void {
    if (diagnostics.length === 0) return;
    const palette = paletteFor(this.color, process.stderr.isTTY === true);
    const ordered = inOrder(diagnostics);
    for (let i = 0; i < ordered.length; i += CHUNK) {
      const text = formatDiagnostics(ordered.slice(i, i + CHUNK), palette);
      process.stderr.write(i === 0 ? text : `\n${text}`);
    }
  }

  fail(code: number = EXIT.failed): void {
    this.exitCode = Math.max(this.exitCode, code);
  }
}
