// cspell:ignore funcip logv modret ncpu nlog retvals uaddr wpost
import { numberBytes } from '../../../src/kernel/map/bytes.js';
import type { PlannedAction } from '../../../src/lab/planned.js';
import type { Expected, Recorded, RecordedProgram } from './format.js';
import { type Bench, Host, RECORDER, unitOf } from './host.js';
import { eventsOf } from './names.js';

/** What came out, in the form in which it was recorded; only what the recording has is compared. */
export type Actual = { -readonly [K in keyof Expected]: unknown };

/** Programs of a scenario in order; an attach cookie may follow a name. */
interface Order {
  readonly name: string;
  readonly cookie: bigint;
}

function ordered(s: Recorded): Order[] {
  return (s.attach_order ?? []).map((text) => {
    const [name = text, cookie] = text.split('=');
    return { name, cookie: BigInt(cookie ?? s.cookies?.[name] ?? 0) };
  });
}

const programsOf = (s: Recorded): string[] => [...ordered(s).map((o) => o.name), ...(s.loaded_only ?? [])];

function attachAll(host: Host, s: Recorded): void {
  for (const { name, cookie } of ordered(s)) {
    const errno = host.attach(name, cookie);
    if (errno !== 0) throw new Error(`attaching ${name}: ${errno}`);
  }
}

/** A program's counters. The recorder asks the kernel for each, which LSM programs hear of. */
function readProgram(host: Host, name: string, isAttached: boolean): RecordedProgram {
  const ask = (): void => void host.run(host.arena.named('bpf_obj_get_info_by_fd', []));
  ask();
  const stats = host.kernel.stats(host.program(name));
  if (isAttached) ask();
  const counters = {
    run_cnt: Number(stats.runCnt),
    recursion_misses: Number(stats.recursionMisses),
  };
  const { kind } = host.program(name).attach;
  return kind.startsWith('kprobe') ? { ...counters, link_missed: Number(stats.linkMissed) } : counters;
}

function readPrograms(host: Host, s: Recorded): Record<string, RecordedProgram> {
  const attached = new Set(ordered(s).map((o) => o.name));
  return Object.fromEntries(programsOf(s).map((n) => [n, readProgram(host, n, attached.has(n))]));
}

/** A variable as it would be recorded: trailing zeros of arrays left out. */
function readVariable(host: Host, name: string): unknown {
  const global = host.kernel.globals.get(name);
  if (global === undefined) return undefined;
  const values = Array.from({ length: global.count }, (_, i) => host.kernel.readGlobal(global, i));
  return global.isArray ? values : values[0];
}

/** Everything that can be read off after a trigger. */
function observe(host: Host, s: Recorded): Actual {
  const log = readVariable(host, 'logv') as bigint[] | undefined;
  const count = Math.min(256, Number((readVariable(host, 'nlog') as bigint | undefined) ?? 0n));
  const codes = (log ?? []).slice(0, count).map(Number);
  const h = host.kernel.maps.get('h');
  const keys = Array.from({ length: 512 }, (_, k) => k).filter(
    (k) => h !== undefined && host.kernel.readElement(h, BigInt(k)) !== undefined,
  );
  const ips = (readVariable(host, 'funcip') as bigint[] | undefined)?.filter((ip) => ip !== 0n);
  const symbol = host.kernel.machine.text.addressOf(
    host.kernel.symbols.functionIndex('bpf_modify_return_test'),
  );
  return {
    programs: readPrograms(host, s),
    events: eventsOf(s.object, codes, programsOf(s)),
    map_keys_after: keys,
    globals: {
      ...Object.fromEntries([...host.kernel.globals.keys()].map((n) => [n, readVariable(host, n)])),
      func_ip_equals_symbol: [...new Set(ips?.map((ip) => ip === symbol))],
    },
  };
}

const key = (k: number): Uint8Array => numberBytes(BigInt(k), 4);

function mapCall(host: Host, operation: 'update' | 'delete', map: string, k: number, v?: bigint) {
  const value = v === undefined ? undefined : numberBytes(v, 8);
  return host.arena.mapOperation(operation, host.kernel.maps.get(map)!, key(k), value, true);
}

/** The table of scenarios a to g: K triggers one after the other. */
function replayTable(s: Recorded, bench: Bench): Actual {
  const host = new Host({ ...bench, units: [unitOf(s.object, programsOf(s))] });
  const K = s.K ?? 1;
  const trigger = s.trigger ?? '';
  if (trigger === 'map_delete') {
    for (let i = 0; i < K; i += 1) host.run(mapCall(host, 'update', 'h', 100 + i, BigInt(i)));
  }
  attachAll(host, s);
  (s.modret ?? []).forEach((value, i) => {
    if (host.kernel.globals.has('modret')) host.set('modret', BigInt(value), i + 1);
  });
  const results: number[] = [];
  const retvals: number[] = [];
  for (let i = 0; i < K; i += 1) {
    if (trigger === 'map_delete') results.push(host.run(mapCall(host, 'delete', 'h', 100 + i)));
    else if (trigger === 'map_update') results.push(host.run(mapCall(host, 'update', 'h', 200 + i, 1n)));
    else {
      const said = /^test_run (\S+)/.exec(trigger)?.[1] ?? '';
      const name = said === 'self' ? programsOf(s)[0]! : said;
      results.push(host.testRun(name));
      retvals.push(host.retval(name));
    }
  }
  return { ...observe(host, s), trigger_results: results, test_run_retval: retvals };
}

/** Where the recorded programs put the guard words they saw, by what a recording calls them. */
const WITNESSES: Readonly<Record<string, number>> = {
  'spin_a own word while it runs': 0,
  'spin_a own word after the nested hits': 4,
  'spin_a word read by obs_fe': 8,
  'obs_fe own word': 12,
  'spin_a word read by obs_fx': 16,
  'spin_fx own word while it runs': 24,
  'spin_fx own word after the nested hits': 28,
};
const LEVEL_NAMES = ['task', 'softirq', 'hardirq', 'nmi'] as const;
const GUARDED = ['spin_a', 'spin_fx', 'obs_fe'] as const;
const word = (n: bigint): string => `0x${n.toString(16).padStart(8, '0')}`;

/** Tells the programs where the guards' words are, as the recorder does through an iterator. */
function setUpGuards(host: Host, programs: readonly string[]): void {
  host.set('percpu_off_addr', host.kernel.symbols.addressOf('__per_cpu_offset'));
  host.set('ncpu', BigInt(host.kernel.cpus));
  GUARDED.forEach((name, i) => {
    if (programs.includes(name)) host.set('active_id', BigInt(host.program(name).id), i);
  });
}

const look = (host: Host): void => void host.run(host.arena.iterate(host.program('look')));

function observeContexts(host: Host, s: Recorded): Actual {
  const running = Object.entries(WITNESSES).flatMap(([name, slot]) =>
    LEVEL_NAMES.map((level, l) => [`${name}, level ${level}`, word(host.get('w', slot + l))] as const),
  );
  const after = GUARDED.map((name, i) => [
    name,
    Array.from({ length: host.kernel.cpus }, (_, cpu) => word(host.get('wpost', i * 4 + cpu))),
  ]);
  return {
    ...observe(host, s),
    guard_words: {
      while_running: Object.fromEntries(running),
      after_everything: Object.fromEntries(after),
    },
  };
}

/** One microsecond an instruction, so that the recorded milliseconds pass quickly. */
const FAST_CLOCK = 1000;
/** Instructions between two samples of the perf clock. */
const PERF_PERIOD = 50_000;

/** Lets an interrupt come once a period, while the program spins. */
function sampler(host: Host, raise: () => void): () => void {
  let next = 0;
  return () => {
    const { executed } = host.kernel.machine;
    if (executed < next || host.get('spinning') === 0n) return;
    raise();
    next = executed + PERF_PERIOD;
  };
}

/** How often the recorded interrupts come, from the scenario's name. */
const firesOf = (id: string): number =>
  Number(/_(\d+)(?:\D*)$/.exec(id.replace(/\.preempt.*$/, ''))?.[1] ?? 1);

/** Instructions after which a spin that nothing interrupts ends, as it does at its limit: far more than what comes needs. */
const LONGEST_SPIN = 20 * PERF_PERIOD;

/** Ends a spin that has lasted so long. What is recorded of it lasted until its limit, four million rounds. */
function endOfSpin(host: Host): () => void {
  let since: number | undefined;
  return () => {
    const { executed } = host.kernel.machine;
    if (host.get('spinning') === 0n) since = undefined;
    else if (executed - (since ??= executed) >= LONGEST_SPIN) host.set('want_fired', 0n);
  };
}

/** A program spins in a task while interrupts reach it. */
function replayContext(s: Recorded, bench: Bench): Actual {
  const source = s.interrupt_source ?? '0';
  const host = new Host({ ...bench, units: [unitOf(s.object, programsOf(s))], nsPerInsn: FAST_CLOCK });
  setUpGuards(host, programsOf(s));
  look(host);
  attachAll(host, s);
  const fires = BigInt(source === '0' ? 0 : firesOf(s.id));
  for (const name of ['max_fire', 'want_fired']) host.set(name, fires);
  for (const name of ['spin_on', 'timer_gate', 'spin_limit']) host.set(name, 1n);
  if (source === 't') host.testRun('arm');
  const bySyscall = (s.trigger ?? '').includes('(syscall)');
  const call = bySyscall ? mapCall(host, 'update', 'arr', 0, 5n) : host.arena.testRun(host.program('poke'));
  const interrupt =
    source === 'p' || source === 'm' || source === 'u' ? 'hardirq' : source === 'n' ? 'nmi' : undefined;
  const overflow = interrupt === 'hardirq' ? [host.arena.overflow(host.program('pe'))] : [];
  const actions = host.arena.list(overflow);
  const scheduler = host.scheduler({ [RECORDER]: [{ kind: 'call', call }] });
  const raise = (): void => {
    if (interrupt !== undefined) scheduler.raise(0, interrupt, actions, overflow.length, 'recorded');
  };
  const [sample, end] = [sampler(host, raise), endOfSpin(host)];
  host.finish(scheduler, () => {
    sample();
    end();
  });
  host.set('spin_on', 0n);
  look(host);
  return { ...observeContexts(host, s), trigger_results: [Number(scheduler.results[0]!.results[0]!)] };
}

/** A program spins in softirq context, under a timer's callback, while hardirqs reach it. */
function replayNesting(s: Recorded, bench: Bench): Actual {
  const host = new Host({ ...bench, units: [unitOf(s.object, programsOf(s))], nsPerInsn: FAST_CLOCK });
  const fires = BigInt(firesOf(s.id));
  setUpGuards(host, programsOf(s));
  look(host);
  attachAll(host, s);
  host.set('max_fire', fires + 1n);
  host.set('want_fired', fires);
  for (const name of ['spin_on', 'spin_level', 'spin_limit']) host.set(name, 1n);
  host.testRun('arm');
  const actions = host.arena.list([host.arena.overflow(host.program('pe'))]);
  const scheduler = host.scheduler({ [RECORDER]: [{ kind: 'sleep', ns: 20e9 }] });
  const sample = sampler(host, () => scheduler.raise(0, 'hardirq', actions, 1, 'recorded'));
  host.until(scheduler, () => {
    sample();
    return host.get('fired') > fires;
  });
  look(host);
  return { ...observeContexts(host, s), trigger_results: [0] };
}

/** A sleepable program waits in task X while others trigger it; then X goes on, and Z triggers it once more. */
function replaySleep(s: Recorded, bench: Bench): Actual {
  const y = /Y x(\d+) on cpu(\d+)/.exec(s.trigger ?? '');
  const [times, yCpu] = [Number(y?.[1] ?? 1), Number(y?.[2] ?? 0)];
  const isLsm = programsOf(s).some((n) => n.includes('lsm'));
  const programs = programsOf(s);
  const host = new Host({
    ...bench,
    units: [unitOf(s.object, programs)],
    cpus: s.cpus ?? 1,
    tasks: { X: 0, Y: yCpu, Z: 0 },
  });
  const page = host.kernel.users.get('page')!;
  host.set('uaddr', host.kernel.symbols.addressOf('page'));
  host.set('modret', BigInt(s.id.includes('fmod_ret') ? -1 : 0));
  attachAll(host, s);
  host.set('block_tid', BigInt(host.kernel.tasks.find((t) => t.name === 'X')!.pid));
  const call = isLsm ? mapCall(host, 'delete', 'other', 9) : host.arena.testRun(host.program('trig'));
  const action: PlannedAction = { kind: 'call', call };
  const scheduler = host.scheduler({ X: [action], Y: Array.from({ length: times }, () => action) });
  const isDone = (name: string): boolean =>
    scheduler.isDone(scheduler.scripts.find((x) => x.task.name === name)!);
  host.until(scheduler, () => isDone('Y'));
  const xDone = isDone('X');
  const blocked = readPrograms(host, s);
  const blockedCnt = readVariable(host, 'cnt');
  host.kernel.memory.writeU32(page.at, 1);
  host.kernel.machine.signal(page.at);
  host.finish(scheduler);
  const z = host.run(call, 'Z');
  const resultsOf = (task: string): number[] =>
    scheduler.results.filter((r) => r.task === task).map((r) => Number(r.results[0]!));
  return {
    ...observe(host, s),
    while_blocked: blocked,
    while_blocked_cnt: blockedCnt,
    x_done_before_release: xDone,
    x_result: resultsOf('X')[0],
    y_results: resultsOf('Y'),
    z_result: z,
  };
}

/** Simulated time the recorder sleeps after it has seen that X is in the program. */
const NAP = 20_000;

/** A program spins in task X while a real-time task Y, on the same CPU or another, triggers it. */
function replayPreemption(s: Recorded, bench: Bench): Actual {
  const yCpu = Number(/on cpu(\d+)$/.exec(s.trigger ?? '')?.[1] ?? 0);
  const host = new Host({
    ...bench,
    units: [unitOf(s.object, programsOf(s))],
    cpus: s.cpus ?? 1,
    tasks: { Y: yCpu, X: 0 },
  });
  setUpGuards(host, programsOf(s));
  look(host);
  attachAll(host, s);
  for (const name of ['want_fired', 'spin_on']) host.set(name, 1n);
  // Where Y has to wait for X to leave the program, it may as well not spin.
  host.set('spin_limit', yCpu === 0 && !bench.model.preemptRcu ? 0n : 1n);
  const update: PlannedAction = { kind: 'call', call: mapCall(host, 'update', 'arr', 0, 5n) };
  const set = (name: string, value: bigint): PlannedAction => ({
    kind: 'set',
    global: host.kernel.globals.get(name)!,
    index: 0,
    value,
  });
  const scheduler = host.scheduler({
    Y: [
      { kind: 'sleep', ns: NAP },
      // On another CPU Y itself does not spin.
      ...(yCpu === 0 ? [] : [set('spin_on', 0n)]),
      update,
      set('fired', 1n),
    ],
    X: [update],
  });
  const [y, x] = scheduler.scripts;
  // Y polls until X is in the program, with the priority of a real-time task.
  y!.wakeAt = Number.MAX_SAFE_INTEGER;
  host.until(scheduler, () => host.get('cnt') !== 0n, 50);
  y!.wakeAt = 0;
  let xDoneBeforeY: boolean | undefined;
  host.finish(scheduler, () => {
    if (xDoneBeforeY === undefined && y!.step >= y!.steps.length - 2 && y!.wakeAt <= host.kernel.machine.now)
      xDoneBeforeY = scheduler.isDone(x!);
  });
  host.set('spin_on', 0n);
  look(host);
  const resultOf = (task: string): number =>
    Number(scheduler.results.find((r) => r.task === task && r.results.length > 0)!.results[0]!);
  return {
    ...observeContexts(host, s),
    x_finished_before_y: xDoneBeforeY,
    trigger_results: [resultOf('X'), resultOf('Y')],
  };
}

/** How many programs a function takes: instances of two programs, each of an object of its own, in turns. */
export function replayLimit(s: Recorded, bench: Bench): Partial<Recorded> {
  const [a = '', b = ''] = s.alternating ?? [];
  const most = 44;
  const instances = Array.from({ length: most }, (_, i) => ({ name: i % 2 === 0 ? a : b, prefix: `u${i}.` }));
  const host = new Host({
    ...bench,
    units: [
      ...instances.map(({ name, prefix }) => unitOf(s.object, [name], prefix)),
      unitOf(s.object, ['o_carrier']),
    ],
  });
  let ok = 0;
  let error = 0;
  for (const { name, prefix } of instances) {
    error = host.attach(`${prefix}${name}`);
    if (error !== 0) break;
    ok += 1;
  }
  const result = host.testRun('o_carrier');
  const stats = instances
    .slice(0, ok)
    .map(({ name, prefix }) => host.kernel.stats(host.program(prefix + name)));
  return {
    attached_ok: ok,
    next_attach_error: error,
    trigger_results: [result],
    test_run_retval: [host.retval('o_carrier')],
    sum_run_cnt: stats.reduce((n, x) => n + Number(x.runCnt), 0),
    sum_recursion_misses: stats.reduce((n, x) => n + Number(x.recursionMisses), 0),
  };
}

export function replayAttachTwice(s: Recorded, bench: Bench): Partial<Recorded> {
  const host = new Host({ ...bench, units: [unitOf(s.object, ['o_fe1'])] });
  return { first_attach: host.attach('o_fe1'), second_attach: host.attach('o_fe1') };
}

/** Attached, detached, attached and detached again, triggered each time; with and without statistics. */
export function replayCounters(s: Recorded, bench: Bench): Partial<Recorded> {
  const host = new Host({ ...bench, units: [unitOf(s.object, ['fe_a'])], stats: s.stats === 1 });
  const steps = (s.steps ?? []).map(({ attached, triggers }) => {
    if (attached) host.attach('fe_a');
    else host.detach('fe_a');
    for (let i = 0; i < triggers; i += 1) host.run(mapCall(host, 'delete', 'h', 5));
    const stats = host.kernel.stats(host.program('fe_a'));
    return {
      attached,
      triggers,
      body_runs: Number(host.get('cnt')),
      run_cnt: Number(stats.runCnt),
      recursion_misses: Number(stats.recursionMisses),
    };
  });
  return { steps };
}

/** Carries out a scenario as the recorder did. Throws for a trigger it does not know. */
export function replay(s: Recorded, bench: Bench): Actual {
  const trigger = s.trigger ?? '';
  if (trigger.startsWith('X spins')) return replayPreemption(s, bench);
  if (trigger.startsWith('X blocks')) return replaySleep(s, bench);
  if (trigger.startsWith('timer callback')) return replayNesting(s, bench);
  if (s.interrupt_source !== undefined) return replayContext(s, bench);
  if (/^(map_(delete|update)|test_run \S+)/.test(trigger)) return replayTable(s, bench);
  throw new Error(`unknown trigger: ${trigger}`);
}
