import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { ROOT, tinybpf } from '../support/cli.js';
import { tinybpfHere } from '../support/in-process.js';

const dir = mkdtempSync(join(tmpdir(), 'tinybpf-tour-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** The merged guard as somebody changed it. */
function changed(name: string, change: (text: string) => string): string {
  const path = join(dir, `${name}.bpf`);
  writeFileSync(path, change(readFileSync(join(ROOT, 'programs/guards/arm64.bpf'), 'utf8')));
  return path;
}

describe('tinybpf tour', () => {
  test('shows the refusal under both guards, what it costs, and where the first version breaks', async () => {
    const { stdout, status } = tinybpf(['tour']);
    expect(status).toBe(0);
    for (const guard of ['generic', 'arm64']) {
      expect(stdout).toContain(`guard ${guard}, kernel arm64-7.3, 1 CPU`);
      expect(stdout).toMatch(new RegExp(`^ +${guard} +[█▏▎▍▌▋▊▉]+ [\\d.]+ ns \\[[\\d.]+, [\\d.]+\\]$`, 'm'));
    }
    expect(stdout.match(/REFUSED {3}active 01 00 00 00 -> 02 00 00 00 -> 01 00 00 00/g)).toHaveLength(2);
    expect(stdout).toContain('under arm64-v1:');
    expect(stdout).toContain('active of on_work on CPU 0 is ff 00 00 00');
    expect(stdout).toContain('npx tinybpf tour --guard ./mine.bpf');
  });

  test('asks the same of a guard that somebody changed', async () => {
    const mine = changed('mine', (text) => text.replaceAll(/^.*call preempt_(?:dis|en)able\n/gm, ''));
    const { stdout, status } = await tinybpfHere(['tour', '--no-bench', '--guard', mine]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^mine +BROKEN +BROKEN +holds +BROKEN/m);
    expect(stdout).toMatch(/writes 255 +ff 00 00 00 {2}mine\.bpf:\d+/);
    // The working directory may have been removed.
    const gone = vi.spyOn(process, 'cwd').mockImplementation(() => {
      throw new Error('ENOENT: no such file or directory, uv_cwd');
    });
    const same = await tinybpfHere(['tour', '--no-bench', '--guard', changed('same', (text) => text)]);
    gone.mockRestore();
    expect(same.status).toBe(0);
    expect(same.stdout).toContain('programs/guards/arm64.bpf mine.bpf');
  });

  test('finds what takes an interrupt to break', async () => {
    const own = changed('own', (text) =>
      text.replace('w8 = *(u32 *)(r6 + 0)', 'w8 = *(u8 *)(r1 + 0)').replace('w7 <<= 3', 'w7 = 0'),
    );
    const { stdout, status } = await tinybpfHere(['tour', '--no-bench', '--guard', own]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^own +holds +holds +holds +holds/m);
    expect(stdout).toMatch(/^own +BROKEN/m);
    expect(stdout).toContain('BROKEN one_instance');
  });

  test('goes on where a guard cannot be measured, and fails', async () => {
    const closed = changed('closed', (text) => text.replace('r0 = 1\n', 'r0 = 0\n'));
    const { stdout, stderr, status } = await tinybpfHere(['tour', '--guard', closed]);
    expect(status).toBe(1);
    expect(stderr).toContain('B0621');
    expect(stdout).toMatch(/^closed +holds +holds +BROKEN/m);
  });

  test('JSON has the same', async () => {
    const { stdout } = await tinybpfHere(['--json', 'tour', '--no-bench']);
    const { tour } = JSON.parse(stdout) as {
      tour: { scenarios: { guard: { name: string } }[]; explorations: { guard: string; broken: string[] }[] };
    };
    expect(tour.scenarios.map((s) => s.guard.name)).toEqual(['generic', 'arm64']);
    expect(tour.explorations.map((e) => [e.guard, e.broken])).toEqual([
      ['generic', []],
      ['arm64', []],
      ['arm64-v1', ['one_instance', 'balanced', 'progress']],
      ['generic', []],
      ['arm64', []],
      ['arm64-v1', expect.arrayContaining(['one_instance', 'balanced', 'progress'])],
    ]);
  });
});
