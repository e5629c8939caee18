import { describe, expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';

/** Locks of programs: what two do under one is done by one after the other, with interrupts off. */
const labOf = (lock: string, unlock: string, scenario: string): string => `global word : u32
global n : u64
function f() {
    r0 = 0
    exit
}
program p : fentry/f {
    r6 = word ll
    r7 = n ll
    r1 = r6
    ${lock}
    r2 = *(u64 *)(r7 + 0)
    r2 += 1
    *(u64 *)(r7 + 0) = r2
    r1 = r6
    ${unlock}
    r0 = 0
    exit
}
scenario {
${scenario}
}
`;
const locked = (scenario: string): string => labOf('call bpf_spin_lock', 'call bpf_spin_unlock', scenario);
const TWO = `    cpus 2
    cpu 0 { call f() }
    cpu 1 { call f() }
    finally n == 2
    finally word == 0`;

test('no update is lost under a lock, and one is without', async () => {
  expect((await tinybpfHere(['explore', '-'], locked(TWO))).stdout).toContain('verdict: holds');
  expect((await tinybpfHere(['explore', '-'], labOf('', '', TWO))).stdout).toContain(
    'verdict: breaks finally',
  );
});

test('a hardirq waits until the lock is given back', async () => {
  const lab = locked(`    guard none
    cpu 0 { call f() }
    at p+6 hardirq { call f() }
    expect word == 0
    expect n == 2`);
  const done = await tinybpfHere(['run', '-'], lab);
  expect(done, done.stdout + done.stderr).toMatchObject({ status: 0 });
});

test('interrupts that were off stay off', async () => {
  const lab = locked(`    guard none
    cpu 0 { call f() }
    at p+12 hardirq { call f() }
    expect word == 0
    expect n == 2`).replace(
    '    r1 = r6\n',
    '    r1 = r10\n    r1 += -8\n    call bpf_local_irq_save\n    r1 = r6\n',
  );
  const done = await tinybpfHere(
    ['run', '--timeline', '-'],
    lab.replace(
      / {4}r0 = 0\n {4}exit\n\}\nscenario/,
      '    r1 = r10\n    r1 += -8\n    call bpf_local_irq_restore\n    r0 = 0\n    exit\n}\nscenario',
    ),
  );
  expect(done, done.stdout + done.stderr).toMatchObject({ status: 0 });
  // It comes when the program itself turns them on again, so not inside of bpf_spin_unlock.
  const lines = done.stdout.split('\n');
  expect(lines[lines.findIndex((l) => l.includes('hardirq')) - 1]).toContain('bpf_local_irq_restore');
});

describe.each(['interp', 'wasm'])('on %s', (engine) => {
  test('the word is free again, and the value counted', async () => {
    const lab = locked('cpu 0 { call f() x 3 }\n expect word == 0\n expect n == 3');
    expect(await tinybpfHere(['run', '--engine', engine, '-'], lab)).toMatchObject({ status: 0 });
  });

  test('what an iterator prints is shown', async () => {
    const lab = `global fmt : u8[16] = "%d is %x"
program show : iter/bpf_prog {
    r1 = *(u64 *)(r1 + 0)
    r2 = 7
    *(u64 *)(r10 - 16) = r2
    r2 = 255
    *(u64 *)(r10 - 8) = r2
    r2 = fmt ll
    r3 = 9
    r4 = r10
    r4 += -16
    r5 = 16
    call bpf_seq_printf
    exit
}
scenario {
    cpu 0 { iter show }
}`;
    const { stdout, status } = await tinybpfHere(['run', '--engine', engine, '-'], lab);
    expect(status).toBe(0);
    expect(stdout).toContain('trace_pipe:\n  7 is ff\n');
  });
});

test('programs that may not have locks are refused', async () => {
  const lab = locked('cpu 0 { call f() }').replace('fentry/f', 'kprobe/f');
  expect((await tinybpfHere(['run', '-'], lab)).stderr).toMatch(
    /B0608\]: programs of kind kprobe cannot call `bpf_spin_lock`/,
  );
});
