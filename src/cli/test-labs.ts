import { Worker } from 'node:worker_threads';
import type { CliContext } from './context.js';
import { type MachineOptions, runOptionsFor } from './options.js';
import { processorsHere } from './processors.js';
import { type LabOutcome, type LabsToTest, takeLabs } from './test-lab.js';

/** Labs for which another thread pays: it takes as long to begin as a few labs do. */
const LABS_PER_THREAD = 8;
/** Each thread has a kernel of its own. */
const MOST_THREADS = 8;

type Outcomes = ReadonlyMap<number, LabOutcome>;

/** Has a thread of its own take labs as well. */
const inThread = (threads: URL, work: LabsToTest): Promise<Outcomes> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('test-worker.js', threads), { workerData: work });
    worker.once('message', resolve);
    worker.once('error', reject);
  });

/**
 * Tests labs under each guard that was asked for, on as many processors as there are; outcomes in the order of guards and
 * labs. Threads take what comes next, so that one long lab keeps only one of them.
 */
export async function testLabs(
  cx: CliContext,
  labs: readonly string[],
  options: MachineOptions,
): Promise<readonly LabOutcome[]> {
  const runs = runOptionsFor(cx, options);
  const next = new Int32Array(new SharedArrayBuffer(4));
  const work: LabsToTest = { labs, options, maxErrors: cx.maxErrors, next };
  const { threads } = cx.host;
  const count = Math.min(Math.floor(labs.length / LABS_PER_THREAD), processorsHere(), MOST_THREADS);
  const others =
    threads === undefined
      ? []
      : Array.from({ length: Math.max(0, count - 1) }, () => inThread(threads, work));
  const all = await Promise.all([...others, takeLabs(cx, runs, work)]);
  return all
    .flatMap((outcomes) => [...outcomes])
    .sort(([a], [b]) => a - b)
    .map(([, outcome]) => outcome);
}
