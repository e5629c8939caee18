/** A thread of the host that tests labs, beside others that do. */
import { parentPort, workerData } from 'node:worker_threads';
import { CliContext } from './context.js';
import { runOptionsFor } from './options.js';
import { nothing, nowhere } from './streams.js';
import { type LabsToTest, takeLabs } from './test-lab.js';

const work = workerData as LabsToTest;
const cx = new CliContext({ stdin: nothing, stdout: nowhere, stderr: nowhere });
cx.maxErrors = work.maxErrors;
void takeLabs(cx, runOptionsFor(cx, work.options), work).then((outcomes) =>
  parentPort?.postMessage(outcomes),
);
