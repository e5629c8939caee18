import type { Environment } from '../lab/environment.js';
import { JSON_VERSION } from '../report/refusal.js';
import { type Diagnostic, inOrder } from '../text/diagnostic.js';
import { firstOf, MOST_ERRORS } from '../text/findings.js';
import { formatDiagnostics } from '../text/format.js';
import { marks, type Palette } from '../text/paint.js';
import type { Compilation } from './clang.js';
import type { Input } from './input.js';
import { type ColorChoice, EXIT, paletteFor } from './io.js';
import { Printer } from './printer.js';
import type { Streams } from './streams.js';

/** What a process has for commands. */
export interface Host {
  /** What labs are run in, where somebody has it already; commands ask `environmentOf`. */
  readonly environment?: Environment;
  /** The folder of the files that threads begin in; without it a command does all in the thread that called it. */
  readonly threads?: URL;
}

/** What every command gets: where to read and write, and in which colours. */
export class CliContext {
  readonly stdin: Input;
  readonly stdout: Printer;
  readonly stderr: Printer;
  color: ColorChoice = 'auto';
  json = false;
  /** Most errors of one input that are looked for and shown; the same of warnings. */
  maxErrors: number = MOST_ERRORS;
  exitCode: number = EXIT.ok;
  /** How C files are compiled that a command is given, or that a lab names; undefined for a command that reads none. */
  compilation: Compilation | undefined;
  readonly host: Host;

  constructor({ stdin, stdout, stderr }: Streams, host: Host = {}) {
    this.stdin = stdin;
    this.stdout = new Printer(stdout, () => paletteFor(this.color, stdout.isTerminal));
    this.stderr = new Printer(stderr, () => paletteFor(this.color, stderr.isTerminal));
    this.host = host;
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

  /** Diagnostics as they are printed. */
  reportOf(diagnostics: readonly Diagnostic[]): string {
    return formatDiagnostics(firstOf(inOrder(diagnostics), this.maxErrors), marks);
  }

  /** Writes diagnostics to standard error. */
  report(diagnostics: readonly Diagnostic[]): void {
    if (diagnostics.length > 0) this.stderr.text(this.reportOf(diagnostics));
  }

  fail(code: number = EXIT.failed): void {
    this.exitCode = Math.max(this.exitCode, code);
  }
}
