// cspell:ignore openat
import { describe, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';

/** What programs of tracepoints on perf find in their records, by the types of their objects and by Linux's offsets. */
const OBJECT = 'test/data/objects/records.bpf.o';

/** Programs, what fires their tracepoint, and what `out` and `text` hold after it. */
const CASES = [
  ['enter', 'sys_enter_openat(257, 3, 0, 0, 0, 0, 99)', [257, 3, 99], ''],
  ['enter', 'sys_enter_openat(257, 3)', [257, 3, 0], ''],
  ['exits', 'sys_exit_openat(257, 0 - 2)', [257, '0xfffffffffffffffe'], ''],
  ['exit_of_process', 'sched_process_exit(path, 7, 120, 1)', [7, 120, 1], '/bin/true'],
  ['exec', 'sched_process_exec(path, 7, 8)', [7, 8, 10], '/bin/true'],
  ['exec', 'sched_process_exec(lengthy, 7, 8)', [7, 8, 64], '0123456789abcdef'],
  ['exec', 'sched_process_exec(0, 7, 8)', [7, 8, 1], ''],
  ['by_offsets', 'sched_switch(0, 1, 2, 3, path, 5)', [1, 3, 5], '/bin/true'],
  ['own', 'own(1, 2, 3, 4)', [1, 2, 4], ''],
  ['untyped', 'untyped(0x100000002, 0x300000004)', ['0x100000002', 4], ''],
  ['declared', 'sched_wakeup(8, 9)', [8, 9], ''],
] as const;

const LONG = '0123456789abcdef'.repeat(5);

function labFor(fire: string, out: readonly (number | string)[], text: string, variable = 'out'): string {
  const held = [...text.padEnd(16, '\0')].slice(0, 16);
  return `object "${OBJECT}"
global path : u8[10] = "/bin/true"
global mine : u64[2]
global lengthy : u8[81] = "${LONG}"
tracepoint untyped(u64 first, u32 second)
tracepoint sched_wakeup(u32 first, u16 second)
program declared : tp/sched/sched_wakeup {
    r2 = mine ll
    w3 = *(u32 *)(r1 + 8)
    *(u64 *)(r2 + 0) = r3
    w3 = *(u16 *)(r1 + 12)
    *(u64 *)(r2 + 8) = r3
    r0 = 0
    exit
}
scenario {
    cpu 0 { fire ${fire} }
    ${out.map((value, i) => `expect ${variable}[${i}] == ${value}`).join('\n    ')}
    ${held.map((c, i) => `expect text[${i}] == ${c.charCodeAt(0)}`).join('\n    ')}
}
`;
}

const run = (lab: string, engine: string): Promise<CliResult> =>
  tinybpfHere(['run', '--declare-missing', '--engine', engine, '-'], lab);

describe.each(['interp', 'wasm'])('on %s', (engine) => {
  test.each(CASES)('`%s` reads the record of %s', async (program, fire, out, text) => {
    const done = await run(labFor(fire, out, text, program === 'declared' ? 'mine' : 'out'), engine);
    expect(done, `${done.stdout}${done.stderr}`).toMatchObject({ status: 0 });
    expect(done.stdout).toMatch(new RegExp(`name ${program} .* run_cnt 1`));
  });
});

test('a record takes no more arguments than it has fields', async () => {
  const { stderr } = await run(labFor('sched_process_exec(0, 1, 2, 3)', [], ''), 'interp');
  expect(stderr).toContain('error[B0405]: `sched_process_exec` takes 3 arguments, not 4');
});

test('of a tracepoint of which nobody knows the fields, they are asked for', async () => {
  const { stderr } = await tinybpfHere(['run', OBJECT, '--do', 'fire untyped(1)']);
  expect(stderr).toContain('error[B0417]: `untyped` reads what `untyped` is called with');
});
