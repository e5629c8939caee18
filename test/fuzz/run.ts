/**
 * `npm run fuzz -- TARGET…`: searches for inputs that break something. Each target runs in a process of its own, so that
 * an input that hangs or takes all memory is found out and named, too.
 */
import { seedOf } from './campaign.js';
import { parseOptions, USAGE } from './options.js';
import { supervise } from './supervise.js';
import { TARGETS } from './targets.js';

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), Date.now());
  if (options.list) {
    const width = Math.max(...TARGETS.map((t) => t.name.length));
    for (const { name, about } of TARGETS) console.log(`${name.padEnd(width)}  ${about}`);
    return 0;
  }
  const all = TARGETS.map((t) => t.name);
  const names = options.names.includes('all') ? all : options.names;
  const unknown = names.find((name) => !all.includes(name));
  if (names.length === 0 || unknown !== undefined) {
    console.error(unknown === undefined ? USAGE : `there is no target ${unknown}\n${USAGE}`);
    return 2;
  }
  if (options.print) {
    for (const target of TARGETS.filter((t) => names.includes(t.name)))
      for (let n = 0; n < (options.runs ?? 1); n += 1)
        console.log(await target.show(seedOf(options.seed, n)));
    return 0;
  }
  let failed = false;
  for (const name of names) if (!(await supervise(name, options))) failed = true;
  return failed ? 1 : 0;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (e: unknown) => {
    console.error(`${e instanceof Error ? e.message : String(e)}\n${USAGE}`);
    process.exitCode = 2;
  },
);
