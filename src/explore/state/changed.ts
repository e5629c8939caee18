/** Words that are compared at once: most of memory is as it was booted. */
const GROUP = 16;

/**
 * Calls `visit` with each index from `from` up to `to` at which two arrays of words differ, in ascending order. It is asked after every run
 * that used a leaf, of all memory that tasks share, so sixteen words take one branch.
 */
export function forEachChanged(
  now: Int32Array,
  before: Int32Array,
  { from, to }: { readonly from: number; readonly to: number },
  visit: (word: number) => void,
): void {
  let w = from;
  for (; w + GROUP <= to; w += GROUP) {
    const differs =
      (now[w]! ^ before[w]!) |
      (now[w + 1]! ^ before[w + 1]!) |
      (now[w + 2]! ^ before[w + 2]!) |
      (now[w + 3]! ^ before[w + 3]!) |
      (now[w + 4]! ^ before[w + 4]!) |
      (now[w + 5]! ^ before[w + 5]!) |
      (now[w + 6]! ^ before[w + 6]!) |
      (now[w + 7]! ^ before[w + 7]!) |
      (now[w + 8]! ^ before[w + 8]!) |
      (now[w + 9]! ^ before[w + 9]!) |
      (now[w + 10]! ^ before[w + 10]!) |
      (now[w + 11]! ^ before[w + 11]!) |
      (now[w + 12]! ^ before[w + 12]!) |
      (now[w + 13]! ^ before[w + 13]!) |
      (now[w + 14]! ^ before[w + 14]!) |
      (now[w + 15]! ^ before[w + 15]!);
    if (differs !== 0) for (let i = w; i < w + GROUP; i += 1) if (now[i] !== before[i]) visit(i);
  }
  for (; w < to; w += 1) if (now[w] !== before[w]) visit(w);
}
