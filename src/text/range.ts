/** What lies between two numbers, both included, as something that was expected: `0 to 3`, or `0` where that is all. */
export function formatRange(low: number | bigint, high: number | bigint): string {
  return low === high ? String(low) : `${low} to ${high}`;
}
