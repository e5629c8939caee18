/** Tries the inputs of one target, as `supervise.ts` orders. */
import { mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { campaign, type Failed, tally } from './campaign.js';
import { FOUND, type Order } from './supervise.js';
import { TARGETS } from './targets.js';

function write(dir: string, target: string, { seed, files }: Failed): void {
  for (const [name, content] of files) {
    const path = join(dir, `${target}-${seed}`);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, name), content);
  }
}

async function main(order: Order): Promise<void> {
  const target = TARGETS.find((t) => t.name === order.target);
  if (target === undefined) throw new Error(`there is no target ${order.target}`);
  const { seed, runs = Infinity, seconds = Infinity, save } = order;
  console.log(`${target.name}: seed ${seed}`);
  const progress = openSync(order.progress, 'w');
  const until = performance.now() + seconds * 1000;
  const found = await campaign(
    target,
    seed,
    ({ inputs: done }) => done < runs && performance.now() < until,
    (at) => void writeSync(progress, String(at).padStart(10), 0),
  );
  console.log(`${target.name}: ${tally(found)}`);
  for (const failed of found.failed.values()) {
    console.log(`\nFAILED ${failed.times} times: ${failed.text}`);
    if (save !== undefined) write(save, target.name, failed);
  }
  if (found.failed.size > 0) process.exitCode = FOUND;
}

await main(JSON.parse(process.argv[2]!) as Order);
