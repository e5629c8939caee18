import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { tinybpfHere } from '../support/in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'tinybpf-test-kernel-'));
afterAll(() => rmSync(folder, { recursive: true }));

const RETURN = '{\n    r0 = 0\n    exit\n}';
const SESSION = `function f() ${RETURN}
program plain : kprobe/f ${RETURN}
program session : kprobe.session/f ${RETURN}
`;
/** A scenario of which one expectation holds on every kernel, and one on those that have sessions. */
const BOTH = `${SESSION}scenario {
    attach plain
    cpu 0 { call f() }
    expect plain.run_cnt == 1
}
scenario {
    attach session
    cpu 0 { call f() }
    expect session.run_cnt == 2
    expect plain.run_cnt == 0
}
`;

/** What `test` says of a lab, without the folder's name. */
async function tested(
  name: string,
  text: string,
  ...args: readonly string[]
): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> {
  const lab = join(folder, name);
  writeFileSync(lab, text);
  const { status, stdout, stderr } = await tinybpfHere(['test', lab, ...args]);
  return { status, stdout: stdout.replaceAll(`${folder}/`, ''), stderr };
}

test('what the chosen kernel has not got is counted apart, and why is said once', async () => {
  expect(await tested('both.bpf', BOTH, '--kernel', 'amd64-6.1')).toEqual({
    status: 0,
    stdout: `ok   both.bpf: 1 passed, 0 failed, 2 not on amd64-6.1
     B0605: amd64-6.1 has no kprobe.session programs; they came with Linux 6.10  (both.bpf:19:12)
1 passed, 0 failed, 2 not on amd64-6.1
`,
    stderr: '',
  });
  expect((await tested('both.bpf', BOTH, '--kernel', 'amd64-6.12')).stdout).toBe(
    'ok   both.bpf: 3 passed, 0 failed\n3 passed, 0 failed\n',
  );
});

test('a lab of which nothing is on the kernel is marked as such', async () => {
  const lab = `${SESSION}scenario { attach session }`;
  const { status, stdout } = await tested('none.bpf', lab, '--kernel', 'arm64-6.12');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^-- {3}none\.bpf: 0 passed, 0 failed, 1 not on arm64-6\.12$/m);
  // A lab without scenarios is only loaded and attached.
  const { status: loaded, stdout: said } = await tested('bare.bpf', SESSION, '--kernel', 'arm64-6.12');
  expect([loaded, said.split('\n')[0]]).toEqual([
    0,
    '--   bare.bpf: 0 passed, 0 failed, 1 not on arm64-6.12',
  ]);
});

test.each([
  ['a kind', SESSION, 'amd64-6.6'],
  ['fprobes', SESSION.replace('.session', '.multi'), 'arm64-6.12'],
  ['trampolines', SESSION.replace('kprobe.session', 'fentry'), 'arm64-6.1'],
  [
    'a kfunc',
    `program p : tp/a/b {\n    call bpf_preempt_disable\n    call bpf_preempt_enable\n    r0 = 0\n    exit\n}\ntracepoint b()`,
    'amd64-6.6',
  ],
  [
    'a helper for a kind',
    `tracepoint b()\nprogram p : raw_tp/b {\n    call bpf_get_attach_cookie\n    r0 = 0\n    exit\n}`,
    'amd64-6.6',
  ],
  [
    'tracing of tracing programs',
    `function f() ${RETURN}\nprogram p : fentry/f ${RETURN}\nprogram q : fentry/p ${RETURN}`,
    'amd64-6.6',
  ],
  [
    'room for so many programs',
    `function f() ${RETURN}\n${Array.from({ length: 37 }, (_, i) => `program p${i} : fentry/f ${RETURN}\n`).join('')}`,
    'amd64-7.3',
  ],
])('%s may be what is missing', async (_, lab, kernel) => {
  const { status, stdout } = await tested('lacks.bpf', lab, '--kernel', kernel);
  expect(stdout).toContain(`0 failed, 1 not on ${kernel}`);
  expect(status).toBe(0);
  expect((await tested('lacks.bpf', lab)).stdout).toContain('0 failed\n');
});

test.each([
  ['nobody chose it: the lab did', `${SESSION}scenario {\n    kernel amd64-6.1\n    attach session\n}`, []],
  ['no kernel has it', `function f() ${RETURN}\nprogram p : fentry/g ${RETURN}`, ['--kernel', 'arm64-6.1']],
  [
    'no kernel has room for so many',
    `function f() ${RETURN}\n${Array.from({ length: 39 }, (_, i) => `program p${i} : fentry/f ${RETURN}\n`).join('')}`,
    ['--kernel', 'amd64-6.1'],
  ],
  [
    'something else is wrong with it, too',
    `${SESSION}program wrong : kprobe/nowhere ${RETURN}`,
    ['--kernel', 'arm64-6.12'],
  ],
  [
    'something else is wrong with another of its scenarios',
    `${SESSION}scenario { attach session }\nscenario { attach nobody }`,
    ['--kernel', 'arm64-6.12'],
  ],
  [
    'an expectation does not hold',
    BOTH.replace('plain.run_cnt == 1', 'plain.run_cnt == 7'),
    ['--kernel', 'amd64-6.1'],
  ],
] as const)('a failure stays one where %s', async (_, lab, args) => {
  const { status, stdout } = await tested('fails.bpf', lab, ...args);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^FAIL fails\.bpf: \d+ passed, 1 failed/m);
});

test('the JSON document counts it, too, and has the diagnostics', async () => {
  const { status, stdout } = await tested('both.bpf', BOTH, '--kernel', 'amd64-6.1', '--json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    passed: 1,
    failed: 0,
    not_on_kernel: 2,
    labs: [
      {
        lab: 'both.bpf',
        passed: 1,
        failed: 0,
        not_on_kernel: 2,
        diagnostics: [{ code: 'B0605', message: 'amd64-6.1 has no kprobe.session programs' }],
      },
    ],
  });
});
