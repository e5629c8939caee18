import { expect } from 'vitest';
import { LAYERS } from '../../src/lab/layers.js';
import type { ScenarioResult } from '../../src/lab/run.js';
import { missesOf } from '../../src/report/misses.js';
import { perfettoTrace, type TraceEvent, traceEvents } from '../../src/report/perfetto.js';
import { same } from '../support/same.js';

/** What must hold of whatever was observed, whatever the lab. `cli/labs.test.ts` asks it of every scenario's run. */

/** What the format asks for, and what else must hold. Returns the slices by category. */
function slicesOf(events: readonly TraceEvent[], total: number): Map<string, number> {
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
    same(named.has(track), true, `${track} has a name`);
    same(e.ts! >= (last.get(track) ?? 0) && e.ts! <= total / 1000, true, `time ${e.ts} on track ${track}`);
    last.set(track, e.ts!);
    const stack = open.get(track) ?? [];
    open.set(track, stack);
    if (e.ph === 'B') {
      same(e.name !== '', true, 'a slice has a name');
      // A context is outermost, or an interrupt on top of others; nothing is outside of a context.
      same(stack.length === 0, e.cat === 'task', `${e.name} is of ${e.cat}`);
      stack.push(e);
      slices.set(e.cat!, (slices.get(e.cat!) ?? 0) + 1);
    } else if (e.ph === 'E') same(stack.pop() !== undefined, true, 'what ends has begun');
    else if (e.ph === 'C') {
      const numbers = Object.values(e.args!).every((v) => typeof v === 'number');
      same(numbers, true, `${e.name} counts`);
    } else same(e.s, 't', `${e.name} is of a thread`);
  }
  for (const stack of open.values()) expect(stack).toEqual([]);
  return slices;
}

/** The trace of a run keeps the rules of Perfetto's format, and has in it what happened. */
function traceKeepsTheRules(result: ScenarioResult): void {
  // Beyond that only more of the same comes, and checking takes long.
  if (result.events.length > 50_000) return;
  const times = result.events.map((e) => e.time);
  expect([...times].sort((a, b) => a - b)).toEqual(times);
  const events = traceEvents([result]);
  const slices = slicesOf(events, result.events.at(-1)?.time ?? 0);
  const count = (kind: string): number => result.events.filter((e) => e.kind === kind).length;
  const refused = result.events.filter((e) => e.kind === 'enter' && !e.admitted).length;
  expect(events.filter((e) => e.ph === 'i' && e.name?.endsWith(' refused')).length).toBe(
    refused + count('busy'),
  );
  // A task that gives way is drawn again when it goes on, so there may be more slices than begun.
  expect(slices.get('program') ?? 0).toBeGreaterThanOrEqual(count('run'));
  expect(slices.get('interrupt') ?? 0).toBe(count('interrupt'));
  expect(JSON.parse(perfettoTrace([result]))).toMatchObject({
    displayTimeUnit: 'ns',
  });
}

/** The ways by which programs were entered again add up to what the kernel counts. */
function missesAddUp(result: ScenarioResult): void {
  if (result.outcome.kind !== 'finished' || result.droppedEvents > 0) return;
  const found = new Map<string, bigint>();
  // What the kernel's own BPF has counted is not made of events.
  for (const { program, by, count } of missesOf(result.events)) {
    if (by !== 'guard' && 'isUncounted' in LAYERS[by]) continue;
    found.set(program, (found.get(program) ?? 0n) + BigInt(count));
  }
  for (const p of result.programs) {
    const counted = p.recursionMisses > p.linkMissed ? p.recursionMisses : p.linkMissed;
    expect([p.name, found.get(p.name) ?? 0n]).toEqual([p.name, counted]);
  }
}

/** By what a test is called. */
export const RULES_OF_OBSERVED = [
  ['its trace keeps the rules of the format', traceKeepsTheRules],
  ['its misses add up to what the kernel counts', missesAddUp],
] as const;
