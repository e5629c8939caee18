import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';

const TWO = 'programs/explore/two-tasks.bpf';
const dir = mkdtempSync(join(tmpdir(), 'tinybpf-schedule-'));
afterAll(() => rmSync(dir, { recursive: true }));

const written = (name: string, text: string): string => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};

describe('a schedule', () => {
  let file = '';
  beforeAll(async () => {
    await tinybpfHere(['explore', '-g', 'arm64-v1', '--schedules', dir, TWO]);
    file = join(dir, 'two-tasks-1-arm64-v1-balanced.schedule');
  });

  const step = (...commands: string[]): ReturnType<typeof tinybpfHere> =>
    tinybpfHere(['step', '--schedule', file, TWO, ...commands.flatMap((c) => ['-x', c])]);

  test('is walked through to where the byte becomes 255', async () => {
    const { stdout, status } = await step('watch active of on_work', 'c', 'c', 'c', 'c');
    expect(status).toBe(0);
    expect(
      [...stdout.matchAll(/^watchpoint 1: .*(.. .. .. ..) -> (.. .. .. ..)$/gm)].map((m) => m[2]),
    ).toEqual(['01 00 00 00', '00 00 00 00', 'ff 00 00 00']);
    expect(stdout).toMatch(/the scenario is over after \d+ instructions$/m);
  });

  test('is walked back to the same places', async () => {
    const places = (text: string): string[] => [...text.matchAll(/^\[\d+\] .*$/gm)].map((m) => m[0]);
    const forward = await step('stepi 70', 'stepi 60', 'stepi 100');
    const back = await step('stepi 230', 'reverse-stepi 100', 'reverse-stepi 60', 'reverse-stepi 70');
    expect(places(forward.stdout)).toHaveLength(4);
    expect(places(back.stdout).slice(1).reverse()).toEqual(places(forward.stdout));
  });

  test('ends where it says, with something left to do', async () => {
    const short = join(dir, 'short.schedule');
    writeFileSync(short, readFileSync(file, 'utf8').replace(/task B \d+\n$/, ''));
    const { stdout } = await tinybpfHere(['step', '--schedule', short, TWO, '-x', 'continue']);
    expect(stdout).toMatch(/the schedule ends after \d+ instructions$/m);
    expect((await tinybpfHere(['run', '--schedule', short, TWO])).stdout).toContain(
      'B has not done `call work(2)`',
    );
  });

  test('leaves no room for anything by hand', async () => {
    for (const command of ['raise nmi', 'preempt B']) {
      const { stdout, stderr, status } = await step(command);
      expect(stdout + stderr).toContain('B0806');
      expect(stdout + stderr).toContain('the schedule says what comes in between');
      expect(status).toBe(1);
    }
  });

  test.each([
    ['--do', 'call work(1)'],
    ['--scenario', '2'],
  ])('does not go with %s', async (option, value) => {
    const { stderr, status } = await tinybpfHere(['step', '--schedule', file, option, value, TWO]);
    expect(stderr).toContain('B0803');
    expect(status).toBe(2);
  });

  test('becomes a trace for Perfetto', async () => {
    const trace = join(dir, 'trace.json');
    await tinybpfHere(['run', '--schedule', file, '--perfetto', trace, TWO]);
    expect(readFileSync(trace, 'utf8')).toContain('on_work');
  });
});

describe('a schedule file', () => {
  test.each([
    ['guard nosuch', 'B0603', 1],
    ['kernel nosuch', 'B0604', 1],
    ['scenario "nosuch"', 'B0412', 1],
    ['stats on', 'B0412', 7],
  ])('that says %s is refused at its place', async (line, code, column) => {
    const path = written('wrong.schedule', `// a schedule\n${line}\ntask A 1\n`);
    const { stderr, status } = await tinybpfHere(['run', '--schedule', path, TWO]);
    expect(stderr).toContain(`error[${code}]`);
    expect(stderr).toContain(`${path}:2:${column}`);
    expect(status).toBe(1);
  });

  test('that names none of several scenarios is refused where its first turn is', async () => {
    const path = written('untitled.schedule', '// a schedule\nguard arm64\n\ntask A 1\n');
    const { stderr, status } = await tinybpfHere(['run', '--schedule', path, TWO]);
    expect(stderr).toContain('error[B0412]: the schedule names no scenario');
    expect(stderr).toContain(`${path}:4:1`);
    expect(status).toBe(1);
  });

  test('names the guard’s file and what else the machine was told', async () => {
    const guard = written(
      'mine.bpf',
      readFileSync(join(ROOT, 'programs/guards/arm64-v1.bpf'), 'utf8').replace(
        'guard arm64-v1',
        'guard arm64',
      ),
    );
    const out = join(dir, 'mine');
    await tinybpfHere([
      'explore',
      '-g',
      guard,
      '-n',
      '1',
      '--schedules',
      out,
      '--strict-alignment',
      '--no-stats',
      TWO,
    ]);
    const path = join(out, 'two-tasks-1-mine-balanced.schedule');
    expect(readFileSync(path, 'utf8')).toContain(`guard ${guard}\n`);
    expect(readFileSync(path, 'utf8')).toContain('stats off\nstrict_alignment\n');
    const { stdout, status } = await tinybpfHere(['run', '--schedule', path, '--timeline', TWO]);
    expect(stdout).toMatch(/put {2}active (.. ){4}-> ff 00 00 00/);
    expect(status).toBe(1);
  });
});

test('a schedule that is carried out says what it breaks', async () => {
  const out = join(dir, 'which');
  await tinybpfHere(['explore', '-g', 'arm64-v1', '--schedules', out, '-n', '1', TWO]);
  for (const property of ['one_instance', 'balanced', 'progress']) {
    const path = join(out, `two-tasks-1-arm64-v1-${property}.schedule`);
    const replayed = await tinybpfHere(['run', '--schedule', path, TWO]);
    expect(replayed.stdout).toContain(`BROKEN ${property}: `);
    expect(replayed.status).toBe(1);
    const inJson = await tinybpfHere(['--json', 'run', '--schedule', path, TWO]);
    const { breaks } = JSON.parse(inJson.stdout) as { breaks: { property: string }[] };
    expect(breaks.map((b) => b.property)).toContain(property);
    expect(inJson.status).toBe(1);
  }
  const harmless = join(out, 'harmless.schedule');
  writeFileSync(harmless, 'scenario "readers can be preempted"\ntask A 1000\n');
  expect((await tinybpfHere(['run', '--schedule', harmless, TWO])).stderr).toContain(
    'has nothing left to do',
  );
  writeFileSync(harmless, 'scenario "readers can be preempted"\ntask A 20\n');
  const unbroken = await tinybpfHere(['run', '--schedule', harmless, TWO]);
  expect(unbroken.stdout).toContain('breaks nothing that is checked');
  expect(unbroken.status).toBe(0);
});

test('a schedule after which an expectation fails ends in status 1, though it breaks nothing', async () => {
  const lab = written(
    'expects.bpf',
    'global x : u64\nscenario {\n    task A cpu 0 { set x = 1 }\n    task B cpu 0 { set x = 2 }\n    expect x == 1\n}\n',
  );
  const status = async (turns: string): Promise<number | null> =>
    (await tinybpfHere(['run', '--schedule', written('x.schedule', `guard arm64\n${turns}`), lab])).status;
  expect(await status('task B 1\ntask A 1\n')).toBe(0);
  expect(await status('task A 1\ntask B 1\n')).toBe(1);
});

test('a schedule of hundreds of thousands of moves says what it breaks, too', async () => {
  const lab = written(
    'long.bpf',
    `global x : u64
function long(u64 n) {
    r2 = 0
again:
    r2 += 1
    if r2 < 150000 goto again
    r1 = x ll
    *(u64 *)(r1 + 0) = r2
    r0 = 0
    exit
}
scenario {
    task A cpu 0 { call long(1) }
    finally x == 0
}
`,
  );
  const schedule = written('long.schedule', 'guard arm64\ntask A 300005\n');
  const { stdout, status } = await tinybpfHere(['run', '--schedule', schedule, lab]);
  expect(stdout).toContain('`finally x == 0` does not hold: x is 150000');
  expect(status).toBe(1);
});

test('all that is wrong with a schedule is said at once: lines, tasks, guard and kernel', async () => {
  const path = written(
    'wrong.schedule',
    'guard amr64\nkernel arm64-7.9\ntask nobody 3\nbogus\ntask task 0 2\ntask nobody 1\narrive x 3\nscenario "readers can be preempted"\n',
  );
  const { stderr, status } = await tinybpfHere(['run', TWO, '--schedule', path]);
  expect(status).toBe(1);
  const said = [...stderr.matchAll(/error\[(B\d+)\]: ([^\n]*)\n --> [^\n]*:(\d+):/g)].map((m) => [
    m[1],
    m[3],
  ]);
  expect(said).toEqual([
    ['B0603', '1'],
    ['B0604', '2'],
    ['B0407', '3'],
    ['B0412', '4'],
    ['B0407', '5'],
    ['B0412', '7'],
  ]);
});
