import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { type KernelIdentity, type KernelModel, modelOf } from '../../src/kernel/model.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import type { EngineFactory } from '../../src/machine/bare.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';
import { recordingsNamed } from '../support/shared.js';

interface Attached {
  readonly name: string;
  readonly kind: string;
}

interface Orders {
  readonly kernel: Omit<KernelIdentity, 'version'> & {
    readonly version?: string;
  };
  readonly function: string;
  /** Programs in order of attachment, and those that ran, in order. */
  readonly orders: readonly {
    readonly attached: readonly Attached[];
    readonly ran: readonly string[];
  }[];
  readonly twenty_tasks_asleep_inside?: {
    readonly kprobe_runs: number;
    readonly kretprobe_runs: number;
    readonly kprobe_link_missed: number;
    readonly kretprobe_link_missed: number;
  };
  readonly timer?: Readonly<Record<string, number>>;
  readonly tail_calls_from_two_functions_of_one_program?: {
    readonly body_runs: number;
  };
}

const recorded = recordingsNamed(/^attach-orders.*\.json$/).flatMap(
  ({ path }) => JSON.parse(readFileSync(path, 'utf8')) as Orders[],
);
const modelFor = ({ kernel }: Orders): KernelModel => modelOf({ version: '', ...kernel })!;

const count = { passed: 0, failed: 0 };

/** What does not hold of a lab whose one scenario says what was recorded. */
function failures(text: string, model: KernelModel, engine: EngineFactory): readonly string[] {
  const lab = parseOrThrow({ name: 'orders.bpf', text });
  const result = runScenario(lab, scenariosOf(lab)[0]!, environment, {
    engine,
    model,
  });
  const found = result.expects.flatMap((e) => e.found);
  count[found.length === 0 ? 'passed' : 'failed'] += 1;
  return found;
}

/** A program that says that it ran, by its number. */
const noting = (
  { name, kind }: Attached,
  fn: string,
  number: number,
): string => `program p_${name} : ${kind}/${fn} {
    r1 = ran ll
    r2 = 1
    r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)
    if r2 > 63 goto out
    r2 <<= 3
    r1 = order ll
    r1 += r2
    r2 = ${number}
    *(u64 *)(r1 + 0) = r2
out:
    r0 = 0
    exit
}
`;

function orderLab(fn: string, { attached, ran }: Orders['orders'][number]): string {
  const number = (name: string): number => attached.findIndex((a) => a.name === name) + 1;
  return `global ran : u64
global order : u64[64]
${attached.map((a, i) => noting(a, fn, i + 1)).join('')}
scenario {
    attach ${attached.map((a) => `p_${a.name}`).join(', ')}
    cpu 0 { call ${fn}(1) }
    expect ran == ${ran.length}
${ran.map((name, i) => `    expect order[${i}] == ${number(name)}\n`).join('')}}
`;
}

const TASKS = 20;
const tasks = Array.from({ length: TASKS }, (_, i) => `t${i}`);

/** Tasks that sleep in a function on one CPU, all of them before the first returns. */
const asleepLab = (
  of: NonNullable<Orders['twenty_tasks_asleep_inside']>,
): string => `user page : u64 = 7 missing
global user_address : u64
function f(u64 a) {
    r1 = r10
    r1 += -8
    r2 = 8
    r3 = user_address ll
    r3 = *(u64 *)(r3 + 0)
    call bpf_copy_from_user
    exit
}
program entered : kprobe/f {
    r0 = 0
    exit
}
program returned : kretprobe/f {
    r0 = 0
    exit
}
scenario {
    attach entered, returned
    cpus 1
    task first cpu 0 { set user_address = page }
${tasks.map((t) => `    task ${t} cpu 0 { join first  call f(1) }\n`).join('')}
    task user cpu 0 { sleep 100000  provide page }
    expect entered.run_cnt == ${of.kprobe_runs}
    expect returned.run_cnt == ${of.kretprobe_runs}
    expect entered.link_missed == ${of.kprobe_link_missed}
    expect returned.link_missed == ${of.kretprobe_link_missed}
}
`;

const onTimer = (helper: string, more = ''): string => `r1 = r6\n${more}call ${helper}\n`;
const START = onTimer('bpf_timer_start', 'r2 = 1000\nr3 = 0\n');
const SET_CALLBACK = onTimer('bpf_timer_set_callback', 'r2 = on_timer ll\n');
const INIT = onTimer('bpf_timer_init', 'r2 = timers ll\nr3 = 1\n');
/** What is done with a timer one after the other, by the names of what was recorded; of some nothing was. */
const TIMER_STEPS: readonly (readonly [string, string])[] = [
  ['init', INIT],
  ['start_without_callback', START],
  ['set_callback', SET_CALLBACK],
  ['start', START],
  ['cancel_of_a_queued_timer', onTimer('bpf_timer_cancel')],
  ['start_after_cancel', START],
  ['set_callback_again', SET_CALLBACK],
  ['start_after_set_callback_again', START],
  ['init_again', INIT],
];
const CALLBACK = ['fired', 'cancel_in_own_callback'] as const;
const TIMER_NAMES = [...TIMER_STEPS.map(([name]) => name), ...CALLBACK];

const timerLab = (
  of: Readonly<Record<string, number>>,
): string => `map timers : array { value 16, max_entries 1 }
${TIMER_NAMES.map((name) => `global ${name} : s64 = 99\n`).join('')}
program arm : tc {
    *(u32 *)(r10 - 4) = 0
    r1 = timers ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r6 = r0
${TIMER_STEPS.map(([name, step]) => `${step}r1 = ${name} ll\n*(u64 *)(r1 + 0) = r0\n`).join('')}out:
    r0 = 0
    exit
}
function on_timer(u64 map, u64 key, u64 value) {
    r1 = r3
    call bpf_timer_cancel
    r1 = cancel_in_own_callback ll
    *(u64 *)(r1 + 0) = r0
    r1 = fired ll
    r2 = *(u64 *)(r1 + 0)
    r2 += 1
    *(u64 *)(r1 + 0) = r2
    r0 = 0
    exit
}
scenario {
    set fired = 0
    cpu 0 { test_run arm  sleep 10000 }
${Object.entries(of)
  .map(([name, n]) => `    expect ${name} == ${n}\n`)
  .join('')}}
`;

/** A program of which two functions make tail calls to the program itself. */
const tailLab = (runs: number): string => `map jmp : prog_array { max_entries 1 }
global runs : u64
program body : fentry/bpf_fentry_test1 {
    r6 = r1
    r1 = runs ll
    r2 = 1
    lock *(u64 *)(r1 + 0) += r2
    r1 = r6
    call one
    r1 = r6
    call two
    r0 = 0
    exit
one:
    r2 = jmp ll
    r3 = 0
    call bpf_tail_call
    r0 = 0
    exit
two:
    r2 = jmp ll
    r3 = 0
    call bpf_tail_call
    r0 = 0
    exit
}
scenario {
    attach body
    cpu 0 { update jmp[0] = body  call bpf_fentry_test1(1) }
    expect runs == ${runs}
}
`;

describe.skipIf(recorded.length === 0)('in which order real kernels ran programs', () => {
  describe.each(ENGINES)('on %s', (_, engine) => {
    describe.each(recorded.map((r) => [modelFor(r).name, modelFor(r), r] as const))(
      'on %s',
      (_name, model, r) => {
        test.each(
          r.orders.map((o) => [o.attached.map((a) => `${a.name} (${a.kind})`).join(', '), o] as const),
        )('%s', (_name, o) => {
          expect(failures(orderLab(r.function, o), model, engine)).toEqual([]);
        });

        const asleep = r.twenty_tasks_asleep_inside;
        test.skipIf(asleep === undefined)('twenty tasks asleep inside', () => {
          expect(failures(asleepLab(asleep!), model, engine)).toEqual([]);
        });

        test.skipIf(r.timer === undefined)('what timers answer', () => {
          expect(failures(timerLab(r.timer!), model, engine)).toEqual([]);
        });

        const tail = r.tail_calls_from_two_functions_of_one_program;
        test.skipIf(tail === undefined)('tail calls from two functions of one program', () => {
          expect(failures(tailLab(tail!.body_runs), model, engine)).toEqual([]);
        });
      },
    );
  });

  afterAll(() => console.log(`recorded orders: ${count.passed} passed, ${count.failed} failed`));
});
