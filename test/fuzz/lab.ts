import { bootScenario } from '../../src/lab/boot.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { environment } from '../support/environment.js';
import type { Random } from './random.js';
import { GUARDS, KERNEL, LABS, REFUSED } from './text/corpus.js';
import { extendLab, generateLab } from './text/generate.js';
import { mutate, mutateWell, type Pool, tokensOf } from './text/mutate.js';
import { BUDGETED, INPUT, OUTPUT, textTarget } from './text-target.js';

const RUN = ['run', ...BUDGETED, INPUT];
const EXPLORE = ['explore', '--max-states', '200', INPUT];
/** What is done with a lab; what finds most is listed more than once. */
const COMMANDS: readonly (readonly string[])[] = [
  ['check', INPUT],
  RUN,
  ['--json', ...RUN],
  ['--json', ...RUN],
  [...RUN, '--timeline'],
  [...RUN, '--engine', 'wasm', '--no-stats'],
  [...RUN, '--perfetto', OUTPUT],
  ['disasm', INPUT],
  ['--json', 'disasm', INPUT, '--style', 'kernel'],
  EXPLORE,
  ['--json', ...EXPLORE, '--no-reduction'],
  [...EXPLORE, '--export', 'promela', '--output', OUTPUT],
  ['step', ...BUDGETED, INPUT, '-x', 'stepi 20', '-x', 'info maps', '-x', 'continue', '-x', 'reverse-step'],
];
const GUARD_NAMES = ['generic', 'arm64', 'arm64-v1', 'x86', 'none'];
const KERNEL_NAMES = ['amd64-7.3', 'arm64-7.3-preempt-rcu', 'arm64-6.1'];

function command(random: Random): readonly string[] {
  const args = random.of(COMMANDS);
  const guard = args.includes('explore') ? '--guards' : '--guard';
  if (random.chance(15)) return [...args, guard, random.of(GUARD_NAMES)];
  if (random.chance(15)) return [...args, '--kernel', random.of(KERNEL_NAMES)];
  return args;
}

export const labPool: Pool = {
  samples: [...LABS, ...REFUSED, ...GUARDS, ...KERNEL],
  words: [...new Set([...LABS, ...GUARDS].flatMap((s) => tokensOf(s.text)))].filter((w) => w.trim() !== ''),
};

/** Whether a lab can be booted. */
export function boots(text: string): boolean {
  try {
    const parsed = parseOrThrow({ name: 'input.bpf', text });
    const scenario = parsed.declarations.find((d) => d.kind === 'scenario');
    bootScenario(parsed, scenario, environment, {});
    return true;
  } catch {
    // Whatever it is, the command says it again.
    return false;
  }
}

function makeText(random: Random): string {
  if (random.chance(50)) return mutateWell(random.of(LABS).text, random, labPool, boots);
  const base = random.of(random.chance(90) ? LABS : random.chance(80) ? REFUSED : KERNEL).text;
  const kind = random.between(0, 9);
  if (kind < 1) return generateLab(random);
  if (kind < 3) return extendLab(base, random);
  const text = kind < 4 ? extendLab(base, random) : kind < 5 ? generateLab(random) : base;
  return mutate(text, random, labPool);
}

export const lab = textTarget({
  name: 'lab',
  about:
    'labs changed by token, line and block, spliced, and made of the grammar alone, for every command that takes one: an answer, or diagnostics with code and place',
  file: 'input.bpf',
  inTest: 50,
  reaches: ['run refused', 'run 0', 'run 1', 'check refused', 'check 0', 'explore 0', 'explore 1', 'step 0'],
  make: (random) => ({ args: command(random), text: makeText(random) }),
});
