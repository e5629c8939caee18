import { describe, expect, test } from 'vitest';
import { type RunOptions, runScenario, type ScenarioResult } from '../../src/lab/run.js';
import { missesOf, missLines } from '../../src/report/misses.js';
import { environment } from '../support/environment.js';
import { labScenarios } from '../support/labs.js';

const LABS = labScenarios('programs', 'test/data/labs');

const observed = (lab: (typeof LABS)[number], options: RunOptions = {}): ScenarioResult =>
  runScenario(lab.lab, lab.scenario, environment, { ...options, observe: true });

describe('the ways by which programs are entered again', () => {
  // What the kernel's own BPF has counted is not made of events.
  test.each(LABS.map((lab) => [lab.name, lab] as const))(
    'of %s add up to what the kernel counts',
    (_, lab) => {
      const result = observed(lab);
      if (result.outcome.kind !== 'finished' || result.droppedEvents > 0) return;
      const found = new Map<string, bigint>();
      for (const { program, count } of missesOf(result.events))
        found.set(program, (found.get(program) ?? 0n) + BigInt(count));
      for (const p of result.programs) {
        const counted = p.recursionMisses > p.linkMissed ? p.recursionMisses : p.linkMissed;
        expect([p.name, found.get(p.name) ?? 0n]).toEqual([p.name, counted]);
      }
    },
  );

  test.each([
    [
      'recursion.bpf',
      ['on_delete missed 2 times under guard arm64: 2 in task context from bpf_map_delete_elem'],
    ],
    [
      'softirq-then-hardirq.bpf',
      ['on_work missed 2 times under guard arm64: 1 from a hardirq, 1 from a softirq'],
    ],
    ['mutual.bpf', ['on_update missed 1 time under guard arm64: 1 in task context from bpf_map_delete_elem']],
    [
      'missed-kprobe.bpf',
      ['inner missed 1 time by the kprobe layer: 1 in task context from bpf_kfunc_common_test'],
    ],
    // The byte has stayed at 255, which is why the first version was not merged.
    [
      'two-tasks-one-cpu.bpf, arm64-v1',
      ['on_work missed 5 times under guard arm64-v1: 5 in task context with no other instance running'],
    ],
  ])('of %s', (name, lines) => {
    const [file] = name.split(', ');
    const results = LABS.filter((l) => l.name.startsWith(`${file}, `)).map((lab) => observed(lab));
    const all = results.map((r) => missLines(missesOf(r.events), r.guard));
    expect(all).toContainEqual(lines);
  });
});
