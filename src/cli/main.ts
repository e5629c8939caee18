#!/usr/bin/env node
import { runCli } from './program.js';

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (e: NodeJS.ErrnoException) => {
  if (e.code !== 'EPIPE') throw e;
});
process.exitCode = await runCli(process.argv.slice(2));
