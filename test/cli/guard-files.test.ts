import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { guardOfFile } from '../../src/lab/environment.js';
import { environment } from '../support/environment.js';
import { tinybpfHere } from '../support/in-process.js';

const dir = mkdtempSync(join(tmpdir(), 'tinybpf-guards-'));
afterAll(() => rmSync(dir, { recursive: true }));

const shipped = (name: string): string => readFileSync(`programs/guards/${name}.bpf`, 'utf8');
/** A guard file in a folder of its own or not: `declared` is what is written in it. */
function guardFile(path: string, declared: string, change = (text: string): string => text): string {
  const at = join(dir, path);
  mkdirSync(join(at, '..'), { recursive: true });
  writeFileSync(at, change(shipped('arm64')).replace(/^guard arm64 \{/m, `guard ${declared} {`));
  return at;
}

/** The load of the byte comes before preemption is off: two tasks can lose an update. */
const broken = (text: string): string =>
  text.replaceAll('        call preempt_disable\n', '').replaceAll('        call preempt_enable\n', '');

const TWO = 'programs/explore/two-tasks.bpf';
const mine = guardFile('mine.bpf', 'arm64', broken);

describe('a guard of a file that is called like a shipped one', () => {
  test('is named by its file in a table and in expectations of verdicts', async () => {
    const { stdout } = await tinybpfHere(['explore', '-g', `arm64,${mine}`, '-n', '1', TWO]);
    expect(stdout).toMatch(/^arm64 +holds/m);
    expect(stdout).toMatch(/^mine +BROKEN/m);
    expect(stdout).toContain('the first difference: arm64 holds, mine breaks');
    expect(stdout).toContain('ok   expect verdict under arm64 holds');
    expect(stdout).not.toContain('FAIL');
  });

  test('is what a lab that names it means', async () => {
    const lab = join(dir, 'names-mine.bpf');
    writeFileSync(
      lab,
      readFileSync(TWO, 'utf8').replaceAll(
        'expect verdict under generic holds',
        'expect verdict under mine holds',
      ),
    );
    const explored = await tinybpfHere(['explore', '-g', `arm64,${mine}`, '-n', '1', lab]);
    expect(explored.stdout).toContain('FAIL expect verdict under mine holds: it breaks');
    const tested = await tinybpfHere(['test', '-g', mine, lab]);
    expect(tested.stdout).toContain('FAIL expect verdict under mine holds: it breaks');
    expect((await tinybpfHere(['check', '-g', mine, lab])).status).toBe(0);
  });

  test('is named in the documents, the trace, the schedule and the model', async () => {
    const explored = await tinybpfHere(['--json', 'explore', '-g', mine, '--schedules', join(dir, 's'), TWO]);
    const { explorations } = JSON.parse(explored.stdout) as {
      explorations: { guard: string; counterexamples: { schedule: string }[] }[];
    };
    expect(explorations.map((e) => e.guard)).toEqual(['mine', 'mine']);
    const schedules = explorations.flatMap((e) => e.counterexamples.map((c) => c.schedule));
    // A schedule has to find the file again.
    for (const schedule of schedules) expect(schedule).toContain(`\nguard ${mine}\n`);
    const files = readdirSync(join(dir, 's'));
    expect(files.length).toBe(schedules.length);
    for (const file of files) {
      expect(file).toMatch(/^two-tasks-1-mine-\w+\.schedule$/);
      const replayed = await tinybpfHere(['run', '--schedule', join(dir, 's', file), TWO]);
      expect(replayed.stdout).toContain(': guard mine, kernel arm64-7.3-preempt-rcu');
    }
    const run = await tinybpfHere(['--json', 'run', '-g', mine, 'programs/recursion.bpf']);
    const { scenarios } = JSON.parse(run.stdout) as { scenarios: { guard: { name: string } }[] };
    expect(scenarios[0]!.guard.name).toBe('mine');
    const trace = join(dir, 'trace.json');
    await tinybpfHere(['run', '-g', mine, '--perfetto', trace, 'programs/recursion.bpf']);
    expect(readFileSync(trace, 'utf8')).toContain('guard mine, kernel');
    const model = await tinybpfHere(['explore', '-g', mine, '--export', 'promela', TWO]);
    expect(model.stdout).toContain('guard mine, kernel');
    expect(model.stdout + run.stdout).not.toMatch(/guard arm64\b(?!-)/);
  });

  test('is named by tour and bench', async () => {
    const toured = await tinybpfHere(['tour', '--no-bench', '-g', mine]);
    expect(toured.stdout).toMatch(/^mine +BROKEN/m);
    expect(toured.stdout).toContain('under mine:');
    expect(toured.stdout).not.toMatch(/^arm64 /m);
    const measured = await tinybpfHere(['bench', '-g', `arm64,${mine}`, '-c', 'fentry', '-s', '0.05']);
    expect(measured.stdout).toMatch(/^trig-fentry +arm64 +\d/m);
    expect(measured.stdout).toMatch(/^ +mine +\d/m);
  });

  test('is found by the name of its file where a lab has a place in it, and so by its own name', async () => {
    const nmi = readFileSync('programs/nmi-over-task.bpf', 'utf8');
    const lab = join(dir, 'places.bpf');
    const guard = guardFile('nmi.bpf', 'arm64');
    writeFileSync(lab, nmi.replace('at arm64.enter+7', 'at nmi.enter+7'));
    for (const path of [lab, 'programs/nmi-over-task.bpf']) {
      const { stdout, stderr } = await tinybpfHere(['run', '-g', guard, '-t', path]);
      expect(stderr).toBe('');
      expect(stdout.match(/guard nmi, kernel/g)?.length).toBe(nmi.match(/^scenario/gm)?.length);
    }
  });
});

describe('names of guard files', () => {
  const named = (paths: readonly string[], lab = { declarations: [] }): string[] =>
    environment
      .nameGuards(
        lab,
        paths.map((path) => guardOfFile({ name: path, text: readFileSync(path, 'utf8') })),
      )
      .map((g) => g.name.name);

  test('one that no other has is kept', () => {
    expect(named([guardFile('x.bpf', 'nibbles')])).toEqual(['nibbles']);
  });
  test('two files of one name in different folders are known by their paths', () => {
    const [a, b] = [guardFile('a/same.bpf', 'arm64'), guardFile('b/same.bpf', 'arm64')];
    expect(named([a, b])).toEqual([a, b]);
  });
  test('two files that call their guards alike are known by the files', () => {
    expect(named([guardFile('one.bpf', 'g'), guardFile('two.bpf', 'g')])).toEqual(['one', 'two']);
  });
  test('a file that is called like a shipped guard is known by its path', () => {
    const path = guardFile('elsewhere/arm64.bpf', 'arm64');
    expect(named([path])).toEqual([path]);
  });
  test('who has a name from his own file keeps it', () => {
    const [own, other] = [guardFile('c/z.bpf', 'taken'), guardFile('c/taken.bpf', 'arm64')];
    expect(named([other, own])).toEqual([other, 'taken']);
  });
  test('every guard has a name of its own, and none that of a shipped one, whatever files there are', () => {
    const names = ['arm64', 'generic', 'p', 'q'];
    const asts = names.flatMap((file) =>
      names.flatMap((declared) =>
        ['d', 'e'].map((folder) => {
          const path = `${folder}-${declared}/${file}.bpf`;
          return guardOfFile({ name: path, text: readFileSync(guardFile(path, declared), 'utf8') });
        }),
      ),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(asts), (some) => {
        const given = environment.nameGuards({ declarations: [] }, some).map((g) => g.name.name);
        expect(new Set(given).size).toBe(some.length);
        expect(given.filter((n) => environment.guardNames.includes(n))).toEqual([]);
      }),
    );
  });
  test('a lab keeps its own', async () => {
    // The guard of broken-guard.bpf is called `mine`.
    const { stdout } = await tinybpfHere([
      'explore',
      '-g',
      `all,${mine}`,
      'programs/explore/broken-guard.bpf',
    ]);
    expect(stdout).toMatch(/^mine +/m);
    expect(stdout).toContain(`\n${mine} `);
  });
  test('a shipped one keeps its name, given by its path', async () => {
    const { stdout } = await tinybpfHere([
      'run',
      '-g',
      './programs/guards/arm64.bpf',
      'programs/recursion.bpf',
    ]);
    expect(stdout).toContain('guard arm64, kernel');
  });
});
