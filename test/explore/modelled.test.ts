import { describe, expect, test } from 'vitest';
import { type Exploration, explore } from '../../src/explore/explore.js';
import { finish } from '../../src/explore/search.js';
import { modelNamed, parseOrThrow } from '../../src/lab/environment.js';
import { scenariosOf } from '../../src/lab/run.js';
import { formatExplored } from '../../src/report/explorations.js';
import { explorationToJson } from '../../src/report/explore.js';
import { environment } from '../support/environment.js';
import { LIMITS } from '../support/explore.js';

function explored(text: string, kernel = 'arm64-7.3', guardName = 'arm64') {
  const lab = parseOrThrow({ name: 'modelled.bpf', text });
  const scenario = scenariosOf(lab)[0]!;
  const options = { model: modelNamed(kernel), guardName };
  return { scenario, found: finish(explore(lab, scenario, environment, options, LIMITS)) };
}

const bounds = (e: Exploration): readonly string[] => e.modelled.map((m) => m.bound);
const ALWAYS = ['instructions', 'interrupts', 'rcu_readers'];
const does = (body: string): string => `map t : array { key 4, value 16, max_entries 1 }
map h : hash { key 4, value 8, max_entries 2 }
global x : u64
function call_back(u64 map, u64 key, u64 value) {
    r0 = 0
    exit
}
function f(u64 a) {
    ${body}
    r0 = 0
    exit
}
`;
const ONE = 'scenario {\n    task A cpu 0 { call f(1) }\n';
const TIMER = `*(u32 *)(r10 - 4) = 0
    r1 = t ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto +12
    r6 = r0
    r1 = r6
    r2 = t ll
    r3 = 1
    call bpf_timer_init
    r1 = r6
    r2 = call_back ll
    call bpf_timer_set_callback
    r1 = r6
    r2 = 1
    r3 = 0
    call bpf_timer_start`;

describe('the bounds of the model that are given with a verdict', () => {
  const cases: readonly (readonly [string, string, string, readonly string[]])[] = [
    ['registers on one CPU', does('r1 = 1'), `${ONE}}`, []],
    [
      'the CPU and the task',
      does('call bpf_get_smp_processor_id\n    call bpf_get_current_task'),
      `${ONE}}`,
      [],
    ],
    ['a map', does(''), 'scenario {\n    task A cpu 0 { update h[1] = 2 }\n}', ['locked']],
    ['the clock', does('call bpf_ktime_get_ns'), `${ONE}}`, ['clock']],
    ['a timer', does(TIMER), `${ONE}}`, ['leaves', 'clock', 'timers']],
    ['two CPUs', does('r1 = 1'), `${ONE}    cpus 2\n}`, ['memory', 'migration']],
    [
      'an NMI that asks for the task',
      does('call bpf_get_current_pid_tgid'),
      `${ONE}    may nmi x 1 { call f(1) }\n}`,
      ['switches'],
    ],
    ['NMIs', does('r1 = 1'), `${ONE}    may nmi x 2 { call f(1) }\n}`, []],
  ];
  test.each(cases)('%s', (_, text, scenario, more) => {
    const { found } = explored(text + scenario);
    expect([...bounds(found)].sort()).toEqual([...ALWAYS, ...more].sort());
  });

  const text = (e: Exploration, bound: string): string | undefined =>
    e.modelled.find((m) => m.bound === bound)?.text;

  test('say what is one step, and which interrupts come', () => {
    const map = explored(`${does('')}scenario {\n    task A cpu 0 { update h[1] = 2  delete h[1] }\n}`).found;
    expect(text(map, 'leaves')).toBeUndefined();
    expect(text(map, 'locked')).toBe(
      'each of these is one step, of a table whose locks are taken: htab_bucket, htab_element, htab_insert, htab_link, htab_unlink, list_pop, list_push, map_list',
    );
    expect(text(map, 'interrupts')).toBe('no interrupt comes');
    const may = `${ONE}    may softirq x 1 { call f(1) }\n    may nmi x 1 { call f(2) }\n}`;
    expect(text(explored(does('r1 = 1') + may).found, 'interrupts')).toMatch(
      /^softirqs and NMIs come before any /,
    );
  });

  test('say how many NMIs a processor takes at once, and whether readers are preempted', () => {
    const lab = `${does('r1 = 1')}${ONE}    may nmi x 2 { call f(1) }\n}`;
    const amd64 = explored(lab, 'amd64-7.3').found;
    expect(text(amd64, 'nested_nmis')).toBe('at most 1 NMI on a CPU at a time');
    expect(text(explored(lab).found, 'rcu_readers')).toBe('RCU readers cannot be preempted');
    const preemptible = explored(lab, 'arm64-7.3-preempt-rcu').found;
    expect(text(preemptible, 'nested_nmis')).toBeUndefined();
    expect(text(preemptible, 'rcu_readers')).toBe('RCU readers can be preempted');
  });

  test('are given with every verdict, in text, in the table of guards, and in JSON', () => {
    const lab = `${does('call bpf_ktime_get_ns')}${ONE}    cpus 2\n}`;
    const [one, two] = [explored(lab), explored(lab, 'arm64-7.3', 'none')];
    const line = `modelled: ${one.found.modelled.map((m) => m.text).join('; ')}`;
    expect(line).toContain('memory is sequentially consistent');
    expect(line).toContain('the clock stands still');
    expect(formatExplored([{ ...one, judged: [] }], false)).toContain(`\n${line}\n`);
    expect(
      formatExplored(
        [one, two].map((e) => ({ ...e, scenario: one.scenario, judged: [] })),
        true,
      ),
    ).toContain(`\n${line}\n`);
    expect(explorationToJson(one.found)).toMatchObject({ modelled: one.found.modelled });
  });
});
