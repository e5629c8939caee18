import { describe, expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';

const lab = (target: string): string => `global names : u64[8]
global n : u64
global ends : u64
program show : iter/${target} {
    r6 = *(u64 *)(r1 + 8)
    if r6 == 0 goto end
    r1 = n ll
    r7 = *(u64 *)(r1 + 0)
    r2 = r7
    r2 += 1
    *(u64 *)(r1 + 0) = r2
    r7 <<= 3
    r1 = names ll
    r1 += r7
    *(u64 *)(r1 + 0) = r6
    r0 = 0
    exit
end:
    r1 = ends ll
    r2 = 1
    lock *(u64 *)(r1 + 0) += r2
    r0 = 0
    exit
}
`;

describe.each(['interp', 'wasm'])('an iterator on %s', (engine) => {
  const run = (target: string, scenario: string) =>
    tinybpfHere(['run', '--engine', engine, '-'], `${lab(target)}scenario {\n${scenario}\n}\n`);

  test('goes over the tasks of the scenario, by their structures', async () => {
    const done = await run(
      'task',
      `cpus 2
    task A cpu 0 {
        iter show
    }
    task B cpu 1 {
    }
    expect n == 2
    expect ends == 1
    expect names[0] != 0
    expect names[0] != names[1]`,
    );
    expect(done, done.stdout + done.stderr).toMatchObject({ status: 0 });
  });

  test('goes over programs', async () => {
    const done = await run('bpf_prog', 'cpu 0 { iter show }\n expect n == 1\n expect ends == 1');
    expect(done, done.stdout + done.stderr).toMatchObject({ status: 0 });
  });

  test('over something else is refused', async () => {
    const { status, stderr } = await run('tcp', 'cpu 0 { iter show }');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error\[B0405\]: `show` iterates over tcp, which is not emulated\n/);
    expect(stderr).toContain('iter/bpf_prog, iter/task');
  });
});
