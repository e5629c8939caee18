import { expect } from 'vitest';

/** As `expect(actual, what).toBe(expected)`, where that is asked so often that `expect` itself takes most of the time. */
export function same<T>(actual: T, expected: T, what: string): void {
  if (!Object.is(actual, expected)) expect(actual, what).toBe(expected);
}
