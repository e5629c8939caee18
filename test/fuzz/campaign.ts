import type { Files, Target } from './target.js';

/** One way in which a target failed, shown by the first input that did. */
export interface Failed {
  readonly kind: string;
  readonly seed: number;
  times: number;
  readonly text: string;
  readonly files: Files;
}

export interface Campaign {
  inputs: number;
  readonly ends: Map<string, number>;
  readonly failed: Map<string, Failed>;
  /** The input that took the processor longest. */
  slowest: { readonly seed: number; readonly ms: number };
}

/** Lines of a failing input that are shown. */
const SHOWN = 80;

function firstLines(text: string): string {
  const lines = text.split('\n');
  const cut = lines.map((l) => (l.length > 400 ? `${l.slice(0, 400)}… (${l.length} characters)` : l));
  return lines.length <= SHOWN
    ? cut.join('\n')
    : [...cut.slice(0, SHOWN), `… (${lines.length} lines)`].join('\n');
}

export const reproduction = (target: string, seed: number): string =>
  `npm run fuzz -- ${target} --seed ${seed} --runs 1`;

/** The seed of a campaign's n-th input. */
export const seedOf = (first: number, n: number): number => (first + n) >>> 0;

/**
 * Tries inputs made from `seed`, `seed + 1` and so on, as long as `goesOn` says so. Every way of failing is reported by
 * its first input, reduced. `begin` is told each seed before its input is made.
 */
export async function campaign(
  target: Target,
  seed: number,
  goesOn: (run: Pick<Campaign, 'inputs' | 'ends'>) => boolean,
  begin: (seed: number) => void = () => undefined,
): Promise<Campaign> {
  const run: Campaign = { inputs: 0, ends: new Map(), failed: new Map(), slowest: { seed, ms: 0 } };
  for (; goesOn(run); run.inputs += 1) {
    const at = seedOf(seed, run.inputs);
    begin(at);
    const before = process.cpuUsage();
    const { end, failure } = await target.attempt(at);
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    if (ms > run.slowest.ms) run.slowest = { seed: at, ms };
    run.ends.set(end, (run.ends.get(end) ?? 0) + 1);
    if (failure === undefined) continue;
    const { kind } = failure.wrong;
    const known = run.failed.get(kind);
    if (known !== undefined) {
      known.times += 1;
      continue;
    }
    const { wrong, shown, files } = await failure.reduce();
    const text = [
      `${target.name}: ${kind}`,
      firstLines(wrong.details),
      `reproduce: ${reproduction(target.name, at)}`,
      firstLines(shown),
    ].join('\n');
    run.failed.set(kind, { kind, seed: at, times: 1, text, files });
  }
  return run;
}

/** How many inputs there were, and how they ended. */
export function tally({ inputs, ends, slowest }: Campaign): string {
  const counts = [...ends].sort(([, a], [, b]) => b - a).map(([end, n]) => `${n} ${end}`);
  return `${inputs} inputs: ${counts.join(', ')}; the slowest took ${slowest.ms.toFixed(0)} ms (seed ${slowest.seed})`;
}
