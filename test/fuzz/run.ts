/** `npm run fuzz -- NAME [--seconds N] [--seed S]`: searches for inputs that break something; ends at the first. */
import { objects } from './objects.js';
import { type Fuzzer, parseOptions } from './options.js';

const FUZZERS: Readonly<Record<string, Fuzzer>> = { objects };

const [name, ...rest] = process.argv.slice(2);
const fuzzer = FUZZERS[name ?? ''];
if (fuzzer === undefined) {
  console.error(`usage: npm run fuzz -- NAME [--seconds N] [--seed S], where NAME is one of`);
  for (const [known, { about }] of Object.entries(FUZZERS)) console.error(`  ${known}  ${about}`);
  process.exitCode = 2;
} else {
  const options = parseOptions(rest);
  console.log(`seed ${options.seed}`);
  fuzzer.run(options);
}
