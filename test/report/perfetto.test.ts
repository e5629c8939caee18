import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TraceEvent } from '../../src/report/perfetto.js';
import { tinybpfHere } from '../support/in-process.js';

test('the command writes a trace of all runs', async () => {
  const path = join(tmpdir(), `tinybpf-trace-${process.pid}.json`);
  try {
    const run = await tinybpfHere([
      'run',
      'programs/recursion.bpf',
      '-g',
      'generic,arm64',
      '--perfetto',
      path,
    ]);
    expect(run.status).toBe(0);
    const { traceEvents: events } = JSON.parse(readFileSync(path, 'utf8')) as {
      traceEvents: TraceEvent[];
    };
    const processes = events.filter((e) => e.name === 'process_name').map((e) => e.args?.['name']);
    expect(processes).toEqual(['guard generic, kernel arm64-7.3', 'guard arm64, kernel arm64-7.3']);
    expect(events.filter((e) => e.name === 'on_delete refused')).toHaveLength(4);
    expect(events.filter((e) => e.ph === 'B' && e.name === 'bpf_map_delete_elem')).toHaveLength(4);
  } finally {
    rmSync(path, { force: true });
  }
});

test('a place that cannot be written is refused before anything runs', async () => {
  const run = await tinybpfHere(['run', 'programs/recursion.bpf', '--perfetto', 'no/such/folder/trace.json']);
  expect(run.status).toBe(2);
  expect(run.stdout).toBe('');
  expect(run.stderr).toContain('error[B0805]');
});
