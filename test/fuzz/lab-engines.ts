import { parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import type { EngineFactory } from '../../src/machine/bare.js';
import { ENGINES } from '../../src/machine/engines.js';
import { WasmEngine } from '../../src/machine/wasm/engine.js';
import { formatScenario } from '../../src/report/summary.js';
import { InputError } from '../../src/text/diagnostic.js';
import { environment } from '../support/environment.js';
import { define } from './define.js';
import { boots, labPool } from './lab.js';
import type { Random } from './random.js';
import { shorterText } from './shrink.js';
import type { Outcome } from './target.js';
import { LABS } from './text/corpus.js';
import { mutateWell } from './text/mutate.js';
import { BUDGET } from './text-target.js';

interface Compared {
  readonly text: string;
  /** How many instructions compiled code carries out before it is left. */
  readonly slice: number;
  readonly eager: boolean;
}

function make(random: Random): Compared {
  const { text } = random.of(LABS);
  return {
    text: random.chance(10) ? text : mutateWell(text, random, labPool, boots),
    slice: random.of([1, 7, 100, 1 << 20]),
    eager: random.chance(50),
  };
}

/** All that a run on an engine came to, for every scenario of a lab. Throws `InputError`. */
function resultsOf(text: string, engine: EngineFactory): string {
  const lab = parseOrThrow({ name: 'input.bpf', text });
  return scenariosOf(lab)
    .map((scenario) => {
      const result = runScenario(lab, scenario, environment, { engine, maxInsns: BUDGET });
      const more = [result.executed, result.printed, ...result.rings.flatMap((r) => r.records)];
      const actions = result.actions.map((a) => `${a.text}: ${a.results.join()}`);
      return [formatScenario(result, { timeline: false }), ...actions, ...more].join('\n');
    })
    .join('\n\n');
}

function judge({ text, slice, eager }: Compared): Outcome {
  let expected: string;
  try {
    expected = resultsOf(text, ENGINES['interp']!);
  } catch (e) {
    if (e instanceof InputError) return { end: 'refused' };
    throw e;
  }
  const end = /^fault: /m.test(expected) ? 'fault' : /^stopped: /m.test(expected) ? 'stopped' : 'finished';
  const got = resultsOf(text, (machine) => new WasmEngine(machine, { slice, eager }));
  if (got === expected) return { end };
  return { end, wrong: { kind: 'the engines differ', details: `${expected}\n---\n${got}` } };
}

export const labEngines = define<Compared>({
  name: 'lab-engines',
  about:
    'labs that can be run, with timers, softirqs and interrupts that come while compiled code runs, on both engines: the same counts, results, faults and output',
  inTest: 18,
  reaches: ['finished', 'fault'],
  make,
  judge,
  shrink: async (input, fails) => ({
    ...input,
    text: await shorterText(input.text, (text) => fails({ ...input, text })),
  }),
  show: ({ text, slice, eager }) => `slice ${slice}${eager ? ', eager' : ''}\n${text}`,
});
