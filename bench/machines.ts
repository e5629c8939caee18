import { readFileSync } from 'node:fs';
import { shippedFiles } from '../src/cli/shipped.js';
import { type BootOptions, bootScenario } from '../src/lab/boot.js';
import { Environment, modelNamed, parseOrThrow } from '../src/lab/environment.js';
import { scenariosOf } from '../src/lab/run.js';

interface Machine {
  readonly lab?: string;
  readonly guard?: string;
  readonly cpus?: number;
  readonly kernel?: string;
}

/** Machines to boot. The first is what `tinybpf run` boots of a lab; each of the others differs from it in one thing. */
export const MACHINES: readonly Machine[] = [
  {},
  ...['generic', 'x86', 'arm64-v1', 'none'].map((guard) => ({ guard })),
  ...[4, 64].map((cpus) => ({ cpus })),
  ...['arm64-7.3-preempt-rcu', 'amd64-7.3', 'arm64-6.18'].map((kernel) => ({ kernel })),
  ...['two-programs', 'timer', 'fsession'].map((lab) => ({ lab })),
];

/** What boots the first scenario of a machine's lab, which has been parsed; it can be called again and again. */
export function bootOf({ lab: name = 'recursion', guard, cpus, kernel }: Machine): () => void {
  const shipped = readFileSync(new URL(`../../programs/${name}.bpf`, import.meta.url), 'utf8');
  const text =
    cpus === undefined ? shipped : shipped.replace(/^scenario.*\{/m, (s) => `${s}\n    cpus ${cpus}`);
  const lab = parseOrThrow({ name: `${name}.bpf`, text });
  const [scenario] = scenariosOf(lab);
  const environment = new Environment(shippedFiles());
  const options: BootOptions = {
    ...(guard !== undefined && { guardName: guard }),
    ...(kernel !== undefined && { model: modelNamed(kernel) }),
  };
  return () => void bootScenario(lab, scenario, environment, options);
}
