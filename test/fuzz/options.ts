import { parseArgs } from 'node:util';

/** What a run of the fuzzer is told. */
export interface FuzzOptions {
  /** Names of targets, or `all`. */
  readonly names: readonly string[];
  readonly list: boolean;
  readonly seed: number;
  /** How many inputs each target gets, at most. */
  readonly runs: number | undefined;
  /** How long each target goes on, at most. */
  readonly seconds: number | undefined;
  /** Print the inputs instead of trying them. */
  readonly print: boolean;
  /** A folder for inputs that fail. */
  readonly save: string | undefined;
}

/** Seconds a target goes on that is told neither how long nor how often. */
const DEFAULT_SECONDS = 10;

export const USAGE = `usage: npm run fuzz -- TARGET… [--seconds N] [--runs N] [--seed S] [--save DIR]
       npm run fuzz -- TARGET --print [--runs N] [--seed S]
       npm run fuzz -- --list

TARGET is one that --list names, or \`all\`. Input n has the seed S + n; without S it is the time.
--save writes every failing input, reduced, into DIR; --print prints inputs instead of trying them.`;

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 2 ** 32 - 1)
    throw new Error(`--${name} needs a whole number below 2^32, not ${text}`);
  return value;
}

/** Reads the command line. Throws an `Error` that says what is wrong with it. */
export function parseOptions(args: readonly string[], now: number): FuzzOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      list: { type: 'boolean', default: false },
      print: { type: 'boolean', default: false },
      seed: { type: 'string' },
      runs: { type: 'string' },
      seconds: { type: 'string' },
      save: { type: 'string' },
    },
  });
  const number = (name: 'seed' | 'runs' | 'seconds'): number | undefined => {
    const text = values[name];
    return text === undefined ? undefined : wholeNumber(name, text);
  };
  const [seed, runs, seconds] = [number('seed'), number('runs'), number('seconds')];
  return {
    names: positionals,
    list: values.list,
    print: values.print,
    seed: seed ?? now % 2 ** 31,
    runs,
    seconds: seconds ?? (runs === undefined ? DEFAULT_SECONDS : undefined),
    save: values.save,
  };
}
