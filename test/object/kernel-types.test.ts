// cspell:ignore kuid sigval
import { describe, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';

/** Types of the kernel, as the emulator has them, and as objects have those that it lacks. */
const OBJECT = 'test/data/objects/kernel-types.bpf.o';

/** Fields of `struct file` in kernel-types.bpf.c, in the words where clang puts them. */
const WORDS = { 1: `${3 + (9 << 5)} + (7 << 32)`, 4: '1001', 5: '0x55 << 32', 7: '44' };

/** What the programs there find, by the index in `out`. */
const FOUND = {
  task: { 0: 1000, 1: 1000, 2: 1, 3: 1, 4: 0, 5: 1 },
  lacks: { 0: 0, 1: 0, 2: 0, 3: 0, 4: 7, 5: 0, 6: 0, 7: 0 },
  brings: { 0: 3 + 32 * 9, 1: 7, 2: 0x55, 3: 44, 4: 1001, 5: 24, 6: 0, 7: 48, 8: 1, 9: 7, 10: 8, 11: 1 },
  flavour: { 0: 0, 1: 0, 2: 7 },
} as const;

/** A lab in which a function is called once, with what `out` must hold after it. */
function labFor(fn: string, out: Readonly<Record<number, number>>, more: readonly string[] = []): string {
  const lines = [
    ...Object.entries(out).map(([i, value]) => `expect out[${i}] == ${value}`),
    ...more.map((text) => `expect ${text}`),
  ];
  const words = Object.entries(WORDS).map(([i, value]) => `set words[${i}] = ${value}`);
  return `object "${OBJECT}"
scenario {
    cpus 2
    task one cpu 1 {
        ${words.join('\n        ')}
        call ${fn}(0)
    }
    ${lines.join('\n    ')}
}
`;
}

describe.each(['interp', 'wasm'])('on %s', (engine) => {
  const run = (lab: string, ...more: readonly string[]): Promise<CliResult> =>
    tinybpfHere(['run', '--declare-missing', '--engine', engine, ...more, '-'], lab);

  describe.each(['arm64-7.3', 'amd64-7.3', 'amd64-6.12-rt'])('and %s', (kernel) => {
    test('a task says who it is', async () => {
      const name = [...'one\0'].map((c, i) => `comm[${i}] == ${c.charCodeAt(0)}`);
      const done = await run(labFor('work', FOUND.task, name), '-k', kernel);
      expect(done, done.stdout).toMatchObject({ status: 0 });
    });

    test('a field that the emulated type lacks is put after its own, reads as zero, and is said', async () => {
      const done = await run(labFor('lacks', FOUND.lacks), '-k', kernel);
      expect(done, done.stdout).toMatchObject({ status: 0 });
      const line = done.stdout.split('\n').find((l) => l.startsWith('types of the kernel:'));
      expect(line).toContain('; task_struct.mm, ');
      for (const field of ['times', 'in_iowait', '__state']) expect(line).toContain(`task_struct.${field}`);
      expect(line).toMatch(/ not emulated, and 0$/);
    });

    test('a type that the emulator lacks is as the object has it', async () => {
      const done = await run(labFor('brings', FOUND.brings), '-k', kernel);
      expect(done, done.stdout).toMatchObject({ status: 0 });
      expect(done.stdout).toContain('struct file, ');
    });
  });

  test('what the object has in a flavour only does not exist, and the fault names it', async () => {
    const done = await run(labFor('fails', {}));
    expect(done.status).toBe(1);
    expect(done.stdout).toContain(
      'fault: unresolved_relocation: the object needs `request___old.rq_disk`, which this kernel does not have',
    );
  });

  test('a type that is only declared is as the flavour has it where it is read, and does not exist otherwise', async () => {
    const done = await run(labFor('flavour', FOUND.flavour));
    expect(done, done.stdout).toMatchObject({ status: 0 });
    expect(done.stdout).toContain('struct only_declared___new');
    const strict = await run(labFor('flavour', {}), '--strict-types');
    expect(strict.stdout).toContain('the object needs `holder.of`');
  });

  test('with --strict-types there are the types of the emulated kernel only', async () => {
    expect(await run(labFor('work', FOUND.task), '--strict-types')).toMatchObject({ status: 0 });
    for (const fn of ['lacks', 'brings']) {
      const done = await run(labFor(fn, {}), '--strict-types');
      expect(done.status).toBe(1);
      expect(done.stdout).toContain('fault: unresolved_relocation');
      expect(done.stdout).not.toContain('types of the kernel:');
    }
  });
});

test('JSON says what objects brought', async () => {
  const lab = labFor('lacks', FOUND.lacks);
  const { stdout } = await tinybpfHere(['run', '--declare-missing', '--json', '-'], lab);
  const { scenarios } = JSON.parse(stdout) as { scenarios: { types: { taken: string[]; zero: string[] } }[] };
  expect(scenarios[0]?.types.zero).toContain('task_struct.mm');
  expect(scenarios[0]?.types.taken).toContain('struct file');
});
