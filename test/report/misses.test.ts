import { describe, expect, test } from 'vitest';
import { parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { missesOf, missLines } from '../../src/report/misses.js';
import { environment } from '../support/environment.js';
import { labScenarios } from '../support/labs.js';

const LABS = labScenarios('programs');

test('a program that has made a tail call is inside until its guard is left', () => {
  const lab = parseOrThrow({
    name: 'tail.bpf',
    text: `map progs : prog_array { max_entries 1 }
function work() {
    r0 = 0
    exit
}
function other() {
    r0 = 0
    exit
}
program rest : fentry/other {
    r0 = 0
    exit
}
program first : fentry/work {
    r2 = progs ll
    r3 = 0
    call bpf_tail_call
    r0 = 0
    exit
}
scenario {
    guard arm64
    cpu 0 { update progs[0] = rest  call work() }
    at rest+1 nmi { call work() }
}`,
  });
  const scenario = scenariosOf(lab)[0]!;
  const { events } = runScenario(lab, scenario, environment, { observe: true });
  expect(missLines(missesOf(events), 'arm64')).toEqual([
    'first missed 1 time under guard arm64: 1 from an NMI',
  ]);
});

describe('the ways by which programs are entered again', () => {
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
    const results = LABS.filter((l) => l.name.startsWith(`${file}, `)).map(({ lab, scenario }) =>
      runScenario(lab, scenario, environment, { observe: true }),
    );
    const all = results.map((r) => missLines(missesOf(r.events), r.guard));
    expect(all).toContainEqual(lines);
  });
});
