// cspell:ignore progres fentri countt
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { tinybpf } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';

const dir = mkdtempSync(join(tmpdir(), 'tinybpf-explore-'));
afterAll(() => rmSync(dir, { recursive: true }));
const TWO = 'programs/explore/two-tasks.bpf';

describe('tinybpf explore', () => {
  test('prints the lost update in columns, and what holds of the model', async () => {
    const { stdout, status } = tinybpf(['explore', '-g', 'arm64-v1', TWO]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^modelled: every instruction is one step; .*RCU readers can be preempted/m);
    expect(stdout).toMatch(/^modelled: every instruction is one step; .*RCU readers cannot be preempted/m);
    expect(stdout).toMatch(/^ {2}A +B +active +where$/m);
    expect(stdout).toMatch(/\*\(u8 \*\)\(r6 \+ 0\) = w2 {3}writes 255 +ff 00 00 00 {2}arm64-v1\.bpf:\d+/);
    expect(stdout).toContain('active of on_work on CPU 0 is ff 00 00 00');
  });

  test('a condition of numbers alone has no parts to show', async () => {
    const lab = `map h : hash { key 4, value 8, max_entries 1 }
scenario {
    task A cpu 0 { delete h[1] }
    finally 1 == 2
}
`;
    const { stdout } = await tinybpfHere(['explore', '-'], lab);
    expect(stdout).toMatch(/^ *`finally 1 == 2` does not hold$/m);
  });

  test('a comparison that fails reads, and one that does not writes', async () => {
    const lab = `global word : u32
function take(u64 who) {
    r6 = word ll
    w0 = 0
    w2 = 1
    w0 = cmpxchg32_32(r6 + 0, w0, w2)
    r0 = 0
    exit
}
scenario {
    task A cpu 0 { call take(1) }
    task B cpu 0 { call take(2) }
    finally word == 0
}
`;
    const { stdout } = await tinybpfHere(['explore', '-'], lab);
    expect(
      [...stdout.matchAll(/cmpxchg.* {3}(reads|writes) word = (\d)/g)].map(([, how, n]) => `${how} ${n}`),
    ).toEqual(['writes 1', 'reads 1']);
  });

  test('what is read and written is named where it is a variable, and has its sign', async () => {
    const lab = `global total : s64 = -5
global pair : u32[2]
function work(u64 who) {
    r1 = total ll
    r2 = *(u64 *)(r1 + 0)
    r2 += 1
    *(u64 *)(r1 + 0) = r2
    r1 = pair ll
    *(u32 *)(r1 + 4) = r2
    *(u64 *)(r1 + 0) = r0
    r0 = 0
    exit
}
scenario {
    task A cpu 0 { call work(1) }
    finally total == -5 && pair[0] == 1 && pair[1] == 0
}
`;
    const { stdout } = await tinybpfHere(['explore', '-'], lab);
    expect([...stdout.matchAll(/ {3}((?:reads|writes) .*?) {2,}/g)].map(([, what]) => what)).toEqual([
      'reads total = -5',
      'writes total = -4',
      'writes pair[1] = 4294967292',
      'writes 0',
    ]);
  });

  test('a property can be switched off', async () => {
    const { stdout } = await tinybpfHere([
      'explore',
      '-g',
      'arm64-v1',
      '--without',
      'progress,balanced',
      TWO,
    ]);
    expect(stdout).toContain('verdict: breaks one_instance\n');
    expect((await tinybpfHere(['explore', '--without', 'progres', TWO])).status).toBe(2);
  });

  test('--guard all prints a table, and the first difference', async () => {
    const { stdout } = await tinybpfHere(['explore', '--guards', 'all', 'programs/explore/broken-guard.bpf']);
    for (const guard of ['arm64', 'arm64-v1', 'generic', 'mine', 'none', 'x86'])
      expect(stdout).toMatch(new RegExp(`^${guard} +`, 'm'));
    expect(stdout).toMatch(/^the first difference: arm64 holds, /m);
  });

  test('what is written with --schedules replays', async () => {
    await tinybpfHere(['explore', '-g', 'arm64-v1', '--schedules', dir, TWO]);
    const file = readdirSync(dir).find((f) => f.includes('balanced'))!;
    const { stdout, status } = await tinybpfHere(['run', '--timeline', '--schedule', join(dir, file), TWO]);
    expect(status).toBe(1);
    expect(stdout).toContain('guard arm64-v1, kernel arm64-7.3-preempt-rcu');
    expect(stdout).toMatch(/put {2}active (.. ){4}-> ff 00 00 00/);
  });

  test('what is attached is in the schedule', async () => {
    const path = join(dir, 'attached.bpf');
    writeFileSync(
      path,
      `function work(u64 a) {
    r0 = 0
    exit
}
function other(u64 a) {
    r0 = 0
    exit
}
program p : fentry/work {
    r0 = 0
    exit
}
scenario {
    kernel arm64-7.3-preempt-rcu
    guard none
    task A cpu 0 { call other(1) }
    task B cpu 0 { call other(2) }
}
`,
    );
    const schedules = join(dir, 'attached');
    await tinybpfHere(['explore', '--attach', 'p=fentry/other=7', '--schedules', schedules, path]);
    const [file] = readdirSync(schedules);
    const schedule = join(schedules, file!);
    expect(readFileSync(schedule, 'utf8')).toContain('\nattach p=fentry/other=7\n');
    const replayed = await tinybpfHere(['run', '--schedule', schedule, path]);
    expect(replayed.stderr).toBe('');
    expect(replayed.stdout).toMatch(/^BROKEN one_instance/m);
    // Without the line nothing is attached to what the tasks call.
    writeFileSync(schedule, readFileSync(schedule, 'utf8').replace(/^attach.*\n/m, ''));
    expect((await tinybpfHere(['run', '--schedule', schedule, path])).stderr).toContain('error[B0412]');
  });

  describe('an object, by what options say', () => {
    const object = 'test/data/objects/small.bpf.o';
    const calls = ['-d', 'call bpf_fentry_test1(1)', '--task', 'call bpf_fentry_test1(2)'];
    const args = [...calls, '--may', 'nmi { call bpf_fentry_test1(3) }'];

    test('its tasks and what may interrupt them', async () => {
      const explore = (guard: string) =>
        tinybpfHere(['explore', object, '-g', guard, '-k', 'arm64-7.3-preempt-rcu', ...args]);
      const good = await explore('arm64');
      expect(good.stdout).toContain('bounds: A: 1 step, B: 1 step, nmi: 1 x at most\n');
      expect(good.stdout).toContain('verdict: holds\n');
      expect(good.status).toBe(0);
      const bad = await explore('arm64-v1');
      expect(bad.stdout).toMatch(/^verdict: breaks one_instance/m);
      expect(bad.status).toBe(1);
    });

    test('and the schedules of that replay with the same options, in `run` and in `step`', async () => {
      const folder = mkdtempSync(join(dir, 'object-'));
      const machine = ['-g', 'arm64-v1', '-k', 'arm64-7.3-preempt-rcu'];
      await tinybpfHere(['explore', object, ...machine, ...args, '--schedules', folder]);
      const file = join(folder, 'small.bpf-1-arm64-v1-one_instance.schedule');
      const run = await tinybpfHere(['run', object, ...args, '--schedule', file]);
      expect(run.stdout).toContain('BROKEN one_instance');
      const step = await tinybpfHere(['step', object, ...args, '--schedule', file, '-x', 'where']);
      expect(step.stdout).toMatch(/^\[0\] .* CPU 0, A /m);
      expect((await tinybpfHere(['run', object, '--schedule', file])).status).toBe(1);
    });

    test('tasks are on the CPUs that they name', async () => {
      const { stdout } = await tinybpfHere([
        'run',
        object,
        ...calls,
        '--task',
        'cpu 2 { call bpf_fentry_test1(3) }',
      ]);
      expect(stdout).toMatch(/^from the command line: guard arm64, kernel arm64-7\.3, 3 CPUs$/m);
      expect(stdout).toMatch(/ run_cnt 3 /);
    });

    test.each([
      [['explore', object], 'an object has no scenario, so nothing would happen'],
      [['explore', object, '--task', 'cal f(1)'], 'did you mean `call`?'],
      [['explore', object, '--may', 'nmy { call bpf_fentry_test1(1) }'], 'did you mean `nmi`?'],
      [
        ['run', object, '--task', 'cpu 1 { call bpf_fentri_test1(1) }'],
        'there is no function `bpf_fentri_test1`',
      ],
      ...[
        ['--task', 'cpu 0 { call bpf_fentry_test1(1) } cpu 0 { call bpf_fentry_test1(2) }'],
        ['--do', 'call bpf_fentry_test1(1) }\nmay nmi { call bpf_fentry_test1(1)'],
        ['--may', 'nmi { call bpf_fentry_test1(1) }\nexpect count.run_cnt == 9'],
        ['--may', 'nmi { call bpf_fentry_test1(1) }\n}\nglobal g : u64\nscenario {'],
      ].map(([option, text]): [string[], string] => [
        ['run', object, option!, text!],
        `\`${option}\` says more than one thing`,
      ]),
      [
        ['run', object, '--task', 'cpu 99 { call bpf_fentry_test1(1) }'],
        'cpu 99 { call bpf_fentry_test1(1) }\n  |            ^^\n  = expected: 0 to 63',
      ],
      [
        ['run', object, '--attach', 'countt=kprobe/f'],
        '1 | countt=kprobe/f\n  | ^^^^^^\n  = expected: count',
      ],
    ])('%j is explained', async (wrong, message) => {
      const { stderr, status } = await tinybpfHere(wrong);
      expect(stderr).toContain(message);
      expect(status).toBe(1);
    });
  });

  test('a schedule that is not possible is refused with the turn', async () => {
    const bad = join(dir, 'bad.schedule');
    writeFileSync(bad, 'scenario "readers cannot be preempted"\ntask A 30\ntask B 1\n');
    const { stderr, status } = await tinybpfHere(['run', '--schedule', bad, TWO]);
    expect(status).toBe(1);
    expect(stderr).toContain('`task B 1` is not possible: A cannot be preempted now');
    writeFileSync(bad, 'task A\n');
    expect((await tinybpfHere(['run', '--schedule', bad, TWO])).stderr).toContain(
      '`task A` does not say for how many instructions',
    );
  });

  test('JSON has the same', async () => {
    const { stdout } = await tinybpfHere(['--json', 'explore', '-g', 'arm64-v1', TWO]);
    const { explorations } = JSON.parse(stdout) as {
      explorations: { broken: string[]; complete: boolean; counterexamples: { schedule: string }[] }[];
    };
    expect(explorations.map((e) => e.broken)).toEqual([['one_instance', 'balanced', 'progress'], []]);
    expect(explorations[0]!.counterexamples[0]!.schedule).toMatch(/^task A \d+$/m);
  });

  test('bounds end it cleanly', async () => {
    const { stdout, status } = await tinybpfHere([
      'explore',
      '--max-states',
      '50',
      'programs/explore/three-tasks-irq-nmi.bpf',
    ]);
    expect(stdout).toContain('NOT COMPLETE: --max-states was reached');
    expect(status).toBe(1);
    // What it names as the way on is a command that does it.
    const [, command = ''] = /^to go on: `tinybpf (.*)` writes a model for SPIN/m.exec(stdout) ?? [];
    const model = await tinybpfHere(command.split(' '));
    expect(model.stdout).toContain('proctype task_A(');
    expect(model.status).toBe(0);
  });

  test('the way on is a whole command only where the file says all of it', async () => {
    const calls = ['-d', 'call bpf_fentry_test1(1)', '--task', 'call bpf_fentry_test1(2)'];
    const args = ['explore', 'test/data/objects/small.bpf.o', '-g', 'arm64', ...calls];
    const { stdout } = await tinybpfHere([...args, '--max-states', '5']);
    expect(stdout).toMatch(/^to go on: this command with `--export promela`, for one scenario/m);
    expect((await tinybpfHere([...args, '--export', 'promela'])).stdout).toMatch(/^proctype task_/m);
  });

  test('memory is a bound, too: what has been found by then is printed', async () => {
    const lab = join(dir, 'large.bpf');
    const tasks = ['A', 'B', 'C'].map((t) => `    task ${t} cpu 0 { call work(1) x 9 }\n`).join('');
    const work = 'function work(u64 who) {\n    r0 = 0\n    exit\n}\n';
    const program = 'program on_work : fentry/work {\n    r0 = 0\n    exit\n}\n';
    const settings = '    kernel arm64-7.3-preempt-rcu\n    guard arm64-v1\n';
    writeFileSync(
      lab,
      `${work}${program}scenario {\n${settings}${tasks}    may nmi x 9 { call work(3) }\n}\n`,
    );
    const bounded = ['explore', '--max-memory', '3', lab];
    const { stdout, stderr, status } = await tinybpfHere(bounded);
    expect(stdout).toContain('NOT COMPLETE: --max-memory was reached');
    expect(stdout).toMatch(/^BROKEN one_instance/m);
    expect({ stderr, status }).toEqual({ stderr: '', status: 1 });
    const { explorations } = JSON.parse((await tinybpfHere(['--json', ...bounded])).stdout) as {
      explorations: { complete: boolean; ended_by: string }[];
    };
    expect(explorations).toMatchObject([{ complete: false, ended_by: 'max-memory' }]);
    expect((await tinybpfHere(['explore', '--max-memory', '0', lab])).status).toBe(2);
  });

  test('who goes round where it is cut short is told, in text and JSON', async () => {
    const lab = join(dir, 'grows.bpf');
    writeFileSync(
      lab,
      'global n : u64\nfunction f(u64 a) {\nagain:\n    r1 = n ll\n    r2 = *(u64 *)(r1 + 0)\n    r2 += 1\n    *(u64 *)(r1 + 0) = r2\n    goto again\n}\nscenario {\n    task A cpu 0 { call f(1) }\n}\n',
    );
    const bounded = ['explore', '--max-states', '30', lab];
    const { stdout, status } = await tinybpfHere(bounded);
    const said = /^still going: (A has gone round [\d,]+ times at f\+0 \(.*grows\.bpf:4\))$/m.exec(stdout);
    expect(said).not.toBeNull();
    expect(status).toBe(1);
    const { explorations } = JSON.parse((await tinybpfHere(['--json', ...bounded])).stdout) as {
      explorations: { still_going: readonly string[] }[];
    };
    expect(explorations).toMatchObject([{ still_going: [said![1]] }]);
  });

  test('a folder that cannot be made is refused before anything is explored', async () => {
    for (const folder of ['/proc/tinybpf', '/dev/null']) {
      const { stdout, stderr, status } = await tinybpfHere(['explore', '--schedules', folder, TWO]);
      expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
      expect(stderr).toContain('B0805');
    }
  });

  test('a thread that never ends is left at the bounds, or comes back to where it was', async () => {
    const lab = join(dir, 'loops.bpf');
    const f = (body: string): string => `function f(u64 a) {\n    r1 = 0\nagain:\n${body}    goto again\n}\n`;
    const tasks = 'scenario {\n    task A cpu 0 { call f(1) }\n    task B cpu 0 { call f(2) }\n}\n';
    writeFileSync(lab, f('') + tasks);
    expect((await tinybpfHere(['explore', lab])).stdout).toContain(', complete');
    writeFileSync(lab, f('    r1 += 1\n') + tasks);
    const counting = await tinybpfHere(['explore', '--max-seconds', '1', lab]);
    expect(counting.stdout).toContain('NOT COMPLETE: --max-seconds was reached');
    expect(counting.status).toBe(1);
  });

  test('what cannot be explored is refused', async () => {
    const lab = join(dir, 'sleeps.bpf');
    writeFileSync(lab, 'scenario {\n    task A cpu 0 { sleep 5 }\n}\n');
    const { stderr, status } = await tinybpfHere(['explore', lab]);
    expect(status).toBe(1);
    expect(stderr).toContain('B0411');
    expect(readFileSync(lab, 'utf8')).toContain('sleep');
    writeFileSync(lab, 'scenario {\n}\n');
    expect((await tinybpfHere(['explore', lab])).stderr).toContain('the scenario does nothing');
  });

  test('scenarios that are for runs only are left out, which is said', async () => {
    const path = join(dir, 'some.bpf');
    const text = (claims: string): string => `function work(u64 a) {
    r0 = 0
    exit
}
program p : fentry/work {
    r0 = 0
    exit
}
scenario "when I say" {
    cpu 0 { call work(1) }
    at p+0 hardirq { call work(2) }
    ${claims}
}
scenario "asleep" {
    cpu 0 { call work(1) sleep 5 }
}
scenario "in any order" {
    task A cpu 0 { call work(1) }
    task B cpu 0 { call work(2) }
}
`;
    writeFileSync(path, text('expect p.run_cnt == 1'));
    const { stdout, status } = await tinybpfHere(['explore', path]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^in any order: /m);
    expect(stdout.split('\n').filter((line) => line.startsWith('left out'))).toEqual([
      `left out: when I say, for runs only: exploration chooses by itself when something comes in between (${path}:11:5)`,
      `left out: asleep, for runs only: \`sleep\` cannot be explored (${path}:15:26)`,
    ]);
    const document = JSON.parse((await tinybpfHere(['--json', 'explore', path])).stdout) as {
      explorations: { title: string }[];
      left_out: { title: string; place: { line: number } }[];
    };
    expect(document.explorations.map((e) => e.title)).toEqual(['in any order']);
    expect(document.left_out.map((l) => [l.title, l.place.line])).toEqual([
      ['when I say', 11],
      ['asleep', 15],
    ]);
    // The one that is asked for is refused, as is one that expects a verdict.
    expect((await tinybpfHere(['explore', path, '-n', '1'])).stderr).toContain('error[B0411]');
    writeFileSync(path, text('expect verdict holds'));
    expect((await tinybpfHere(['explore', path])).stderr).toContain('error[B0411]');
  });

  test('--export promela prints a model of one scenario, or writes it to a file', async () => {
    const { stdout, status } = await tinybpfHere([
      'explore',
      '--export',
      'promela',
      '-g',
      'arm64',
      '-n',
      '2',
      TWO,
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain('readers cannot be preempted: guard arm64, kernel arm64-7.3, 1 CPU.');
    expect(stdout).toMatch(/^proctype task_A\(byte me\)/m);
    const file = join(dir, 'two.pml');
    const written = await tinybpfHere([
      'explore',
      '--export',
      'promela',
      '-g',
      'arm64',
      '-n',
      '2',
      '-o',
      file,
      TWO,
    ]);
    expect(written).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(file, 'utf8')).toBe(stdout);
    expect((await tinybpfHere(['explore', '--export', 'promela', '-g', 'arm64,x86', TWO])).status).toBe(2);
    expect(
      (await tinybpfHere(['explore', '--export', 'promela', '-o', join(dir, 'no', 'two.pml'), TWO])).status,
    ).toBe(2);
    expect((await tinybpfHere(['explore', '-o', file, TWO])).status).toBe(2);
  });

  test('what cannot be expressed in Promela is refused with its place', async () => {
    const { stdout, stderr, status } = await tinybpfHere([
      'explore',
      '--export',
      'promela',
      'programs/explore/sleepable.bpf',
    ]);
    expect({ stdout, status }).toEqual({ stdout: '', status: 1 });
    expect(stderr).toMatch(/error\[B0413\][\s\S]*sleepable\.bpf:\d+:\d+[\s\S]*\^/);
  });

  test('--scenario explores one scenario', async () => {
    const { stdout } = await tinybpfHere([
      'explore',
      '-g',
      'none',
      '--scenario',
      'readers cannot be preempted',
      TWO,
    ]);
    expect(stdout).not.toContain('readers can be preempted');
    expect(stdout).toContain('readers cannot be preempted');
  });
});
