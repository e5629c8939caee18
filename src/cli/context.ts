import { Environment } from '../lab/environment.js';
import { JSON_VERSION } from '../report/json.js';
import { type Diagnostic, inOrder } from '../text/diagnostic.js';
import { formatDiagnostics } from '../text/format.js';
import { marks, type Palette } from '../text/paint.js';
import { type ColorChoice, EXIT, paletteFor } from './io.js';
import type { Outputs } from './output.js';
import { Printer } from './printer.js';
import { shippedFiles } from './shipped.js';

/** Diagnostics written at once: all those of a large bad file would not fit into one string. */
const CHUNK = 1000;

/** What every command gets: where to write, in which colours, and the shipped files. */
export class CliContext {
  readonly stdout: Printer;
  readonly stderr: Printer;
  color: ColorChoice = 'auto';
  json = false;
  exitCode: number = EXIT.ok;
  #environment: Environment | undefined;

  /** Without an environment the shipped files are read when they are first needed. */
  constructor({ stdout, stderr }: Outputs, environment?: Environment) {
    this.stdout = new Printer(stdout, () => paletteFor(this.color, stdout.isTerminal));
    this.stderr = new Printer(stderr, () => paletteFor(this.color, stderr.isTerminal));
    this.#environment = environment;
  }

  get environment(): Environment {
    this.#environment ??= new Environment(shippedFiles());
    return this.#environment;
  }

  /** Marks what is painted; in which colours, if any, is decided when it is printed. */
  readonly palette: Palette = marks;

  out(text: string): void {
    this.stdout.text(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** The one JSON document of a command; its version is added. */
  document(members: object): void {
    this.stdout.json({ version: JSON_VERSION, ...members });
  }

  bytes(bytes: Uint8Array): void {
    this.stdout.bytes(bytes);
  }

  /** Writes diagnostics to standard error. */
  report(diagnostics: readonly Diagnostic[]): void {
    if (diagnostics.length === 0) return;
    const ordered = inOrder(diagnostics);
    for (let i = 0; i < ordered.length; i += CHUNK) {
      const text = formatDiagnostics(ordered.slice(i, i + CHUNK), marks);
      this.stderr.text(i === 0 ? text : `\n${text}`);
    }
  }

  fail(code: number = EXIT.failed): void {
    this.exitCode = Math.max(this.exitCode, code);
  }
}
