import { OUTSIDE, present } from './shared.js';

/** Says before the tests which suites are skipped, and why. */
export function setup(): void {
  for (const { path, suite } of OUTSIDE) {
    if (!present(path)) console.log(`skipped: ${suite}, because there is no ${path}`);
  }
}
