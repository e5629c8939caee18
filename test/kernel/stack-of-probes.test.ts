import { describe, expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';

/** Stack traces of programs on probes begin where the probe is, and those of others in the program. */
const LAB = `map stacks : stack_trace { key 4, value 80, max_entries 16 }
function inner(u64 x) {
    r0 = 0
    exit
}
function outer(u64 x) {
    r0 = 0
    call inner
    exit
}
program p : SECTION {
    r2 = stacks ll
    r3 = 0
    call bpf_get_stackid
    r0 = 0
    exit
}
scenario {
    cpu 0 { call outer(1) }
}
`;

describe.each(['interp', 'wasm'])('on %s', (engine) => {
  test.each([
    ['kprobe/inner', 'arm64-7.3', ['inner+0', 'outer+1']],
    ['kprobe/inner', 'amd64-7.3', ['inner+0', 'outer+1']],
    ['kprobe.multi/inner', 'arm64-7.3', ['inner+0', 'outer+1']],
    ['kretprobe/inner', 'arm64-7.3', ['outer+1']],
    ['kretprobe.multi/inner', 'amd64-7.3', ['outer+1']],
    ['kprobe/outer', 'arm64-7.3', ['outer+0']],
    ['kretprobe/outer', 'arm64-7.3', ['outer+0']],
  ])('of %s on %s', async (section, kernel, frames) => {
    const lab = LAB.replace('SECTION', section);
    const { stdout } = await tinybpfHere(['run', '--json', '--kernel', kernel, '--engine', engine, '-'], lab);
    const { scenarios } = JSON.parse(stdout) as {
      scenarios: { stack_traces: { frames: string[] }[] }[];
    };
    expect(scenarios[0]!.stack_traces.map((t) => t.frames)).toEqual([frames]);
  });

  test.each([
    ['uprobe/inner', ['inner+0', 'outer+1']],
    ['uretprobe/inner', ['outer+1']],
    ['uprobe/outer', ['outer+0']],
    ['kprobe/inner', []],
  ])('of user space in %s', async (section, frames) => {
    const lab = LAB.replace('SECTION', section).replace('r3 = 0', 'r3 = 256');
    const { stdout } = await tinybpfHere(['run', '--json', '--engine', engine, '-'], lab);
    const { scenarios } = JSON.parse(stdout) as {
      scenarios: { stack_traces: { frames: string[] }[] }[];
    };
    expect(scenarios[0]!.stack_traces.map((t) => t.frames)).toEqual(frames.length === 0 ? [] : [frames]);
  });

  test('of user space in a program of the kernel that it called', async () => {
    const lab = `${LAB.replace('SECTION', 'kprobe/inner').replace('r3 = 0', 'r3 = 256').replace('scenario {', 'scenario {\n    attach q, p')}
program q : uprobe/outer {
    r0 = 0
    exit
}
`;
    const { stdout } = await tinybpfHere(['run', '--engine', engine, '-'], lab);
    expect(stdout).toMatch(/stack trace stacks\[\d+\]:\n {2}outer\+1\n/);
  });

  test('of fentry', async () => {
    const lab = LAB.replace('SECTION', 'fentry/inner');
    const { stdout } = await tinybpfHere(['run', '--engine', engine, '-'], lab);
    expect(stdout).toMatch(/stack trace stacks\[\d+\]:\n {2}p\+3\n/);
  });
});
