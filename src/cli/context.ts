import { Environment } from '../lab/environment.js';
import { type Diagnostic, inOrder } from '../text/diagnostic.js';
import { formatDiagnostics, type Palette } from '../text/format.js';
import { type ColorChoice, EXIT, paletteFor, shippedFiles } from './io.js';

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
    process.stderr.write(
      formatDiagnostics(inOrder(diagnostics), paletteFor(this.color, process.stderr.isTTY === true)),
    );
  }

  fail(code: number = EXIT.failed): void {
    this.exitCode = Math.max(this.exitCode, code);
  }
}
