import { formatDiagnostic } from '../text/format.js';
import { EXIT } from './io.js';
import { internalError, runCli } from './program.js';
import { StandardStreams } from './streams.js';

export { runCli };

/** Runs the command line of this process. */
export async function main(): Promise<void> {
  const streams = new StandardStreams();
  // What is thrown where nobody waits for it, as in an event of a worker.
  process.on('uncaughtException', (e) => {
    streams.stderr.write(`${formatDiagnostic(internalError(e))}\n`);
    process.exit(EXIT.internal);
  });
  const status = await runCli(process.argv.slice(2), streams, { threads: new URL('./', import.meta.url) });
  process.exitCode = await streams.finish(status);
}
