import { describe, expect, test } from 'vitest';
import { parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';
import { tinybpfHere } from '../support/in-process.js';

/** A tracepoint with those arguments, and a program that makes one load from its record. */
const lab = (params: string, load: string, actions: string): string => `tracepoint hit(${params})
program reads : tp/lab/hit {
    r0 = *(${load})
    exit
}
program other : tp/lab/hit {
    r0 = 0
    exit
}
scenario {
    attach other
    cpu 0 { ${actions} }
}`;

describe.each(ENGINES)('on %s', (_, engine) => {
  /** What attaching it comes to, and firing the tracepoint after that. */
  const attached = (params: string, load: string): string => {
    const ast = parseOrThrow({
      name: 'record.bpf',
      text: lab(
        params,
        load,
        `attach reads  fire hit(${params
          .split(',')
          .filter(Boolean)
          .map(() => 1)})`,
      ),
    });
    try {
      const { outcome, programs } = runScenario(ast, scenariosOf(ast)[0]!, environment, { engine });
      return `${outcome.kind}, ran ${programs[0]!.runCnt}`;
    } catch (e) {
      return (e as Error).message;
    }
  };

  test.each([
    ['u64 a', 'u64 *)(r1 + 8', true],
    ['u64 a', 'u32 *)(r1 + 12', true],
    ['u64 a', 'u8 *)(r1 + 16', false],
    // A record takes a multiple of 8 bytes, and its last field need not end there.
    ['u32 a', 'u32 *)(r1 + 8', true],
    ['u32 a', 'u64 *)(r1 + 8', false],
    ['u64 a, u8 b', 'u8 *)(r1 + 16', true],
    ['u64 a, u8 b', 'u16 *)(r1 + 16', false],
    ['', 'u8 *)(r1 + 8', false],
  ])('a record with %s, and a load of %s', (params, load, may) => {
    const found = attached(params, load);
    if (may) expect(found).toBe('finished, ran 1');
    else expect(found).toContain('`reads` reads beyond the fields of `hit`');
  });
});

test('of an object the structure that its program reads says where the fields end', async () => {
  const { stderr } = await tinybpfHere(['run', 'test/data/objects/records.bpf.o', '--do', 'fire untyped(1)']);
  expect(stderr).not.toContain('reads beyond');
});

test('a record that is known of Linux ends with its last field', async () => {
  const text = (offset: number): string => `program reads : tp/sched/sched_process_exit {
    r0 = *(u32 *)(r1 + ${offset})
    exit
}
scenario { cpu 0 { fire sched_process_exit(0, 7, 120) } }`;
  const said = async (offset: number): Promise<string> =>
    (await tinybpfHere(['run', '--declare-missing', '-'], text(offset))).stderr;
  // 16 bytes of a name, and two numbers.
  expect(await said(28)).not.toContain('reads beyond');
  expect(await said(36)).toContain('`reads` reads beyond the fields of `sched_process_exit`');
});
