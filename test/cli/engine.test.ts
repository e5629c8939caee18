import { expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';

/** `r0 = 1; r0 <<= 40; exit` as hex. */
const PROGRAM = 'b7 00 00 00 01 00 00 00 67 00 00 00 28 00 00 00 95 00 00 00 00 00 00 00';

test.each(['auto', 'interp', 'wasm'])('--engine %s gives the same answers', async (engine) => {
  expect((await tinybpfHere(['plugin', '--engine', engine], PROGRAM)).stdout).toBe('10000000000\n');
  const lab = await tinybpfHere(['run', '--engine', engine, 'programs/recursion.bpf']);
  expect(lab).toEqual(await tinybpfHere(['run', 'programs/recursion.bpf']));
  expect(lab.status).toBe(0);
});

test('an engine that there is not is a usage error', async () => {
  expect(await tinybpfHere(['run', '--engine', 'jit', 'programs/recursion.bpf'])).toMatchObject({
    status: 2,
    stdout: '',
  });
});
