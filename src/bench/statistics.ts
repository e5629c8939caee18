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

/** Where a median lies; `confidence` is the chance of that, as a fraction. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
}

/** What an interval is to hold the median with, where there are rounds enough. */
export const CONFIDENCE = 0.95;

/**
 * Where the median of all the rounds there might be lies: between two of those there are, as near to the middle as
 * `CONFIDENCE` allows. Nothing is supposed of how they scatter. Fewer than six are too few for that; the interval is then
 * all of them, and holds the median less surely. NaN of no numbers at all.
 */
export function intervalOf(numbers: readonly number[]): Interval {
  const sorted = numbers.toSorted((a, b) => a - b);
  const n = sorted.length;
  const confidenceOf = (left: number): number => 1 - 2 * tail(n, n - left);
  let left = 0;
  while (2 * (left + 1) < n && confidenceOf(left + 1) >= CONFIDENCE) left += 1;
  return {
    low: sorted[left] ?? Number.NaN,
    high: sorted[n - 1 - left] ?? Number.NaN,
    confidence: confidenceOf(left),
  };
}

/** The fraction of the median up to which it is known where it lies; infinite where that is not known with `CONFIDENCE`. */
export function precisionOf(numbers: readonly number[]): number {
  const { low, high, confidence } = intervalOf(numbers);
  return confidence < CONFIDENCE ? Number.POSITIVE_INFINITY : (high - low) / 2 / estimate(numbers).median;
}

/**
 * The difference of the two medians, which are beside it in every table. How far it scatters is taken round by round,
 * since what disturbs one of two neighbours is likely to disturb the other.
 */
export function difference(a: readonly number[], b: readonly number[]): Estimate {
  const { spread } = estimate(a.slice(0, b.length).map((x, i) => x - b[i]!));
  return { median: estimate(a).median - estimate(b).median, spread };
}

/** The ratio of the two medians, and how far it scatters from round to round. */
export function ratio(a: readonly number[], b: readonly number[]): Estimate {
  const { spread } = estimate(a.slice(0, b.length).map((x, i) => x / b[i]!));
  return { median: estimate(a).median / estimate(b).median, spread };
}

/**
 * Chance at which either test takes something for more than chance, and how many deviations that is. Half of 0.05, since
 * either of the two tests is enough: together they call a pair of equals different in fewer than 5 of 100 runs.
 */
const SURE = 0.025;
const SURE_DEVIATIONS = 2.241;

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

/** A sign test: 1 or -1 if nearly all rounds agree that `a` is above or below `b`. Sees through what disturbs whole rounds. */
function signOfRounds(a: readonly number[], b: readonly number[]): number {
  const signs = a.slice(0, b.length).map((x, i) => Math.sign(x - b[i]!));
  const more = signs.filter((s) => s > 0).length;
  const less = signs.filter((s) => s < 0).length;
  return 2 * tail(more + less, Math.max(more, less)) <= SURE ? Math.sign(more - less) : 0;
}

/** A rank-sum test (Mann and Whitney): 1 or -1 if `a` is mostly above or below `b`. Sees through a few disturbed rounds. */
function signOfRanks(a: readonly number[], b: readonly number[]): number {
  let above = 0;
  for (const x of a) for (const y of b) above += x > y ? 1 : x === y ? 0.5 : 0;
  const pairs = a.length * b.length;
  const deviation = Math.sqrt((pairs * (a.length + b.length + 1)) / 12);
  const more = above - pairs / 2;
  return Math.abs(more) - 0.5 > SURE_DEVIATIONS * deviation ? Math.sign(more) : 0;
}

/**
 * Whether two can be told apart: one of the two tests says so, the medians say the same, and they differ by more than
 * `floor`, the fraction by which things differ that should not.
 */
export function areDistinct(a: readonly number[], b: readonly number[], floor: number): boolean {
  const [x, y] = [estimate(a).median, estimate(b).median];
  const sign = Math.sign(x - y);
  const isSure = signOfRounds(a, b) === sign || signOfRanks(a, b) === sign;
  return sign !== 0 && isSure && Math.max(x, y) / Math.min(x, y) - 1 > floor;
}
