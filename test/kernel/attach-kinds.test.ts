// cspell:ignore fafter fsave fwatch ksession psession
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AttachKind, KINDS, type KindInfo, type Starter } from '../../src/kernel/attach/kinds.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, scenariosOf } from '../../src/lab/run.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';

const ROW = {
  needsTarget: true,
  isTyped: false,
  prefix: '',
  helpers: {},
  sleepable: 'marked',
  testRun: undefined,
} as const;

/** Kinds that there are not: a row is all that they have. */
const MADE_UP: Readonly<Record<string, KindInfo>> = {
  fwatch: { ...ROW, site: 'trampoline', places: ['fentry'], guard: 'active' },
  fafter: { ...ROW, site: 'trampoline', places: ['fexit'], guard: 'active' },
  fround: { ...ROW, site: 'trampoline', places: ['fmodRet', 'fexit'], guard: 'active' },
  fsave: { ...ROW, site: 'trampoline', places: ['fentry'], guard: 'none' },
  ksession: { ...ROW, site: 'probe', layer: 'kprobe', halves: ['entry', 'return'], guard: 'bpf_prog_active' },
  psession: { ...ROW, site: 'probe', layer: 'fprobe', halves: ['entry', 'return'], guard: 'bpf_prog_active' },
  raw_watch: { ...ROW, site: 'tracepoint', through: 'raw', guard: 'active' },
  perf_watch: { ...ROW, site: 'tracepoint', through: 'perf', guard: 'bpf_prog_active' },
  sample: { ...ROW, site: 'none', startedBy: 'perf', guard: 'bpf_prog_active', needsTarget: false },
};

const rows = KINDS as Record<string, KindInfo>;
beforeAll(() => void Object.assign(rows, MADE_UP));
afterAll(() => {
  for (const kind of Object.keys(MADE_UP)) delete rows[kind];
});

/** How often a program of a kind runs, of three hits: a call is two where it is called before and after. */
const RUNS: readonly (readonly [string, number])[] = [
  ['fwatch/f', 3],
  ['fwatch.s/f', 3],
  ['fafter/f', 3],
  ['fround/f', 6],
  ['fsave/f', 3],
  ['ksession/f', 6],
  ['psession/f', 6],
  ['raw_watch/hit', 3],
  ['perf_watch/group/hit', 3],
  ['sample', 1],
];

/** The same of each kind that there is, so that the compiler asks for it when one is added. */
const REAL: Readonly<Record<AttachKind, readonly [attach: string, runs: number, start?: Starter]>> = {
  fentry: ['fentry/f', 3],
  fexit: ['fexit/f', 3],
  fmod_ret: ['fmod_ret/f', 3],
  fsession: ['fsession/f', 6],
  freplace: ['freplace/on_hit', 3],
  lsm: ['lsm/f', 3],
  raw_tp: ['raw_tp/hit', 3],
  tp_btf: ['tp_btf/hit', 3],
  tp: ['tp/group/hit', 3],
  kprobe: ['kprobe/f', 3],
  kretprobe: ['kretprobe/f', 3],
  'kprobe.multi': ['kprobe.multi/f', 3],
  'kretprobe.multi': ['kretprobe.multi/f', 3],
  'kprobe.session': ['kprobe.session/f', 6],
  uprobe: ['uprobe/f', 3],
  uretprobe: ['uretprobe:f', 3],
  perf_event: ['perf_event', 1, 'perf'],
  syscall: ['syscall', 1, 'test_run'],
  tc: ['tc', 1, 'test_run'],
  // Once for each task, and once for the end.
  iter: ['iter/task', 2, 'iter'],
};

const labOf = (attach: string, count: number, start?: Starter): string => `global runs : u64
tracepoint hit(u64 a)
function bpf_lsm_f(u64 a) fmod_ret {
    r0 = 0
    exit
}
function f(u64 a) fmod_ret sleepable {
    r0 = 7
    exit
}
program p : ${attach} {
    r1 = runs ll
    r2 = 1
    lock *(u64 *)(r1 + 0) += r2
    r0 = 0
    exit
}
program on_hit : raw_tp/hit {
    r0 = 0
    exit
}
scenario {
    cpu 0 { call f(1) x 3   call bpf_lsm_f(1) x 3   fire hit(1) x 3   ${start === undefined || start === 'perf' ? '' : `${start} p`} }
    ${start === 'perf' ? 'at f nmi { perf p }' : ''}
    expect runs == ${count}
}
`;

describe.each(ENGINES)('a kind that is only a row attaches, runs and counts, on engine %s', (_, engine) => {
  test.each(RUNS)('%s', (attach, count) => {
    const lab = parseOrThrow({
      name: 'kinds.bpf',
      text: labOf(attach, count, attach === 'sample' ? 'perf' : undefined),
    });
    const result = runScenario(lab, scenariosOf(lab)[0]!, environment, { engine });
    expect(result.programs[0]).toMatchObject({ runCnt: BigInt(count), recursionMisses: 0n });
    expect(result.expects[0]!.found).toEqual([]);
  });
});

describe.each(ENGINES)('each kind attaches, runs and counts, on engine %s', (_, engine) => {
  test.each(Object.entries(REAL))('%s', (_kind, [attach, count, start]) => {
    const lab = parseOrThrow({ name: 'kinds.bpf', text: labOf(attach, count, start) });
    const result = runScenario(lab, scenariosOf(lab)[0]!, environment, { engine });
    expect(result.programs[0]).toMatchObject({ recursionMisses: 0n });
    expect(result.expects[0]!.found).toEqual([]);
  });
});
