/**
 * `npm run fuzz -- [SUITE] --seconds N --seed S`. A suite is run from a seed on until the time is over; the first
 * differences are printed, and the exit code is 1.
 */
import { parseArgs } from 'node:util';
import { fuzzEngines } from './engines.js';

interface Suite {
  readonly what: string;
  /** Runs for some seconds; prints its own figures and returns what went wrong. */
  readonly run: (seed: number, seconds: number) => readonly string[];
}

const SUITES: Readonly<Record<string, Suite>> = {
  engines: {
    what: 'random programs on both engines',
    run: (seed, seconds) => {
      const until = performance.now() + seconds * 1000;
      const { programs, ends, failures } = fuzzEngines(seed, () => performance.now() < until);
      const kinds = Object.entries(ends).sort(([, a], [, b]) => b - a);
      console.log(`${programs} programs: ${kinds.map(([kind, n]) => `${n} ${kind}`).join(', ')}`);
      return failures;
    },
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' } },
});
const name = positionals[0] ?? 'engines';
const suite = SUITES[name];
const seconds = Number(values.seconds);
const seed = Number(values.seed);
if (suite === undefined || !(seconds > 0) || !Number.isInteger(seed)) {
  const names = Object.entries(SUITES).map(([n, s]) => `  ${n}: ${s.what}`);
  console.error(`usage: npm run fuzz -- [SUITE] --seconds N --seed S\n${names.join('\n')}`);
  process.exitCode = 2;
} else {
  const failures = suite.run(seed, seconds);
  for (const failure of failures) console.log(`\n${failure}`);
  console.log(failures.length === 0 ? 'no difference' : `${failures.length} differences`);
  if (failures.length > 0) process.exitCode = 1;
}
