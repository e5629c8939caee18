import { describe, expect, test } from 'vitest';
import { type KernelModel, MODELS } from '../../src/kernel/model.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { type EngineFactory, interpreter } from '../../src/machine/bare.js';
import { formatTimeline } from '../../src/report/timeline.js';
import { InputError } from '../../src/text/diagnostic.js';
import { ENGINES_OF_MANY } from '../support/engines.js';
import { environment } from '../support/environment.js';
import { labScenarios } from '../support/labs.js';

const scenarios = labScenarios('programs/guards-of-linux');

/** Each release as it is built by default, and the newest with PREEMPT_RT; compiled code on the newest only. */
const isNewest = (m: KernelModel): boolean => m.release === MODELS[0]!.release;
const tried = (engine: EngineFactory): readonly KernelModel[] =>
  MODELS.filter((m) => isNewest(m) || (engine === interpreter && !/-(?:rt|preempt-rcu)$/.test(m.name)));

describe.each(ENGINES_OF_MANY)('on %s', (_, engine) => {
  describe.each(tried(engine).map((model) => [model.name, model] as const))('on %s', (_name, model) => {
    test.each(scenarios.map((s) => [s.name, s] as const))('what %s expects', (_lab, { lab, scenario }) => {
      try {
        const result = runScenario(lab, scenario, environment, { engine, model });
        expect(result.expects.flatMap((e) => e.found)).toEqual([]);
        expect(result.expects.length).toBeGreaterThan(0);
        expect(result.outcome.kind).toBe('finished');
      } catch (e) {
        if (!(e instanceof InputError)) throw e;
        expect(e.diagnostics.filter((d) => d.isOfKernel !== true).map((d) => d.message)).toEqual([]);
      }
    });
  });
});

test('each of them runs on the newest kernels', () => {
  for (const { lab, scenario } of scenarios)
    for (const name of ['arm64-7.3', 'amd64-7.3'])
      expect(
        runScenario(lab, scenario, environment, { model: MODELS.find((m) => m.name === name)! }).expects,
      ).not.toEqual([]);
});

describe('who did not get a lock or a buffer is told', () => {
  /** What was refused in a scenario of a lab, by its number. */
  const refusedIn = (file: string, number: number, name = 'amd64-7.3'): readonly string[] => {
    const { lab } = scenarios.find((s) => s.name.startsWith(`${file}.bpf`))!;
    const model = MODELS.find((m) => m.name === name)!;
    const { events } = runScenario(lab, scenariosOf(lab)[number]!, environment, { model, observe: true });
    return events.flatMap((e) => (e.kind === 'busy' ? [`${e.function} ${e.by}`] : []));
  };

  test.each([
    ['bucket-lock', 0, 'htab_lock_bucket htab_lock_bucket'],
    ['queue-lock', 0, 'map_lock_irqsave map_lock_irqsave'],
    ['ring-buffer-lock', 0, 'map_lock_irqsave map_lock_irqsave'],
    ['stack-traces', 0, 'bpf_get_stackid get_perf_callchain'],
    ['lru-lists', 1, 'htab_lock_bucket htab_lock_bucket'],
    ['free-lists', 0, 'map_lock_irqsave map_lock_irqsave'],
    ['raw-tp-regs', 0, 'bpf_get_stack_raw_tp get_bpf_raw_tp_regs'],
    ['task-storage', 1, 'bpf_task_storage_get task_storage_locked'],
    ['perf-event-output', 0, 'bpf_perf_event_output_raw_tp bpf_perf_event_output'],
  ])('%s, scenario %d', (file, number, expected) => {
    expect(refusedIn(file, number)).toEqual([expected]);
  });

  test('by the counter of task storage, until Linux 6.19', () => {
    const get = 'bpf_task_storage_get bpf_task_storage_refuse';
    for (const name of ['amd64-6.1', 'amd64-6.12', 'arm64-6.19'])
      expect([name, refusedIn('task-storage', 1, name)]).toEqual([name, [get]]);
  });

  test('by a lock of programs', () => {
    expect(refusedIn('res-spin-lock', 0)).toEqual(Array(2).fill('bpf_res_spin_lock bpf_res_spin_lock'));
  });

  test('by perf, of which nobody counts it', () => {
    const perf = 'perf_swevent_get_recursion_context';
    for (const name of ['amd64-6.1', 'arm64-7.3'])
      expect(refusedIn('perf-recursion', 0, name)).toEqual([`${perf} ${perf}`, `${perf} ${perf}`]);
  });

  test('by the limit of tail calls, once in each run', () => {
    const { lab } = scenarios.find((s) => s.name.startsWith('tail-calls.bpf'))!;
    const { events } = runScenario(lab, scenariosOf(lab)[0]!, environment, { observe: true });
    const [runs, refused] = [
      events.filter((e) => e.kind === 'enter' && e.admitted),
      events.filter((e) => e.kind === 'busy' && e.by === 'bpf_tail_call'),
    ];
    expect(runs.length).toBeGreaterThan(0);
    expect(refused.length).toBe(runs.length);
  });

  test.each([
    ['to a place where there is no program', 1, 1],
    ['beyond the end of the map, which is looked at before', 9, 0],
  ])('a tail call too many %s', (_, index, times) => {
    const lab = parseOrThrow({
      name: 'last.bpf',
      text: `map progs : prog_array { max_entries 2 }
global n : u64
tracepoint hit()
program again : raw_tp/hit {
    r6 = r1
    r1 = n ll
    r2 = *(u64 *)(r1 + 0)
    r2 += 1
    *(u64 *)(r1 + 0) = r2
    r3 = 0
    if r2 <= 33 goto go
    r3 = ${index}
go:
    r1 = r6
    r2 = progs ll
    call bpf_tail_call
    r0 = 0
    exit
}
scenario {
    cpu 0 { update progs[0] = again  fire hit() }
    expect n == 34
}`,
    });
    const { passed, events } = runScenario(lab, scenariosOf(lab)[0]!, environment, { observe: true });
    expect(passed).toBe(true);
    expect(events.filter((e) => e.kind === 'busy').length).toBe(times);
  });

  test('not who got it', () => {
    expect([refusedIn('bucket-lock', 1), refusedIn('task-storage', 0)]).toEqual([[], []]);
  });

  test('by the helper that the program calls, at each call too many', () => {
    expect(refusedIn('printk-buffers', 0)).toEqual(Array(6).fill('bpf_try_get_buffers bpf_try_get_buffers'));
  });

  test('by a timer: in an NMI by series, and in its callback', () => {
    const cancel = 'bpf_timer_cancel bpf_timer_cancel';
    expect(refusedIn('timer-in-nmi', 0)).toEqual([cancel, cancel]);
    expect(refusedIn('timer-in-nmi', 0, 'amd64-6.19')).toEqual([
      cancel,
      'bpf_timer_start bpf_timer_start',
      cancel,
    ]);
  });

  test('a full queue and a key that is not there are no refusals', () => {
    const lab = parseOrThrow({
      name: 'full.bpf',
      text: `map q : queue { value 8, max_entries 1 }
map h : hash { key 4, value 8, max_entries 1 }
function push() {
    *(u64 *)(r10 - 8) = 1
    r1 = q ll
    r2 = r10
    r2 += -8
    r3 = 0
    call bpf_map_push_elem
    exit
}
scenario { cpu 0 { call push() x 2  delete h[1]  update h[1] = 1  update h[2] = 1 } }`,
    });
    const { events, actions } = runScenario(lab, scenariosOf(lab)[0]!, environment, { observe: true });
    expect(actions[0]!.results).toEqual([0n, -7n]);
    expect(events.filter((e) => e.kind === 'busy')).toEqual([]);
  });
});

test.each([
  ['current-kprobe', 0, 'inner MISSED    dropped by the kprobe layer: current_kprobe'],
  ['bpf-prog-active', 1, 'MISSED    kept out by bpf_prog_active'],
  ['uretprobe-depth', 0, 'leaves MISSED    the task waits for 64 returns of user space already: depth'],
  ['perf-recursion', 0, 'REFUSED    perf is in an event of this context: recursion'],
  ['printk-buffers', 0, 'REFUSED    all buffers are in use: bpf_bprintf_nest_level'],
  ['raw-tp-regs', 0, 'REFUSED    all registers are in use: bpf_raw_tp_nest_level'],
  ['perf-event-output', 0, 'REFUSED    all samples are in use: bpf_trace_nest_level'],
  ['stack-traces', 0, 'REFUSED    the buffer of this context is in use: callchain_recursion'],
])('the timeline names the counter: %s, scenario %d', (file, number, told) => {
  const { lab } = scenarios.find((s) => s.name.startsWith(`${file}.bpf`))!;
  const { events } = runScenario(lab, scenariosOf(lab)[number]!, environment, { observe: true });
  expect(formatTimeline(events)).toContain(told);
});

describe('a program that bpf_prog_active keeps out is told where nobody counts it', () => {
  const missedIn = (text: string, name: string): readonly string[] => {
    const lab = parseOrThrow({ name: 'kept-out.bpf', text });
    const model = MODELS.find((m) => m.name === name)!;
    const { events, programs } = runScenario(lab, scenariosOf(lab)[0]!, environment, {
      model,
      observe: true,
    });
    const counted = programs.reduce((n, p) => n + Number(p.recursionMisses), 0);
    const told = events.flatMap((e) =>
      e.kind === 'missed' ? e.programs.map((program) => `${program} ${e.by}`) : [],
    );
    return [...told, `${counted} counted`];
  };
  const NOTHING = '{\n    r0 = 0\n    exit\n}';
  const PROBE = `function work() ${NOTHING}
program probe : kprobe/work ${NOTHING}
`;
  const OVERFLOW = `${PROBE}program sampling : perf_event ${NOTHING}
scenario { cpu 0 { call work() }  at probe+1 nmi { perf sampling } }`;
  const PROBED = `${PROBE}tracepoint tick()
function handle() {
    call trace_tick
    r0 = 0
    exit
}
program on_tick : tp/lab/tick ${NOTHING}
program multi : kprobe.multi/handle ${NOTHING}
scenario { cpu 0 { call work() }  at probe+1 nmi { call handle() } }`;

  test.each(['amd64-6.1', 'arm64-6.6', 'amd64-7.3', 'arm64-7.3'])('of a perf event, on %s', (name) => {
    expect(missedIn(OVERFLOW, name)).toEqual(['sampling uncounted', '0 counted']);
  });

  test.each(['amd64-6.1', 'amd64-6.6'])('of a probe and a tracepoint, on %s', (name) => {
    expect(missedIn(PROBED, name)).toEqual(['multi uncounted', 'on_tick uncounted', '0 counted']);
  });

  test('and as before where they are counted, from Linux 6.7 on', () => {
    const told = ['multi bpf_prog_active', 'on_tick bpf_prog_active', '2 counted'];
    for (const name of ['amd64-6.12', 'arm64-7.3']) expect(missedIn(PROBED, name)).toEqual(told);
  });
});
