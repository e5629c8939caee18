import { describe, expect, test } from 'vitest';
import { modelOf } from '../../src/kernel/model.js';
import { tinybpfHere } from '../support/in-process.js';

test.each(['kprobe.multi', 'kretprobe.multi', 'kprobe.session'])(
  '%s programs come with Linux 6.14 on arm64',
  async (kind) => {
    const lab = `function f() {
    r0 = 0
    exit
}
program p : ${kind}/f {
    r0 = 0
    exit
}
scenario { cpu 0 { call f() } }
`;
    const run = (kernel: string) => tinybpfHere(['run', '-', '--kernel', kernel], lab);
    const old = await run('arm64-6.12');
    expect(old.stderr).toContain(`error[B0605]: arm64-6.12 has no ${kind} programs`);
    expect(old.stderr).toContain('the kernel answers -EOPNOTSUPP');
    for (const kernel of ['amd64-6.12', 'arm64-6.18']) expect((await run(kernel)).status).toBe(0);
  },
);

/** What a program sees of a release between others: 6.6 has some of what came after 6.1, and nothing of what came after it. */
describe('Linux 6.6', () => {
  const run = (lab: string, kernel: string) => tinybpfHere(['run', '-', '--kernel', kernel], lab);

  test('is what kernels from 6.6 to 6.11 are taken for', () => {
    const release = (text: string) => modelOf({ release: text, version: '', machine: 'aarch64' })?.release;
    expect(['6.5.13', '6.6.30', '6.11.2', '6.12.0'].map(release)).toEqual(['6.1', '6.6', '6.6', '6.12']);
  });

  test('attaches trampolines on arm64 (6.4)', async () => {
    const lab = `function f() {
    r0 = 0
    exit
}
program p : fentry/f {
    r0 = 0
    exit
}
scenario {
    cpu 0 { call f() }
    expect p.run_cnt == 1
}
`;
    expect((await run(lab, 'arm64-6.1')).stderr).toContain('cannot attach programs by trampolines');
    expect((await run(lab, 'arm64-6.6')).status).toBe(0);
  });

  test('returns 64 bits from operations of maps (6.4)', async () => {
    const lab = `map h : hash { key 4, value 8, max_entries 4 }
global low : u64
function f() {
    *(u32 *)(r10 - 4) = 1
    r1 = h ll
    r2 = r10
    r2 += -4
    call bpf_map_delete_elem
    r1 = low ll
    *(u64 *)(r1 + 0) = r0
    r0 = 0
    exit
}
scenario {
    cpu 0 { call f() }
    expect low == RESULT
}
`;
    const expected = { 'amd64-6.1': '0xfffffffe', 'amd64-6.6': '0xfffffffffffffffe' };
    for (const [kernel, result] of Object.entries(expected))
      expect([kernel, (await run(lab.replace('RESULT', result), kernel)).status]).toEqual([kernel, 0]);
  });

  test('counts no miss that bpf_prog_active makes (6.7), and has no sessions on probes (6.10)', async () => {
    const lab = `function f() {
    r0 = 0
    exit
}
program p : KIND/f {
    r0 = 0
    exit
}
scenario { cpu 0 { call f() } }
`;
    const session = lab.replace('KIND', 'kprobe.session');
    expect((await run(session, 'amd64-6.6')).stderr).toContain('amd64-6.6 has no kprobe.session programs');
    expect((await run(session, 'amd64-6.12')).status).toBe(0);
    // On arm64 not even fprobes, on which they are, before Linux 6.14.
    expect((await run(session, 'arm64-6.12')).stderr).toContain('Linux 6.14 on arm64');
    const list = await tinybpfHere(['--json', 'list', 'protections', '--kernel', 'amd64-6.6']);
    expect(list.stdout).toContain('does not run: nothing counts it');
    expect(list.stdout).toContain('bpf_task_storage_get makes nothing');
  });
});
