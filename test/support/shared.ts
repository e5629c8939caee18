import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Test data from outside the project, beside the checkout; suites that need it say so when it is missing. */
const shared = fileURLToPath(new URL('../../../shared', import.meta.url));

export const CONFORMANCE = `${shared}/conformance`;
/** More of bpf_conformance: what calls helpers. */
export const CONFORMANCE_NEXT = `${shared}/conformance-next`;
/** Folders of recordings, the first of which has the programs of `isa.json`. TINYBPF_GOLDEN names others, with `:` between. */
export const GOLDEN: readonly string[] = process.env['TINYBPF_GOLDEN']?.split(':') ?? [
  `${shared}/golden`,
  `${shared}/golden-next`,
];
export const OBJECTS = process.env['TINYBPF_OBJECTS'] ?? `${shared}/objects`;
export const VERDICTS = process.env['TINYBPF_VERDICTS'] ?? `${shared}/verdicts`;

export function present(path: string): boolean {
  return existsSync(path);
}

/** Files of recordings by their name, of all folders that there are. Two may have the same name. */
export const recordingsNamed = (name: RegExp): { readonly file: string; readonly path: string }[] =>
  GOLDEN.filter(present).flatMap((folder) =>
    readdirSync(folder)
      .filter((f) => name.test(f))
      .sort()
      .map((f) => ({ file: `${basename(folder)}/${f}`, path: join(folder, f) })),
  );

/** What each piece of outside data is for; `announce.ts` prints what is missing. */
export const OUTSIDE: readonly { readonly path: string; readonly suite: string }[] = [
  { path: CONFORMANCE, suite: "bpf_conformance's vectors (test/machine/conformance.test.ts)" },
  {
    path: CONFORMANCE_NEXT,
    suite: "bpf_conformance's vectors that call helpers (test/machine/conformance.test.ts)",
  },
  ...GOLDEN.map((path) => ({ path, suite: 'recordings of real kernels in this folder (test/kernel)' })),
  {
    path: `${GOLDEN[0]}/isa.json`,
    suite: 'programs recorded on real kernels (test/machine/golden-isa.test.ts)',
  },
  {
    path: `${OBJECTS}/htab.bpf.o`,
    suite: 'scenarios recorded on real kernels (test/kernel/recorded-kernels.test.ts)',
  },
  {
    path: `${GOLDEN[1] ?? GOLDEN[0]}/attach-orders.json`,
    suite: 'orders of programs recorded on real kernels (test/kernel/attach-orders.test.ts)',
  },
  {
    path: VERDICTS,
    suite:
      'what verifiers of real kernels said (test/verify/verdicts.test.ts, test/verify/log.test.ts, test/kernel/recorded-calls.test.ts)',
  },
  { path: OBJECTS, suite: "the recorded kernels' objects beside the project's own (test/object)" },
];
