import { boots, labPool } from './lab.js';
import type { Random } from './random.js';
import { GUARDS } from './text/corpus.js';
import { mutate, mutateWell } from './text/mutate.js';
import { BUDGETED, INPUT, textTarget } from './text-target.js';

const COMMANDS: readonly (readonly string[])[] = [
  ['run', ...BUDGETED, 'programs/recursion.bpf', '--guard', INPUT],
  ['--json', 'run', ...BUDGETED, 'programs/two-tasks-one-cpu.bpf', '--guard', `arm64,${INPUT}`],
  ['run', ...BUDGETED, 'programs/nmi-over-task.bpf', '--timeline', '--guard', INPUT],
  ['explore', '--max-states', '300', 'programs/explore/two-tasks.bpf', '--guards', INPUT],
  ['check', 'programs/recursion.bpf', '--guard', INPUT],
  ['disasm', 'programs/recursion.bpf', '--guard', INPUT, '--trampoline', 'htab_map_delete_elem'],
];

/** A lab round a guard, to see whether the guard is one. */
const inLab = (guard: string): string => `${guard}\nscenario { cpu 0 { } }\n`;

const makeText = (random: Random): string =>
  random.chance(60)
    ? mutateWell(random.of(GUARDS).text, random, labPool, (text) => boots(inLab(text)))
    : mutate(random.of(GUARDS).text, random, labPool);

export const guard = textTarget({
  name: 'guard',
  about: 'files of guards changed as labs are, for the commands that take a guard: the same must hold',
  file: 'mine.bpf',
  inTest: 20,
  reaches: ['run refused', 'run 0', 'explore refused', 'explore 0', 'check 0'],
  make: (random) => ({ args: random.of(COMMANDS), text: makeText(random) }),
});
