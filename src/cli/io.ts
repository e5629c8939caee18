import pc from 'picocolors';
import type { Diagnostic } from '../text/diagnostic.js';
import { type Palette, plain } from '../text/format.js';

/** Exit statuses; `--help` lists them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, internal: 3, interrupted: 130 } as const;

/** Trouble with what was typed on the command line; exit status 2. */
export class UsageError extends Error {
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.name = 'UsageError';
    this.diagnostic = diagnostic;
  }
}

export type ColorChoice = 'auto' | 'always' | 'never';

/** Colours: the option first, then NO_COLOR and FORCE_COLOR, then whether the stream is a terminal. */
export function paletteFor(choice: ColorChoice, isTerminal: boolean): Palette {
  const env = process.env;
  const wanted =
    choice === 'always' ||
    (choice === 'auto' &&
      !env['NO_COLOR'] &&
      (Boolean(env['FORCE_COLOR']) || (isTerminal && env['TERM'] !== 'dumb')));
  if (!wanted) return plain;
  const c = pc.createColors(true);
  return {
    error: (t) => c.red(t),
    warning: (t) => c.yellow(t),
    note: (t) => c.cyan(t),
    bold: (t) => c.bold(t),
    dim: (t) => c.dim(t),
  };
}
