// cspell:ignore elm nope
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';
import { OBJECTS, present } from '../support/shared.js';

/** A program that reads a map's value which may not be there, on one of two ways. */
const LAB = `map h : hash { key 4, value 16, max_entries 8 }
function work(u64 who) {
    r0 = 0
    exit
}
program p : fentry/work {
    r6 = *(u64 *)(r1 + 0)
    if r6 == 0 goto out
    *(u32 *)(r10 - 4) = 1
    r1 = h ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    r1 = *(u64 *)(r0 + 0)
out:
    r0 = 0
    exit
}
scenario {
    cpu 0 { call work(1) }
}
`;
const MENDED = LAB.replace('    r1 = *(u64 *)(r0', '    if r0 == 0 goto out\n    r1 = *(u64 *)(r0');
const SAYS = "R0 invalid mem access 'map_value_or_null'";

interface Verdict {
  readonly program: string;
  readonly verdict: string;
  readonly message?: string;
  readonly log?: readonly string[];
}
async function verdictsOf(args: readonly string[], input = ''): Promise<readonly Verdict[]> {
  const { stdout } = await tinybpfHere(['--json', 'check', ...args], input);
  return (JSON.parse(stdout) as { verdicts: Verdict[] }).verdicts;
}

test.each([
  ['arm64-7.3', `the verifier of arm64-7.3 says: ${SAYS}`],
  ['amd64-6.1', `the verifier of amd64-6.1 would say, in the words of Linux 7.3: ${SAYS}`],
])('whose words the message is in, on %s', async (kernel, said) => {
  const { stderr } = await tinybpfHere(['check', '--kernel', kernel, '-'], LAB);
  expect(stderr).toContain(said);
});

/** Linux has nothing of the name `work` that programs could call. */
const NOT_JUDGED = LAB.replace('    r6 = *(u64 *)(r1 + 0)', '    call work\n    r6 = 0');

test('of programs that nobody can judge it is noted why, once, and they are not refused', async () => {
  for (const option of [[], ['--verify']]) {
    const { status, stdout, stderr } = await tinybpfHere(['check', ...option, '-'], NOT_JUDGED);
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('no errors');
    expect(stderr.match(/note\[B0421\]/g)).toHaveLength(1);
    expect(stderr).toContain('Linux 7.3 is not asked about `p`, which is a program for this emulator only');
    expect(stderr).toContain('it calls `work`, which Linux does not let programs call');
  }
  const silent = await tinybpfHere(['check', '--no-verify', '-'], NOT_JUDGED);
  expect(silent.stderr).toBe('');
  expect((await tinybpfHere(['check', '-'], MENDED)).stderr).toBe('');
});

test.each([
  ['fentry/htab_map_delete_elm', 'there is no `htab_map_delete_elm` here to attach it to'],
  ['tp_btf/nope', 'there is no `nope` here to attach it to'],
  ['freplace/nope', 'there is no program `nope` for it to replace'],
  ['fentry/t', 'it is attached to `t`, a program, which the verifier here does not look at'],
])('of a program at %s the note says what is missing', async (target, why) => {
  const lab = ['tc', 'fentry/htab_map_delete_elem', target]
    .map((on, i) => `program ${'tab'[i]} : ${on} {\n    r0 = 0\n    exit\n}\n`)
    .join('');
  const { stderr } = await tinybpfHere(['check', '-'], `${lab}scenario {\n    attach a\n}\n`);
  expect(stderr).toContain('note[B0421]: it is not known whether Linux 7.3 loads `b`');
  expect(stderr).toContain(`= note: ${why}\n`);
});

describe('what Linux would not load', () => {
  test('is said with its line, its words, the way there and what to write instead', async () => {
    const { status, stdout, stderr } = await tinybpfHere(['check', '-'], LAB);
    expect(status).toBe(0);
    expect(stdout).toContain('no errors');
    expect(stderr).toContain('warning[B0514]: Linux 7.3 does not load `p`: address that may be null');
    expect(stderr).toContain('<stdin>:14:5');
    expect(stderr).toContain(SAYS);
    expect(stderr).toContain('the way there: <stdin>:8:5 `if r6 == 0 goto out` not taken, r6 is 1 or more\n');
    expect(stderr).toContain('help: compare it with 0 first');
  });

  test('is refused where that is asked for', async () => {
    expect((await tinybpfHere(['check', '--verify', '-'], LAB)).status).toBe(1);
    expect((await tinybpfHere(['check', '--verify', '-'], MENDED)).status).toBe(0);
  });

  test('is not looked for where nobody wants to know', async () => {
    const { status, stderr } = await tinybpfHere(['check', '--no-verify', '-'], LAB);
    expect([status, stderr]).toEqual([0, '']);
    expect(await verdictsOf(['--no-verify', '-'], LAB)).toEqual([]);
  });

  test('is in the document, with what it took', async () => {
    expect(await verdictsOf(['-'], LAB)).toMatchObject([
      { program: 'p', release: '7.3', verdict: 'refused', errno: 'EACCES', message: SAYS, processed: 8 },
    ]);
    expect(await verdictsOf(['-'], MENDED)).toMatchObject([{ program: 'p', verdict: 'accepted', stack: 16 }]);
  });

  test('depends on the kernel', async () => {
    // Instructions of version 4 came with Linux 6.6.
    const lab = LAB.replace('    r1 = *(u64 *)(r0 + 0)\n', '    r0 = (s8)r0\n').replace(
      / {4}r0 = 0\n {4}exit\n}\nscenario/,
      '    r0 = 0\n    exit\n}\nscenario',
    );
    expect((await verdictsOf(['-k', 'amd64-6.1', '-'], lab))[0]).toMatchObject({ verdict: 'refused' });
    expect((await verdictsOf(['-k', 'amd64-6.12', '-'], lab))[0]).toMatchObject({ verdict: 'accepted' });
  });

  test("is written down as the kernel's log", async () => {
    const { stdout } = await tinybpfHere(['check', '--log-level', '1', '-'], LAB);
    expect(stdout).toMatch(/^p, Linux 7\.3:$/m);
    expect(stdout).toMatch(/^7: \(85\) call bpf_map_lookup_elem#1/m);
    expect(stdout).toMatch(/^processed 8 insns/m);
    const refused = await tinybpfHere(['check', '--verify', '--log-level', '1', '-'], LAB);
    expect(refused.status).toBe(1);
    expect(refused.stdout).toMatch(/^processed 8 insns/m);
  });

  test('is said of a lab without scenarios, too', async () => {
    const lab = LAB.slice(0, LAB.indexOf('scenario'));
    expect(await verdictsOf(['-'], lab)).toMatchObject([{ verdict: 'refused' }]);
  });
});

/** A body, and what is said to write instead. */
const ADVICE = [
  [
    'constant offset',
    'r1 = g ll\nr0 = *(u64 *)(r1 + 16)',
    'even the lowest address that it can be is outside',
  ],
  [
    'unknown offset',
    'r2 = *(u64 *)(r1 + 0)\nr2 &= 31\nr1 = g ll\nr1 += r2\nr0 = *(u8 *)(r1 + 0)',
    'compare the register with the size',
  ],
  [
    'memory released',
    'RESERVEr1 = r6\nr2 = 0\ncall bpf_ringbuf_submit\nr1 = *(u64 *)(r6 + 0)',
    'none that was released',
  ],
  [
    'a second release',
    'RESERVEr1 = r6\nr2 = 0\ncall bpf_ringbuf_submit\nr1 = r6\nr2 = 0\ncall bpf_ringbuf_submit',
    'hand over what the kernel names as expected',
  ],
  ['a section left open', 'call bpf_rcu_read_lock', 'end what was begun before'],
  [
    'a call that sleeps',
    'r1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall bpf_copy_from_user',
    '`.s` after their kind',
  ],
  [
    'an unknown size',
    'r2 = *(u64 *)(r1 + 0)\nr1 = ring ll\nr3 = 0\ncall bpf_ringbuf_reserve',
    'known when the program is loaded',
  ],
  ['itself called', 'call p_1\nr0 = 0\nexit\np_1:\ncall p_1', 'cannot call themselves'],
] as const;
const RESERVE = 'r1 = ring ll\nr2 = 8\nr3 = 0\ncall bpf_ringbuf_reserve\nif r0 == 0 goto +6\nr6 = r0\n';

test.each(ADVICE)('what to write instead of %s', async (_, body, help) => {
  const lab = `map ring : ringbuf { max_entries 4096 }
global g : u64[2]
function work(u64 n) {
    r0 = 0
    exit
}
program p : fentry/work {
${body.replace('RESERVE', RESERVE)}
r0 = 0
exit
}
`;
  const { stderr } = await tinybpfHere(['check', '-'], lab);
  expect(stderr).toMatch(/^warning\[B05(?:1[4-9]|[23]\d)\]/m);
  expect(stderr).toContain(help);
});

describe('a session on a probe', () => {
  const session = (kind: string, end: string): string => `function work() {
    r0 = 0
    exit
}
program p : ${kind}/work {
    r6 = r1
    call bpf_session_is_return
    r7 = r0
    r1 = r6
    call bpf_session_cookie
    r1 = *(u64 *)(r0 + 0)
    *(u64 *)(r0 + 0) = r7
    ${end}
    exit
}
`;
  const said = async (kind: string, end: string, kernel: string): Promise<readonly Verdict[]> =>
    verdictsOf(['-k', kernel, '-'], session(kind, end));

  test.each(['amd64-6.12', 'arm64-7.3'])(
    'may ask which end it is at, and keep a word: %s',
    async (kernel) => {
      expect(await said('kprobe.session', 'r0 = 1', kernel)).toMatchObject([{ verdict: 'accepted' }]);
    },
  );

  test('says yes or no', async () => {
    expect(await said('kprobe.session', 'r0 = 2', 'amd64-7.3')).toMatchObject([
      { verdict: 'refused', message: expect.stringContaining('should have been in [0, 1]') },
    ]);
  });

  test('takes its context since Linux 7.0', async () => {
    const end = 'r1 = 5\n    call bpf_session_is_return\n    r0 = 1';
    expect(await said('kprobe.session', end, 'amd64-6.12')).toMatchObject([{ verdict: 'accepted' }]);
    expect(await said('kprobe.session', end, 'amd64-7.3')).toMatchObject([
      { verdict: 'refused', message: 'arg#0 expected pointer to ctx, but got scalar' },
    ]);
  });

  test('on a trampoline knows its ends as well', async () => {
    expect(await said('fsession', 'r0 = 0', 'amd64-7.3')).toMatchObject([{ verdict: 'accepted' }]);
  });
});

test('options of the configuration are known, each in its own size', async () => {
  const verdicts = await verdictsOf(['test/data/objects/as-they-are/syscalls.bpf.o']);
  expect(verdicts.map((v) => v.verdict)).toEqual(['accepted', 'accepted']);
});

test("pointers to the kernel's objects in a map's value are not written", async () => {
  expect(await verdictsOf(['test/data/objects/kernel-pointers.bpf.o'])).toMatchObject([
    { program: 'reads', verdict: 'accepted' },
    { program: 'writes', verdict: 'refused', message: 'store to referenced kptr disallowed' },
  ]);
});

const objects = present(OBJECTS) ? readdirSync(OBJECTS).filter((f) => f.endsWith('.o')) : [];
test.skipIf(objects.length === 0).each(objects)(
  '%s, which kernels have loaded, is not refused',
  async (file) => {
    const verdicts = await verdictsOf(['--declare-missing', `${OBJECTS}/${file}`]);
    expect(verdicts.length).toBeGreaterThan(0);
    expect(verdicts.filter((v) => v.verdict === 'refused')).toEqual([]);
  },
);
