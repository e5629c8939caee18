import { describe, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';

/** Loads through addresses of the kernel's objects read 0 where there is nothing, on both engines; all others fault. */
const OBJECT = 'test/data/objects/walks.bpf.o';

const run = (engine: string, lab: string, ...more: readonly string[]): Promise<CliResult> =>
  tinybpfHere(['run', '--engine', engine, ...more, '-'], `object "${OBJECT}"\n${lab}`);

/** Functions and tracepoints; `given` returns an address at which there is nothing. */
const DECLARED = `function given(u64 link) {
    r0 = 0x1234
    exit
}
function number(u64 link) {
    r0 = 0
    exit
}
function element() {
    r0 = 0
    exit
}
function written(u64 link) {
    r0 = 0
    exit
}
tracepoint given(u64 link)
tracepoint number(u64 link)
global chain : u64[4]
scenario {
`;
const AT_NOTHING = `${DECLARED}
    set chain[1] = 77
    cpu 0 {
        call given(0)
        fire given(0xffff888000000010)
    }
`;

describe.each(['interp', 'wasm'])('on %s', (engine) => {
  test('they read 0, each size and each step of a walk', async () => {
    const lab = `${AT_NOTHING}
    expect out[0] == 0 - 1
    expect out[1] == 2
    expect out[2] == 0 - 3
    expect out[3] == 4
    expect out[4] == 5
    expect out[5] == 6
    expect out[6] == 13
    expect out[7] == 8
}`;
    const done = await run(engine, lab, '--json');
    expect(done.status, done.stdout + done.stderr).toBe(0);
    const { scenarios } = JSON.parse(done.stdout) as {
      scenarios: {
        zero_reads: {
          program: string;
          count: number;
          place: { line: number };
        }[];
      }[];
    };
    // What `current` gives is there; of its own fields only those that the emulator does not have are zero.
    expect(scenarios[0]!.zero_reads.map(({ program, count }) => [program, count])).toEqual([
      ['sizes', 6],
      ['handed', 4],
      ['called_back', 4],
      ['of_task', 1],
    ]);
    const text = await run(engine, lab);
    expect(text.stdout).toContain("15 loads through kernel pointers that lead nowhere read 0, as Linux's");
    expect(text.stdout).toContain('sizes (');
  });

  test('what is there is read as it is', async () => {
    const lab = `${AT_NOTHING.replace('call given(0)', 'call given(chain)')}
    expect out[0] == 76
    expect out[4] == 5
}`;
    expect(await run(engine, lab)).toMatchObject({ status: 0 });
  });

  test.each([
    ['a register of a kprobe', 'call number(0)', 'of_register', 'null_pointer'],
    ['a number of a raw tracepoint', 'fire number(0)', 'of_number', 'null_pointer'],
    ['beside the value of a map', 'call element()', 'of_element', 'out_of_bounds'],
    ['a store', 'call written(0)', 'writes', 'null_pointer'],
  ])('%s faults', async (_, action, where, kind) => {
    const lab = `${DECLARED}\n cpu 0 { ${action} }\n expect fault ${kind} at ${where}\n}`;
    const done = await run(engine, lab);
    expect(done, done.stdout + done.stderr).toMatchObject({ status: 0 });
  });
});

test('of a lab, what a helper gives is an object of the kernel, and an argument is a number', async () => {
  const lab = (body: string, end: string): string => `function f(u64 x) {
    r0 = 0
    exit
}
program p : fentry/f {
    ${body}
    r0 = 0
    exit
}
scenario {
    cpu 0 { call f(8) }
    ${end}
}`;
  const task = 'call bpf_get_current_task_btf\n    r1 = *(u64 *)(r0 + 0x4000)';
  const argument = 'r2 = *(u64 *)(r1 + 0)\n    r2 = *(u64 *)(r2 + 0)';
  const of = (text: string): Promise<CliResult> => tinybpfHere(['run', '-'], text);
  expect((await of(lab(task, ''))).stdout).toContain('1 load through kernel pointers');
  expect(await of(lab(argument, 'expect fault null_pointer at p'))).toMatchObject({ status: 0 });
});

test('an exploration says that there were such loads, and goes on after them', async () => {
  const lab = (call: string): string => `object "${OBJECT}"\n${DECLARED}\n    cpus 2
    cpu 0 { ${call} }
    cpu 1 { call given(chain) }
    finally out[4] == 5
}`;
  const explore = (call: string): Promise<CliResult> => tinybpfHere(['explore', '-'], lab(call));
  const found = await explore('call given(0)');
  expect(found.stdout, found.stderr).toContain('loads through kernel pointers that lead nowhere read 0');
  expect(found.stdout).toContain('verdict: holds');
});
