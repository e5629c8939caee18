// cspell:ignore kmalloc unlinkat setjmp
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';

/** Objects as people have them: they load and run as they are, and what is not as on Linux is said. */
const FOLDER = 'test/data/objects/as-they-are/';

interface Case {
  /** Options besides `--do`. */
  readonly options?: readonly string[];
  readonly does: readonly string[];
  /** Programs that run, each once. */
  readonly ran: readonly string[];
  /** What has to be in the output, and among the warnings, in order. */
  readonly output?: readonly string[];
  readonly warnings?: readonly RegExp[];
  readonly expects?: readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  syscalls: {
    does: ['call __arm64_sys_unlinkat(0x1000)'],
    ran: ['enter', 'leave'],
    output: ['attach kprobe/__arm64_sys_unlinkat', 'unlinkat of 0 gave 0'],
    warnings: [/B0609.*no option `CONFIG_UNHEARD_OF`.*\n.*--set CONFIG_UNHEARD_OF=1/],
  },
  leaks: {
    options: ['--attach', 'on_malloc=uprobe/malloc', '--attach', 'on_kmalloc'],
    does: ['fire kmalloc(1, 0x2000, 3, 64, 5, 6)', 'call malloc(32)'],
    ran: ['on_kmalloc', 'on_malloc'],
    output: ['stack trace stacks['],
    warnings: [
      /B0607.*`allocations` of \S+ has room for \d+ of its 1000000 entries here/,
      /B0403.*`stacks` of \S+ does not say its `value`: 1016 here/,
      /B0403.*`stacks` of \S+ does not say its `max_entries`: 1024 here/,
      /B0403.*`sizes` of \S+ does not say its `max_entries`: 1024 here\n.*`--map sizes=N`, or in a lab `map sizes max_entries N`/,
    ],
  },
  readline: {
    does: ['call readline(0)'],
    ran: ['entered', 'returned', 'probed'],
    output: ['attach uprobe//bin/bash:readline', 'attach uretprobe/readline', 'readline gave 0, by 0x5'],
  },
  'x86-registers': {
    does: ['call do_unlinkat(3, 0x77)'],
    ran: ['enter', 'leave'],
    output: ['guard generic, kernel amd64-7.3', 'kernel amd64-7.3, since', 'unlink in 3 of 77', 'gave 0'],
  },
  packets: {
    does: ['call do_unlinkat(3, 0)'],
    ran: ['do_unlinkat'],
    output: ['1 load through kernel pointers'],
    warnings: [
      /`filter` is left out/,
      /`redirect` is left out/,
      /`verdict` is left out/,
      /map `devices` is left out: no program that is here uses it, and maps of type devmap/,
      /map `sockets` is left out.*type sockhash/,
    ],
  },
  // Arguments of a USDT probe are those of the function that stands for it.
  probes: {
    options: ['--attach', 'on_jump=usdt/libc.so.6:libc:setjmp=9'],
    does: ['call setjmp(0x1234, 7, 0x99)'],
    ran: ['on_jump'],
    output: ['jump to 1234 with 7\n  from 99, cookie 9'],
  },
  // The size of a ring buffer, the version and the event's class that there are; and programs with names of labels in trampolines.
  loaders: {
    options: ['--set', 'seen[0]=5'],
    does: ['fire block_rq_issue(1)', 'fire block_rq_complete(1, 22, 33)', 'call bpf_fentry_test1(1)'],
    ran: ['by_version', 'by_class', 'fexit', 'skip1', 'busy_entry', 'done_return'],
    output: ['1 load through kernel pointers', 'ring buffer uneven: 1 record', 'event of 33 sectors from 22'],
    warnings: [
      /B0403.*`unsized` of \S+ does not say its `max_entries`: 65536 here/,
      /B1010.*has no struct trace_event_raw_block_rq_complete___x::sector/,
    ],
  },
};

test('every object is here', () => {
  const objects = readdirSync(FOLDER).filter((f) => f.endsWith('.o'));
  expect(objects.sort()).toEqual(
    Object.keys(CASES)
      .map((name) => `${name}.bpf.o`)
      .sort(),
  );
});

describe.each(['interp', 'wasm'])('on %s', (engine) => {
  test.each(Object.entries(CASES))('%s', async (name, one) => {
    const { options = [], does, ran, output = [], warnings = [] } = one;
    const doing = does.flatMap((action) => ['--do', action]);
    const command = ['run', '--engine', engine, ...options, ...doing, `${FOLDER}${name}.bpf.o`];
    const done: CliResult = await tinybpfHere(command);
    expect(done, `${done.stdout}${done.stderr}`).toMatchObject({ status: 0 });
    const counts = [...done.stdout.matchAll(/name (\S+) .* run_cnt 1 /g)].map((m) => m[1]);
    expect(counts.sort()).toEqual([...ran].sort());
    for (const part of output) expect(done.stdout).toContain(part);
    const said = done.stderr.split('warning[').slice(1);
    expect(said.length, done.stderr).toBe(warnings.length);
    warnings.forEach((warning, i) => {
      expect(said[i]).toMatch(warning);
    });
  });
});

test('options of the kernel are what libbpf gives, on each model, and can be set', async () => {
  const run = (kernel: string, ...more: readonly string[]): Promise<CliResult> => {
    const call = `call ${kernel.startsWith('arm64') ? '__arm64_sys_' : '__x64_sys_'}unlinkat(0)`;
    const lab = `object "${FOLDER}syscalls.bpf.o"
scenario {
    cpu 0 { ${call} }
    expect version == ${kernel.endsWith('6.12') ? 0x60c00 : 0x70300}
    expect options == 250111
    expect unheard == ${more.length > 0 ? 77 : 0}
}`;
    return tinybpfHere(['run', '--declare-missing', '--kernel', kernel, ...more, '-'], lab);
  };
  for (const kernel of ['arm64-7.3', 'arm64-6.12'])
    expect(await run(kernel), kernel).toMatchObject({ status: 0 });
  expect(await run('arm64-7.3', '--set', 'CONFIG_UNHEARD_OF=77')).toMatchObject({ status: 0 });
});

test('an object of one architecture is refused on the other, and chooses its own where nobody says one', async () => {
  const file = `${FOLDER}x86-registers.bpf.o`;
  const refused = await tinybpfHere([
    'run',
    '--kernel',
    'arm64-6.12',
    file,
    '--do',
    'call do_unlinkat(3, 0)',
  ]);
  expect(refused.stderr).toMatch(
    /error\[B0610\]: \S+x86-registers.bpf.o was compiled for x86-64, and arm64-6.12 is not that\n.*`--kernel amd64-6.12`/,
  );
  expect(refused.stderr.match(/B0610/g)?.length).toBe(1);
  const lab = (settings: string): string =>
    `object "${file}"\nscenario {\n${settings}\n    cpu 0 { call do_unlinkat(3, 7) }\n    expect seen == 7\n}`;
  const run = (text: string): Promise<CliResult> => tinybpfHere(['run', '--declare-missing', '-'], text);
  expect(await run(lab('kernel amd64-6.12'))).toMatchObject({ status: 0 });
  expect(await run(lab(''))).toMatchObject({ status: 0 });
  expect((await run(lab('kernel arm64-6.12'))).stderr).toContain('error[B0610]');
  const both = `object "${FOLDER}syscalls.bpf.o"\n${lab('')}`;
  expect((await run(both)).stderr).toContain('was compiled for x86-64, and arm64-7.3 is not that');
});
