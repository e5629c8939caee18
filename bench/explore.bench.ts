import { readFileSync } from 'node:fs';
import { shippedFiles } from '../src/cli/shipped.js';
import { type Exploration, explore } from '../src/explore/explore.js';
import { finish } from '../src/explore/search.js';
import { Environment, modelNamed, parseOrThrow } from '../src/lab/environment.js';
import { scenariosOf } from '../src/lab/run.js';
import { heading, table } from './support.js';

const shipped = (name: string): string =>
  readFileSync(new URL(`../../programs/explore/${name}.bpf`, import.meta.url), 'utf8');

/** The same program reached by five tasks, and two each of hardirqs and NMIs: too large to be shown, and where states are many. */
const fiveTasks = (): string => `${shipped('three-tasks-irq-nmi').split(/^scenario /m)[0]!}scenario {
${['A', 'B', 'C', 'D', 'E'].map((task, i) => `    task ${task} cpu 0 { call work(${i + 1}) }\n`).join('')}    may hardirq x 2 { call work(6) }
    may nmi x 2 { call work(7) }
}
`;

const CASES = [
  // lab, guard, kernel, whether it is small enough to be explored without reduction
  ['two-tasks', 'arm64', 'arm64-7.3-preempt-rcu', true],
  ['u8-wrap', 'arm64', 'arm64-7.3-preempt-rcu', true],
  ['three-tasks-irq-nmi', 'arm64', 'arm64-7.3', false],
  ['three-tasks-irq-nmi', 'arm64', 'arm64-7.3-preempt-rcu', false],
  ['three-tasks-irq-nmi', 'generic', 'arm64-7.3-preempt-rcu', false],
  ['three-tasks-irq-nmi', 'arm64-v1', 'arm64-7.3-preempt-rcu', false],
  ['five-tasks', 'generic', 'arm64-7.3-preempt-rcu', false],
  ['five-tasks', 'arm64', 'arm64-7.3-preempt-rcu', false],
] as const;

const textOf = (name: string): string => (name === 'five-tasks' ? fiveTasks() : shipped(name));

const MOST_STATES = 3_000_000;

/**
 * States a second of exploration, and by what the reduction divides them. There are no worker threads: with five tasks,
 * two hardirqs and two NMIs less than a tenth of the time goes into running the machine. The rest are look-ups in tables of states and
 * parts, which threads would have to share, word by word, for every transition.
 */
export function exploreSuite(): Promise<void> {
  heading(
    'Exploring every schedule (the second of two runs; without reduction where that ends in reasonable time)',
  );
  const environment = new Environment(shippedFiles());
  const rows = CASES.map(([name, guardName, kernel, isSmall]) => {
    const lab = parseOrThrow({ name: `${name}.bpf`, text: textOf(name) });
    const [scenario] = scenariosOf(lab);
    const run = (reduces: boolean): Exploration =>
      finish(
        explore(
          lab,
          scenario!,
          environment,
          { guardName, model: modelNamed(kernel), reduces, verdictOnly: true },
          {
            maxStates: MOST_STATES,
            maxSeconds: 120,
            clock: () => performance.now(),
            isInterrupted: () => false,
          },
        ),
      );
    run(true);
    const reduced = run(true);
    const full = isSmall ? run(false) : undefined;
    const rate = (e: Exploration): number => Math.round(e.states / (e.ms / 1000));
    return {
      lab: name,
      guard: guardName,
      kernel,
      states: reduced.states,
      ms: Math.round(reduced.ms),
      'states/s': rate(reduced),
      'runs of the machine': reduced.runs,
      'MiB of states': Math.round(reduced.bytes / 2 ** 20),
      'bytes a state': Math.round(reduced.bytes / reduced.states),
      unreduced: full === undefined ? '-' : full.states,
      'states/s unreduced': full === undefined ? '-' : rate(full),
      factor: full === undefined ? '-' : Math.round(full.states / reduced.states),
    };
  });
  table(rows);
  return Promise.resolve();
}
