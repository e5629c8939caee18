/** What every fuzzer is told: `--seconds N` to go on with random inputs for so long, `--seed S` to repeat a run. */
export interface FuzzOptions {
  readonly seconds: number | undefined;
  readonly seed: number;
}

/** A fuzzer throws at the first input that something is wrong with; the error says how to repeat it. */
export interface Fuzzer {
  readonly about: string;
  readonly run: (options: FuzzOptions) => void;
}

function wholeNumber(name: string, text: string | undefined): number {
  const value = Number(text);
  if (text === undefined || !/^\d+$/.test(text) || value > 2 ** 32 - 1)
    throw new Error(`${name} needs a whole number, not ${text ?? 'nothing'}`);
  return value;
}

export function parseOptions(args: readonly string[]): FuzzOptions {
  let seconds: number | undefined;
  let seed = Date.now() % 2 ** 31;
  for (let i = 0; i < args.length; i += 2) {
    const name = args[i]!;
    if (name === '--seconds') seconds = wholeNumber(name, args[i + 1]);
    else if (name === '--seed') seed = wholeNumber(name, args[i + 1]);
    else throw new Error(`unknown option ${name}; there are --seconds N and --seed S`);
  }
  return { seconds, seed };
}
