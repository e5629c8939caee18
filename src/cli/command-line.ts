import { formatDiagnostic } from '../text/format.js';
import { EXIT } from './io.js';
import { StandardOutputs } from './output.js';
import { internalError, runCli } from './program.js';

export { runCli };

/** Runs the command line of this process. */
export async function main(): Promise<void> {
  const outputs = new StandardOutputs();
  // What is thrown where nobody waits for it, as in an event of a worker.
  process.on('uncaughtException', (e) => {
    outputs.stderr.write(`${formatDiagnostic(internalError(e))}\n`);
    process.exit(EXIT.internal);
  });
  process.exitCode = await outputs.finish(await runCli(process.argv.slice(2), outputs));
}
