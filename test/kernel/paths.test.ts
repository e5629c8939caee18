import { describe, expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';

/** Every file is the root: what bpf_d_path writes, and that it keeps within the buffer. */
const call = (size: number, into: number): string => `    r1 = 0
    r2 = out ll
    r3 = ${size}
    call bpf_d_path
    r1 = given ll
    *(u64 *)(r1 + ${8 * into}) = r0
`;
const labOf = (section: string): string => `global out : u8[8]
global given : s64[3]
function f(u64 x) {
    r0 = 0
    exit
}
program p : ${section} {
${call(1, 0)}${call(0, 1)}${call(8, 2)}    r0 = 0
    exit
}
scenario {
    set out[1] = 9
    set given[1] = 7
    cpu 0 { call f(1) }
    expect given[0] == 0 - 36
    expect given[1] == 0
    expect given[2] == 2
    expect out[0] == 0x2f
    expect out[1] == 0
}
`;

describe.each(['interp', 'wasm'])('on %s', (engine) => {
  test('the path of a file is that of the root', async () => {
    const done = await tinybpfHere(['run', '--engine', engine, '-'], labOf('fentry/f'));
    expect(done, done.stdout + done.stderr).toMatchObject({ status: 0 });
  });
});

test('programs of kprobes may not ask for paths', async () => {
  const { stderr } = await tinybpfHere(['run', '-'], labOf('kprobe/f'));
  expect(stderr).toMatch(/B0608\]: programs of kind kprobe cannot call `bpf_d_path`/);
});
