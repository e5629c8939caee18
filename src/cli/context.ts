import { Environment } from '../lab/environment.js';
import { type Diagnostic, inOrder } from '../text/diagnostic.js';
import { formatDiagnostics, type Palette } from '../text/format.js';
import { type ColorChoice, EXIT, paletteFor } from './io.js';
import type { Output, Outputs } from './output.js';
import { shippedFiles } from './shipped.js';

/** Diagnostics written at once: all those of a large bad file would not fit into one string. */
const CHUNK = 1000;

/** What every command gets: where to write, in which colours, and the shipped files. */
export class CliContext {
  readonly stdout: Output;
  readonly stderr: Output;
  color: ColorChoice = 'auto';
  json = false;
  exitCode: number = EXIT.ok;
  #environment: Environment | undefined;

  constructor({ stdout, stderr }: Outputs) {
    this.stdout = stdout;
    this.stderr = stderr;
  }

  get environment(): Environment {
    this.#environment ??= new Environment(shippedFiles());
    return this.#environment;
  }

  get palette(): Palette {
    return paletteFor(this.color, this.stdout.isTerminal);
  }

  out(text: string): void {
    this.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  bytes(bytes: Uint8Array): void {
    this.stdout.write(bytes);
  }

  /** Writes diagnostics to standard error. */
  report(diagnostics: readonly Diagnostic[]): void {
    if (diagnostics.length === 0) return;
    const palette = paletteFor(this.color, this.stderr.isTerminal);
    const ordered = inOrder(diagnostics);
    for (let i = 0; i < ordered.length; i += CHUNK) {
      const text = formatDiagnostics(ordered.slice(i, i + CHUNK), palette);
      this.stderr.write(i === 0 ? text : `\n${text}`);
    }
  }

  fail(code: number = EXIT.failed): void {
    this.exitCode = Math.max(this.exitCode, code);
  }
}
