/**
 * `npm run fuzz -- [NAME] [--seconds N] [--seed S]`: searches for inputs that break something; without a name it compares
 * the engines.
 */
import { engines } from './engines.js';
import { objects } from './objects.js';
import { type Fuzzer, parseOptions } from './options.js';

const FUZZERS: Readonly<Record<string, Fuzzer>> = { engines, objects };

const args = process.argv.slice(2);
const isNamed = args[0] !== undefined && !args[0].startsWith('--');
const name = isNamed ? args[0]! : 'engines';
const fuzzer = FUZZERS[name];
if (fuzzer === undefined) {
  console.error('usage: npm run fuzz -- [NAME] [--seconds N] [--seed S], where NAME is one of');
  for (const [known, { about }] of Object.entries(FUZZERS)) console.error(`  ${known}  ${about}`);
  process.exitCode = 2;
} else {
  const options = parseOptions(args.slice(isNamed ? 1 : 0));
  console.log(`seed ${options.seed}`);
  fuzzer.run(options);
}
