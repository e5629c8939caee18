// cspell:ignore setjmp unstub
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';
import { scratch } from '../support/shell.js';

const UNLINK = 'test/data/c/unlink.bpf.c';
const CLANGS = ['clang', 'clang-21', 'clang-20', 'clang-19', 'clang-18', 'clang-17', 'clang-16'];
const clang = CLANGS.find((c) => spawnSync(c, ['--version']).status === 0);
/** Without clang there is nothing to compile with, and the names of the tests that need it say so. */
const needsClang = test.skipIf(clang === undefined);
const why = clang === undefined ? ' (skipped: there is no clang)' : '';
const dir = scratch();

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each(['interp', 'wasm'])('C on %s', (engine) => {
  needsClang(`is compiled, and runs as it is${why}`, async () => {
    const actions = ['--do', 'call do_unlinkat(7, 0) x 2', '--do', 'lookup counts[7]'];
    const run = await tinybpfHere(['run', '--engine', engine, UNLINK, ...actions]);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    for (const program of ['do_unlinkat', 'do_unlinkat_exit', 'unlink_entry', 'unlink_return'])
      expect(run.stdout).toMatch(new RegExp(`name ${program} .* run_cnt 2`));
    expect(run.stdout).toContain('7 of 1: 0');
    expect(run.stdout).toContain('7 1 2 3');
  });

  needsClang(`belongs to a lab that names it${why}`, async () => {
    const lab = join(dir, 'c.bpf');
    writeFileSync(
      lab,
      `object "${resolve(UNLINK)}"
function do_unlinkat(u64 dfd, u64 name) {
    r0 = 1
    exit
}
scenario {
    cpu 0 { call do_unlinkat(3, 0) }
    expect counts[3] == 1
    expect entered == 32
    expect own_pid != 0
    expect parents == 1
}
`,
    );
    const run = await tinybpfHere(['run', '--engine', engine, lab]);
    expect(run).toMatchObject({ status: 0, stderr: '' });
  });
});

needsClang(`C loops by iterators, has records by their classes and storage of tasks${why}`, async () => {
  const lab = join(dir, 'loops.bpf');
  writeFileSync(
    lab,
    `object "${resolve('test/data/c/loops.bpf.c')}"
scenario {
    cpu 0 {
        fire sched_switch(0, current, 0, 0)
        fire sched_switch(0, current, 0, 0)
        fire inet_sock_set_state(0, 7, 10, 0, 0, 2, 6)
    }
    expect sum == 24
    expect rounds == 8
    expect states == 1
    expect last == 2
    expect started == 0
}
`,
  );
  for (const engine of ['interp', 'wasm']) {
    const run = await tinybpfHere(['run', '--engine', engine, '--declare-missing', lab]);
    expect(run, run.stdout + run.stderr).toMatchObject({ status: 0, stderr: '' });
  }
});

needsClang.each(['arm64-7.3', 'amd64-7.3'])(
  `C names the arguments of USDT probes on %s${why}`,
  async (kernel) => {
    const args = [
      'run',
      '--kernel',
      kernel,
      'test/data/c/usdt.bpf.c',
      '--do',
      'call setjmp(0x1234, 7, 0x99)',
    ];
    const { stdout, stderr, status } = await tinybpfHere([
      ...args,
      '--attach',
      'on_jump=usdt/libc.so.6:libc:setjmp=9',
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('jump to 1234 with 7\n  from 99, cookie 9');
  },
);

needsClang(`what clang says is said once${why}`, async () => {
  const path = join(dir, 'twice.bpf.c');
  writeFileSync(path, 'int f(void) { return nothing; }\n');
  const lab = join(dir, 'twice.bpf');
  writeFileSync(lab, `object "${path}"\nscenario { cpu 0 { call f() } }\n`);
  const { stderr, status } = await tinybpfHere(['run', lab]);
  expect(status).toBe(1);
  expect(stderr.match(/use of undeclared identifier 'nothing'/g)).toHaveLength(1);
});

needsClang(`bench measures C${why}`, async () => {
  const args = ['bench', UNLINK, '--seconds', '0.01', '--engine', 'interp', '-g', 'arm64'];
  const { stdout, status } = await tinybpfHere([...args, '--do', 'call do_unlinkat(7, 0)']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^call do_unlinkat\(7, 0\) +generic .* 4 +0 +\d+$/m);
});

needsClang.each(['arm64-7.3', 'amd64-7.3'])(
  `C has the fields that are read most, and macros for probes, on %s${why}`,
  async (kernel) => {
    const run = await tinybpfHere([
      ...['run', '--kernel', kernel, 'test/data/c/fields.bpf.c'],
      ...['--do', 'call vfs_unlink(0, 0, 0, 0)', '--do', 'call tcp_v4_connect(0, 0, 0)'],
      ...['--do', 'fire sched_process_exec(0, 7, 7)'],
    ]);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    for (const program of ['executed', 'unlinked', 'connecting'])
      expect(run.stdout).toMatch(new RegExp(`name ${program} .* run_cnt 1`));
    expect(run.stdout).toContain('7 executes');
  },
);

needsClang.each(['arm64-7.3', 'amd64-7.3', 'arm64-6.12', 'amd64-6.1'])(
  `C is compiled for %s${why}`,
  async (kernel) => {
    expect(await tinybpfHere(['check', '--kernel', kernel, UNLINK])).toMatchObject({ status: 0, stderr: '' });
  },
);

needsClang(`what clang says is shown as it is${why}`, async () => {
  const path = join(dir, 'wrong.c');
  writeFileSync(path, 'int f(\n');
  const run = await tinybpfHere(['run', path]);
  expect(run.status).toBe(1);
  expect(run.stderr).toContain('wrong.c:1:7: error:');
  expect(run.stderr).toContain(`error[B0808]: clang does not compile ${path}`);
});

needsClang(`macros and folders of headers are those of the user first${why}`, async () => {
  writeFileSync(join(dir, 'mine.h'), '#define SECTION "tc"\n');
  const path = join(dir, 'mine.c');
  writeFileSync(
    path,
    '#include "vmlinux.h"\n#include <bpf/bpf_helpers.h>\n#include <mine.h>\nSEC(SECTION) int p(void *ctx) { return GIVEN; }\n',
  );
  const run = await tinybpfHere(['run', path, '-I', dir, '-D', 'GIVEN=5', '--do', 'test_run p']);
  expect(run).toMatchObject({ status: 0, stderr: '' });
  expect((await tinybpfHere(['run', path, '-I', dir])).stderr).toContain('GIVEN');
});

test('without clang it is said how to get one', async () => {
  vi.stubEnv('CLANG', join(dir, 'no-clang'));
  const run = await tinybpfHere(['run', UNLINK]);
  expect(run.status).toBe(2);
  expect(run.stderr).toContain('error[B0807]: there is no clang at');
  expect(run.stderr).toContain('apt install clang');
});

test('a C file that is not there is a file that is not there', async () => {
  const run = await tinybpfHere(['run', join(dir, 'nothing.c')]);
  expect(run.status).toBe(2);
  expect(run.stderr).toContain('error[B0801]: there is no file');
});

test('the header has the fields that programs ask for', async () => {
  const arm64 = await tinybpfHere(['header']);
  expect(arm64.stdout).toMatch(/struct thread_info \{[^}]*preempt_count;[\s\S]*?count;/);
  const amd64 = await tinybpfHere(['header', '--kernel', 'amd64-7.3']);
  expect(amd64.stdout).toContain('orig_ax');
});

const TYPED_LAB = `struct thing {
    u32 a;
    struct task_struct *owner;
}
function traced(u64 x, u32 y) {
    r0 = 0
    exit
}
function called(u64 x) kfunc {
    r0 = 0
    exit
}
tracepoint hit(u64 a, u32 b)
`;

test('the header of a lab has its structures, functions and tracepoints', async () => {
  const { stdout, status } = await tinybpfHere(['header', '-'], TYPED_LAB);
  expect(status).toBe(0);
  expect(stdout).toContain('struct thing {\n\t__u32 a;\n');
  expect(stdout).toContain('extern u64 traced(u64 x, u32 y);');
  expect(stdout).toContain('extern u64 called(u64 x) __attribute__((section(".ksyms")));');
  expect(stdout).toContain('typedef void (*btf_trace_hit)(void *, u64 a, u32 b);');
  const wrong = await tinybpfHere(['header', '-'], 'struct thing {\n    struct nowhere inside;\n}\n');
  expect(wrong).toMatchObject({ status: 1, stdout: '' });
  expect(wrong.stderr).toContain('error[B0407]');
});
