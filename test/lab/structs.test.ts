// cspell:ignore iname dentry
import { describe, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';

/** Structures that a lab makes: of types that objects have, and of its own. */
const OBJECT = 'object "test/data/objects/instances.bpf.o"';

/** Structures of instances.bpf.c, whose programs follow their pointers. */
const INSTANCES = `
struct inode i { i_ino = 7, i_mode = 0x81a4 }
struct dentry d {
    d_inode = i
    d_iname = "passwd"
}
struct file f {
    f_flags = 0x8000
    f_inode = i
    f_kind = 9
    f_count = 1
    f_path.dentry = d
}
`;
const SCENARIO = `
scenario {
    cpu 0 { call security_file_open(f) }
    expect out[0] == 0x8000
    expect out[1] == 7
    expect out[2] == 9
    expect out[3] == 0x81a4
    expect name[0] == 'p' && name[5] == 'd' && name[6] == 0
}
`;

describe.each(['interp', 'wasm'])('on %s', (engine) => {
  const run = (lab: string, ...more: readonly string[]): Promise<CliResult> =>
    tinybpfHere(['run', '--declare-missing', '--engine', engine, ...more, '-'], lab);
  const passes = async (lab: string, ...more: readonly string[]): Promise<CliResult> => {
    const done = await run(lab, ...more);
    expect(done, `${done.stdout}${done.stderr}`).toMatchObject({ status: 0 });
    return done;
  };

  test('instances have the types of the object, and programs find what is in them', async () => {
    const { stdout } = await passes(`${OBJECT}${INSTANCES}${SCENARIO}`);
    expect(stdout).toContain('struct file');
  });

  test('types that the lab declares come before those of the object, which are relocated to them', async () => {
    const types = `
struct inode { u32 i_mode; u64 i_ino; };
struct dentry { char d_iname[32]; u64 pad; struct inode *d_inode; };
struct path { void *mnt; void *more, *dentry; };
struct file {
    u16 f_count : 2, f_mode : 9, f_kind : 5;
    unsigned int f_flags;
    struct inode *f_inode;
    struct path f_path;
};
`;
    await passes(`${OBJECT}${types}${INSTANCES}${SCENARIO}`);
  });

  test('a field that the declared type lacks, and that a program reads, is put after its own and said', async () => {
    const types = `struct inode { u64 i_ino; }
struct inode other { i_mode = 3, i_ino = 5 }
`;
    const { stdout } = await passes(`${OBJECT}\n${types}
scenario {
    cpu 0 { set other.i_mode = 4 }
    expect other.i_mode == 4 && other.i_ino == 5
}`);
    expect(stdout).toContain('inode.i_mode');
  });

  test('fields are read and written: bit fields, arrays, unions, structures in structures', async () => {
    await passes(`
struct all {
    s8 small;
    u32 low : 5, high : 27;
    s64 across : 40;
    u16 many[3];
    union { u64 word; struct { u32 first, second; }; };
    struct { char text[4]; } inner;
    enum kind kind;
    void (*call)(int, char);
    unsigned long flexible[];
}
global seen : u64[6]
struct all one { low = 31, high = 0x5555555, across = 0 - 5, many[2] = 7, word = 0x200000001, inner.text = "abcd", call = two }
struct all two { small = 0 - 1 }
function look(u64 p) {
    r2 = seen ll
    w3 = *(u32 *)(r1 + 4)
    *(u64 *)(r2 + 0) = r3
    r3 = *(u64 *)(r1 + 8)
    r3 <<= 24
    r3 s>>= 24
    *(u64 *)(r2 + 8) = r3
    w3 = *(u16 *)(r1 + 18)
    *(u64 *)(r2 + 16) = r3
    r3 = *(u64 *)(r1 + 24)
    *(u64 *)(r2 + 24) = r3
    w3 = *(u32 *)(r1 + 32)
    *(u64 *)(r2 + 32) = r3
    r3 = *(u64 *)(r1 + 40)
    r3 = *(s8 *)(r3 + 0)
    *(u64 *)(r2 + 40) = r3
    r0 = 0
    exit
}
scenario {
    cpu 0 {
        call look(one)
        set two.across = 0 - 1
        set two.high = 1
        set two.many[1] = 0x1234
    }
    expect seen[0] == 0x5555555
    expect seen[1] == 0xfffffffffffffffb
    expect seen[2] == 7
    expect seen[3] == 0x200000001
    expect seen[4] == 0x64636261
    expect seen[5] == 0xffffffffffffffff
    expect one.first == 1 && one.second == 2 && one.across == -5
    expect one.inner.text[3] == 'd'
    expect two.across == -1 && two.high == 1 && two.low == 0 && two.many[1] == 0x1234 && two.many[0] == 0
    expect two.small == -1
}`);
  });

  test('an instance of the emulated kernel, and the addresses of fields', async () => {
    await passes(`
global seen : u64[2]
struct task_struct t { pid = 77, comm = "made" }
function look(u64 pid, u64 task) {
    w1 = *(u32 *)(r1 + 0)
    r3 = seen ll
    *(u64 *)(r3 + 0) = r1
    r4 = t ll
    r4 -= r2
    *(u64 *)(r3 + 8) = r4
    r0 = 0
    exit
}
scenario {
    cpu 0 { call look(t.pid, t) }
    expect seen[0] == 77 && seen[1] == 0
    expect t.comm[0] == 'm'
}`);
  });

  test('a program that leaves a structure is told whose it is', async () => {
    const { stdout, status } = await run(`
struct pair { u64 first, second; }
struct pair p { }
function look(u64 at) {
    r0 = *(u64 *)(r1 + 16)
    exit
}
scenario { cpu 0 { call look(p) } }`);
    expect(status).toBe(1);
    expect(stdout).toContain('struct pair p');
  });

  test('with --strict-types only declared types have instances', async () => {
    const { stderr } = await run(`${OBJECT}${INSTANCES}${SCENARIO}`, '--strict-types');
    expect(stderr).toContain('error[B0407]: there is no `struct inode`');
  });
});
