import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runScenario } from '../../src/lab/run.js';
import { perfettoTrace, type TraceEvent, traceEvents } from '../../src/report/perfetto.js';
import { environment } from '../support/environment.js';
import { tinybpfHere } from '../support/in-process.js';
import { labScenarios } from '../support/labs.js';

/** What the format asks for, and what else must hold. Returns the slices by category. */
function checkRules(events: readonly TraceEvent[], total: number): Map<string, number> {
  const slices = new Map<string, number>();
  const open = new Map<string, TraceEvent[]>();
  const last = new Map<string, number>();
  const named = new Set<string>();
  for (const e of events) {
    const track = `${e.pid} ${e.tid}`;
    if (e.ph === 'M') {
      if (e.name === 'thread_name') named.add(track);
      continue;
    }
    expect(named.has(track)).toBe(true);
    expect(e.ts).toBeGreaterThanOrEqual(last.get(track) ?? 0);
    expect(e.ts).toBeLessThanOrEqual(total / 1000);
    last.set(track, e.ts!);
    const stack = open.get(track) ?? [];
    open.set(track, stack);
    if (e.ph === 'B') {
      expect(e.name).not.toBe('');
      // A context is outermost, or an interrupt on top of others; nothing is outside of a context.
      expect(stack.length === 0).toBe(e.cat === 'task');
      stack.push(e);
      slices.set(e.cat!, (slices.get(e.cat!) ?? 0) + 1);
    } else if (e.ph === 'E') expect(stack.pop()).toBeDefined();
    else if (e.ph === 'C') expect(Object.values(e.args!).every((v) => typeof v === 'number')).toBe(true);
    else expect(e.s).toBe('t');
  }
  for (const stack of open.values()) expect(stack).toEqual([]);
  return slices;
}

const scenarios = labScenarios('programs', 'programs/bench', 'test/data/labs');

describe.each(scenarios.map((s) => [s.name, s] as const))('%s', (_, { lab, scenario }) => {
  test('keeps the rules of the format', () => {
    const result = runScenario(lab, scenario, environment, { observe: true });
    // Beyond that only more of the same comes, and checking takes long.
    if (result.events.length > 50_000) return;
    const times = result.events.map((e) => e.time);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    const events = traceEvents([result]);
    const slices = checkRules(events, result.events.at(-1)?.time ?? 0);
    const count = (kind: string): number => result.events.filter((e) => e.kind === kind).length;
    const refused = result.events.filter((e) => e.kind === 'enter' && !e.admitted).length;
    expect(events.filter((e) => e.ph === 'i' && e.name?.endsWith(' refused')).length).toBe(refused);
    // A task that gives way is drawn again when it goes on, so there may be more slices than begun.
    expect(slices.get('program') ?? 0).toBeGreaterThanOrEqual(count('run'));
    expect(slices.get('interrupt') ?? 0).toBe(count('interrupt'));
    expect(JSON.parse(perfettoTrace([result]))).toMatchObject({ displayTimeUnit: 'ns' });
  });
});

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
    const { traceEvents: events } = JSON.parse(readFileSync(path, 'utf8')) as { traceEvents: TraceEvent[] };
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
