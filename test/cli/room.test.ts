import { expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.js';
import { Given } from '../support/kept.js';

test('a text that is too long for the host is not a bug of ours', async () => {
  const written: string[] = [];
  const stream = (write: (data: string | Uint8Array) => void) => ({
    isTerminal: false,
    isDone: false,
    write,
    flush: () => Promise.resolve(),
  });
  const status = await runCli(['explain', 'B0101'], {
    stdin: new Given(),
    stdout: stream(() => {
      throw new RangeError('Invalid string length');
    }),
    stderr: stream((data) => void written.push(String(data))),
  });
  expect(status).toBe(1);
  expect(written.join('')).toContain('error[B0607]: there is no room for this');
});
