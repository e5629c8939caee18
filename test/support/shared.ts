import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Test data from outside the project, beside the checkout; suites that need it say so when it is missing. */
const shared = fileURLToPath(new URL('../../../shared', import.meta.url));

export const CONFORMANCE = `${shared}/conformance`;
export const GOLDEN = process.env['TINYBPF_GOLDEN'] ?? `${shared}/golden`;

export function present(path: string): boolean {
  return existsSync(path);
}
