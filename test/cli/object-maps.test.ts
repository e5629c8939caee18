// cspell:ignore strat
import { describe, expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';

/** Maps of objects: those of before BTF, sizes that user space says, and what is said in the words of C. */
const LEGACY = 'test/data/objects/legacy-maps.bpf.o';
const SIZES = 'test/data/objects/user-space.bpf.o';
const REFUSED = 'test/data/objects/ring-with-a-value.bpf.o';

interface Run {
  readonly perf_buffers: readonly object[];
  readonly programs: readonly { readonly run_cnt: number }[];
}

async function runs(...args: readonly string[]): Promise<Run> {
  const { stdout, stderr } = await tinybpfHere(['run', '--json', ...args]);
  const [run] = (JSON.parse(stdout) as { scenarios: readonly Run[] }).scenarios;
  if (run === undefined) throw new Error(stderr);
  return run;
}

describe.each(['interp', 'wasm'])('on %s', (engine) => {
  test('maps of before BTF are found by the relocations that refer to their section', async () => {
    const done = await runs(LEGACY, '--engine', engine, '--do', 'call do_unlinkat(1, 2) x 3');
    expect(done.programs).toMatchObject([{ run_cnt: 3 }]);
    const record = '01 00 00 00 00 00 00 00';
    expect(done.perf_buffers).toEqual([
      { map: 'events', cpu: 0, records: [record, record, record], more: 0, lost: 0 },
    ]);
  });

  test('sizes and variables are what the command line says', async () => {
    const args = ['--engine', engine, '--map', 'start=64', '--do', 'fire sched_process_exit(0)'];
    const some = await runs(SIZES, ...args, '--set', 'targ_pid=1000,thresholds[2]=0x10');
    expect(some.perf_buffers).toMatchObject([{ records: ['e8 03 00 00 65 78 69 74 65 64 00'] }]);
    const none = await runs(SIZES, ...args, '--set', 'targ_pid=999');
    expect(none.perf_buffers).toMatchObject([{ records: [], lost: 0 }]);
  });
});

test('what is lost is said', async () => {
  const args = ['--map', 'start=64', '--do', 'fire sched_process_exit(0) x 2000'];
  const { stdout, status } = await tinybpfHere(['run', SIZES, ...args]);
  expect(status).toBe(0);
  // 24 bytes each of 8 pages, of which the last byte cannot be used.
  expect(stdout).toContain(
    'perf buffer events, CPU 0: 1365 records, 635 lost because the buffer was full\n  e8 03',
  );
  expect(stdout).toContain('  … 1349 more');
});

test.each([
  [
    [SIZES, '--map', 'start=0'],
    /error\[B0403\]: map `start` of \S+user-space.bpf.o: `max_entries` is 0\n.*<--map>:1:7/,
  ],
  [
    [REFUSED],
    /error\[B0403\]: map `records` of \S+value.bpf.o: a map of type ringbuf has no `value`\n.*`__type\(value, …\)`, out of its declaration in C\n.*kernel answers -EINVAL/,
  ],
  [[REFUSED], /map `sockets` of \S+ is of type sk_storage\n(.*\n)?.*it keeps values with sockets/],
  [[SIZES, '--map', 'strat=3'], /error\[B0407\]: no object has a map `strat`\n.*<--map>:1:1/],
  [[SIZES, '--map', 'start'], /error\[B0803\]: `start` is not a size of a map/],
  [[SIZES, '--map', 'start=9999999999'], /`max_entries` is 9999999999\n.*<--map>:1:7/],
  [[SIZES, '--map', 'start=1', '--set', 'targ=1'], /error\[B0407\]: there is no global `targ`/],
  [
    [SIZES, '--map', 'start=1', '--set', 'targ_pid'],
    /error\[B0803\]: `targ_pid` is not a value for a variable/,
  ],
  [[SIZES, '--map', 'start=1', '--set', 'targ_pid 1'], /error\[B0803\]: .* is not a value for a variable/],
  [[SIZES, '--map', 'start=1', '--set', 'targ_pid[=1'], /error\[B0803\]: .* is not a value for a variable/],
  [[SIZES, '--map', 'start=1', '--set', 'targ_pid=1 2'], /error\[B0803\]: .* is not a value for a variable/],
  [[SIZES, '--map', 'start=1', '--set', 'targ_pid=='], /error\[B0803\]: .* is not a value for a variable/],
])('%j is refused in words of C and of the command line', async (args, message) => {
  const { stderr, status } = await tinybpfHere(['run', ...args]);
  expect(stderr).toMatch(message);
  expect(status).not.toBe(0);
});
