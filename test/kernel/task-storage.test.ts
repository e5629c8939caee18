import { describe, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';

/** Storage of tasks, by the addresses that a scenario hands over. */
const LAB = `map m : task_storage { key 4, value 8 }
global got : u64
global other : u64
global deleted : s64
tracepoint hit(u64 task, u64 delta)
program p : raw_tp/hit {
    r6 = r1
    r2 = *(u64 *)(r6 + 0)
    r1 = m ll
    r3 = 0
    r4 = 1
    call bpf_task_storage_get
    if r0 == 0 goto out
    r1 = *(u64 *)(r6 + 8)
    lock *(u64 *)(r0 + 0) += r1
    r1 = *(u64 *)(r0 + 0)
    r2 = got ll
    *(u64 *)(r2 + 0) = r1
out:
    r0 = 0
    exit
}
tracepoint gone(u64 task)
program q : raw_tp/gone {
    r2 = *(u64 *)(r1 + 0)
    r1 = m ll
    call bpf_task_storage_delete
    r1 = deleted ll
    *(u64 *)(r1 + 0) = r0
    r0 = 0
    exit
}
`;

describe.each(['interp', 'wasm'])('on %s', (engine) => {
  const run = (scenario: string): Promise<CliResult> =>
    tinybpfHere(['run', '--no-verify', '--engine', engine, '-'], `${LAB}scenario {\n${scenario}\n}\n`);

  test('`current` and the names of tasks are their structures', async () => {
    const done = await run(`task A cpu 0 {
        fire hit(current, 3)
        fire hit(A, 4)
        fire hit(B, 50)
    }
    task B cpu 0 {
        join A
        fire hit(current, 60)
        fire gone(A)
    }
    expect got == 110
    expect deleted == 0`);
    expect(done, done.stdout + done.stderr).toMatchObject({ status: 0, stderr: '' });
  });

  test('a number counts as a null pointer, which is said', async () => {
    const done = await run(`cpu 0 {
        fire hit(1, 3)
        fire hit(0, 3)
        fire gone(1)
    }
    expect got == 0
    expect p.run_cnt == 2
    expect deleted == 0 - 2`);
    expect(done, done.stdout + done.stderr).toMatchObject({ status: 0 });
    expect(done.stderr).toMatch(/^warning\[B0419\]: storage of a task was asked for at 0x1, .*\n.*`current`/);
    expect(done.stderr.match(/warning/g)).toHaveLength(1);
  });

  test('what is something else is a fault', async () => {
    const done = await run('cpu 0 { fire hit(got, 3) }');
    expect(done.status).toBe(1);
    expect(done.stdout).toMatch(/^fault: /m);
  });
});

test('an interrupt has no task of its own', async () => {
  const text = `${LAB}scenario {\n cpu 0 { fire hit(current, 1) }\n at p+0 hardirq { fire hit(current, 2) }\n}\n`;
  const { stderr, status } = await tinybpfHere(['run', '-'], text);
  expect(status).toBe(1);
  expect(stderr).toContain('`current`');
});
