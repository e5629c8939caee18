// cspell:ignore iname dentry openat dport daddr gendisk structrequest structgendisk
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';

/** Tools as people write them: each loads as it is, and runs on structures that a lab makes. */
const FOLDER = 'test/data/objects/tools/';

/** What makes the programs of a tool run, what must hold after it, and what has to be in the output. */
const TOOLS: Readonly<Record<string, { readonly lab: string; readonly output: readonly string[] }>> = {
  opens: {
    lab: `user path : u8[16] = "/etc/passwd"
scenario {
    cpu 0 {
        fire sys_enter_openat(257, 0, path, 2)
        fire sys_exit_openat(257, 3)
        fire sys_enter_open(2, path)
    }
    expect enter_open.run_cnt == 1
}`,
    // The path, as 8 bytes of a record are shown.
    output: ['opened_files', Buffer.from('/etc/pas').toString('hex')],
  },
  execs: {
    lab: `global path : u8[16] = "/bin/true"
scenario {
    cpu 0 {
        fire sched_process_exec(path, 77, 76)
        fire sched_process_exit(0, 77, 120)
    }
    expect programs[1] != absent
}`,
    output: ['task_struct.exit_code'],
  },
  'block-latency': {
    lab: `struct request_queue { u64 unknown; struct gendisk *disk; }
struct gendisk disk { major = 8, first_minor = 1 }
struct request_queue queue { disk = disk }
struct request one { q = queue }
scenario {
    cpu 0 {
        fire block_rq_issue(one)
        fire block_rq_complete(one, 0, 4096)
    }
    expect total[0x800001] >= 1
}`,
    output: ['structrequest', 'structgendisk'],
  },
  connects: {
    lab: `struct sock one { __sk_common.skc_daddr = 0x0100007f, __sk_common.skc_dport = 80, __sk_common.skc_reuse = 5 }
scenario {
    cpu 0 { call tcp_v4_connect(one, 0, 16) }
    expect sockets[1000] == absent
}`,
    output: ['connections', '7f000001'],
  },
  'run-queue': {
    lab: `struct task_struct first { pid = 5, tgid = 5, comm = "first" }
struct task_struct second { pid = 6, tgid = 6, comm = "second" }
scenario {
    cpu 0 {
        fire sched_wakeup(second)
        fire sched_switch(0, first, second, 0)
    }
    expect ready[6] == absent
    expect ready[5] != absent
}`,
    output: ['task_struct.__state'],
  },
  'file-lives': {
    lab: `global name : u8[8] = "log.txt"
struct dentry file { d_name.name = name }
scenario {
    cpu 0 {
        call vfs_create(0, 0, file, 0, 0)
        call vfs_unlink(0, 0, file, 0)
    }
}`,
    output: ['lives', Buffer.from('log.txt').toString('hex')],
  },
};

test('every tool is here', () => {
  const objects = readdirSync(FOLDER).filter((f) => f.endsWith('.o'));
  expect(objects.sort()).toEqual(
    Object.keys(TOOLS)
      .map((name) => `${name}.bpf.o`)
      .sort(),
  );
});

describe.each(['interp', 'wasm'])('on %s', (engine) => {
  test.each(Object.entries(TOOLS))('%s', async (name, { lab, output }) => {
    const text = `object "${FOLDER}${name}.bpf.o"\n${lab}`;
    const run = (...more: readonly string[]): Promise<CliResult> =>
      tinybpfHere(['run', '--declare-missing', '--engine', engine, ...more, '-'], text);
    const done = await run();
    expect(done, `${done.stdout}${done.stderr}`).toMatchObject({ status: 0, stderr: '' });
    expect(done.stdout).not.toMatch(/run_cnt 0/);
    for (const part of output) expect(done.stdout.replaceAll(' ', '')).toContain(part);
  });
});
