/** The middle of what several rounds gave, and how far they scatter. */
export interface Estimate {
  readonly median: number;
  /** Half the distance between the quarters: half of all rounds are nearer to the median than about this. */
  readonly spread: number;
}

/** The value at a fraction of the way through sorted numbers, between neighbours by their distance. */
function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const a = sorted[low] ?? Number.NaN;
  const b = sorted[Math.min(low + 1, sorted.length - 1)] ?? a;
  return a + (b - a) * (at - low);
}

/** NaN of no numbers at all. */
export function estimate(numbers: readonly number[]): Estimate {
  const sorted = numbers.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), spread: (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2 };
}

/** Round by round, since what disturbs one of two neighbours is likely to disturb the other. */
export function difference(a: readonly number[], b: readonly number[]): Estimate {
  return estimate(a.slice(0, b.length).map((x, i) => x - b[i]!));
}

export function ratio(a: readonly number[], b: readonly number[]): Estimate {
  return estimate(a.slice(0, b.length).map((x, i) => x / b[i]!));
}

/** Rounds of which nearly all must agree about which of two is the slower. */
const SURE = 0.05;

/** Chance that of `n` fair coins at least `k` fall on one given side. */
function tail(n: number, k: number): number {
  let sum = 0;
  let ways = 1;
  for (let i = 0; i <= n; i += 1) {
    if (i >= k) sum += ways;
    ways = (ways * (n - i)) / (i + 1);
  }
  return sum / 2 ** n;
}

/**
 * Whether two can be told apart: nearly all rounds agree about which is slower (a sign test), and the two differ by more
 * than `floor`, the fraction by which things differ that should not.
 */
export function areDistinct(a: readonly number[], b: readonly number[], floor: number): boolean {
  const signs = a.slice(0, b.length).map((x, i) => Math.sign(x - b[i]!));
  const more = signs.filter((s) => s > 0).length;
  const less = signs.filter((s) => s < 0).length;
  const agreed = 2 * tail(more + less, Math.max(more, less)) <= SURE;
  return agreed && Math.abs(ratio(a, b).median - 1) > floor;
}
