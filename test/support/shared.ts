import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Test data from outside the project, beside the checkout; suites that need it say so when it is missing. */
const shared = fileURLToPath(new URL('../../../shared', import.meta.url));

export const CONFORMANCE = `${shared}/conformance`;
/** More of bpf_conformance: what calls helpers. */
export const CONFORMANCE_NEXT = `${shared}/conformance-next`;
export const GOLDEN = process.env['TINYBPF_GOLDEN'] ?? `${shared}/golden`;
export const OBJECTS = process.env['TINYBPF_OBJECTS'] ?? `${shared}/objects`;
export const VERDICTS = process.env['TINYBPF_VERDICTS'] ?? `${shared}/verdicts`;

export function present(path: string): boolean {
  return existsSync(path);
}

/** What each piece of outside data is for; `announce.ts` prints what is missing. */
export const OUTSIDE: readonly { readonly path: string; readonly suite: string }[] = [
  { path: CONFORMANCE, suite: "bpf_conformance's vectors (test/machine/conformance.test.ts)" },
  {
    path: CONFORMANCE_NEXT,
    suite: "bpf_conformance's vectors that call helpers (test/machine/conformance.test.ts)",
  },
  {
    path: `${GOLDEN}/isa.json`,
    suite: 'programs recorded on real kernels (test/machine/golden-isa.test.ts)',
  },
  {
    path: `${OBJECTS}/htab.bpf.o`,
    suite: 'scenarios recorded on real kernels (test/kernel/recorded-kernels.test.ts)',
  },
  {
    path: `${GOLDEN}/percpu-arm64-7.3.4-cloud.json`,
    suite: 'per-CPU allocations recorded on real kernels (test/kernel/percpu/golden.test.ts)',
  },
  {
    path: VERDICTS,
    suite: 'what verifiers of real kernels said of calls (test/kernel/recorded-calls.test.ts)',
  },
  { path: OBJECTS, suite: "the recorded kernels' objects beside the project's own (test/object)" },
];
