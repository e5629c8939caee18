// cspell:ignore unnoted
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Layout } from '../../src/explore/state/layout.js';
import { isInside, OWNER, Owners } from '../../src/explore/state/store.js';
import { LEAF_NAMES } from '../../src/kernel/leaves.js';
import { mapTypeInfo, mapTypeNames } from '../../src/kernel/map/types.js';
import { parseOrThrow } from '../../src/lab/environment.js';
import { toAddress } from '../../src/machine/memory.js';
import { startThread } from '../../src/machine/start.js';
import { makeScene, type Scene } from '../../src/replay/scene.js';
import { environment } from '../support/environment.js';
import { type Spied, spyOn } from '../support/spied-memory.js';

/** A map of every type, whose values have room for a timer, and a function round every leaf. */
const MAPS = mapTypeNames().map((type) => {
  const { key, value, family, keys, holdsMaps, entries } = mapTypeInfo(type);
  const fields = [
    ...(key === 'given' ? [keys === undefined ? 'key 4' : 'key 8'] : []),
    ...(value === 'given' ? ['value 24'] : []),
  ];
  if (holdsMaps) fields.push('inner array_map');
  if (entries !== 'none') fields.push(`max_entries ${family === 'ring' ? 4096 : 2}`);
  return `map ${type}_map : ${type} { ${fields.join(', ')} }`;
});
const wrapper = (name: string): string =>
  `function with_${name}(u64 a, u64 b, u64 c, u64 d, u64 e) {\n    call ${name}\n    r0 = 0\n    exit\n}`;
const LAB = `${[...MAPS, ...LEAF_NAMES.map(wrapper)].join('\n')}
global key : u32
global one : u32 = 1
global text : u64 = 0x007325206425 // "%d %s"
global values : u64[16]
global buffer : u64[128]
user page : u64
percpu variable : u64
tracepoint hit()
program p : raw_tp/hit {
    r0 = 0
    exit
}
scenario {
    cpus 2
    task A cpu 0 { set key = 0 }
    task B cpu 1 { set key = 0 }
}`;

function boot(): Scene {
  const lab = parseOrThrow({ name: 'leaves.bpf', text: LAB });
  return makeScene(lab, lab.declarations.find((d) => d.kind === 'scenario')!, environment, {});
}

/** Arguments that a leaf is made for, by name; what is not a number is a symbol or one of `PLACES`. */
const HASH = ['hash_map', 'key', 'values', 0, 0] as const;
const ARGUMENTS: Readonly<Record<string, readonly (string | number)[]>> = {
  get_current: [],
  sched_clock: [],
  res_spin: [],
  rt_spin_lock: ['buffer'],
  rt_spin_unlock: ['buffer'],
  hrtimer_expire: ['buffer'],
  bstr_printf: ['text', 8, 'values', 'buffer'],
  bstr_vprintf: ['text', 8, 'values', 'buffer', 2],
  bstr_snprintf: ['buffer', 8, 'text', 'values', 2],
  memmove: ['buffer', 'values', 8],
  copy_to_user_nofault: ['(user)', 'values', 8],
  unresolved_relocation: [],
  bpf_ktime_get_ns: [],
  bpf_ktime_get_boot_ns: [],
  bpf_ktime_get_tai_ns: [],
  bpf_get_smp_processor_id: [],
  bpf_get_current_task: [],
  bpf_get_current_task_btf: [],
  bpf_get_current_pid_tgid: [],
  bpf_copy_from_user: ['buffer', 8, '(user)'],
  bpf_probe_read_user: ['buffer', 8, '(user)'],
  bpf_probe_read_kernel: ['buffer', 8, 'values'],
  bpf_probe_read: ['buffer', 8, 'values'],
  bpf_probe_read_user_str: ['buffer', 8, '(user)'],
  bpf_probe_read_kernel_str: ['buffer', 8, 'text'],
  bpf_probe_read_str: ['buffer', 8, 'text'],
  bpf_strtol: ['text', 8, 0, 'buffer'],
  bpf_strtoul: ['text', 8, 0, 'buffer'],
  bpf_strncmp: ['text', 8, 'values'],
  bpf_get_current_comm: ['buffer', 16],
  bpf_get_ns_current_pid_tgid: [4, 0xeffffffc, 'buffer', 8],
  timer_init: ['(value)', 'array_map', 1],
  timer_set_callback: ['(value)', 1],
  timer_start: ['(value)', 5, 0],
  timer_cancel: ['(value)'],
  bpf_cpumask_create: [],
  bpf_cpumask_acquire: ['buffer'],
  bpf_cpumask_release: ['buffer'],
  bpf_cpumask_first: ['buffer'],
  bpf_cpumask_first_zero: ['buffer'],
  bpf_cpumask_first_and: ['buffer', 'values'],
  bpf_cpumask_set_cpu: [1, 'buffer'],
  bpf_cpumask_clear_cpu: [1, 'buffer'],
  bpf_cpumask_test_cpu: [1, 'buffer'],
  bpf_cpumask_test_and_set_cpu: [1, 'buffer'],
  bpf_cpumask_test_and_clear_cpu: [1, 'buffer'],
  bpf_cpumask_setall: ['buffer'],
  bpf_cpumask_clear: ['buffer'],
  bpf_cpumask_and: ['buffer', 'values', 'text'],
  bpf_cpumask_or: ['buffer', 'values', 'text'],
  bpf_cpumask_xor: ['buffer', 'values', 'text'],
  bpf_cpumask_equal: ['buffer', 'values'],
  bpf_cpumask_intersects: ['buffer', 'values'],
  bpf_cpumask_subset: ['buffer', 'values'],
  bpf_cpumask_empty: ['buffer'],
  bpf_cpumask_full: ['buffer'],
  bpf_cpumask_copy: ['buffer', 'values'],
  bpf_cpumask_any_distribute: ['buffer'],
  bpf_cpumask_any_and_distribute: ['buffer', 'values'],
  bpf_cpumask_weight: ['buffer'],
  bpf_cpumask_populate: ['buffer', 'values', 8],
  local_irq_enable: [],
  local_irq_disable: [],
  local_irq_save: [],
  local_irq_restore: [0],
  wakeup_softirqd: [],
  copy_map_value: ['array_map', 'buffer', 'values'],
  htab_find: HASH,
  htab_bucket: HASH,
  htab_lru_find: ['lru_hash_map', 'key'],
  htab_insert: HASH,
  htab_percpu_fetch: ['percpu_hash_map', 'key', 'buffer'],
  htab_link: ['hash_map', '(element)', 'key', 'values', 0],
  htab_element: HASH,
  map_list: ['lru_hash_map', 0],
  list_pop: ['lru_hash_map', 0],
  list_push: ['stack_trace_map', 0, '(room)'],
  lru_take_free: ['lru_hash_map'],
  lru_oldest: ['lru_hash_map', 0, 0],
  lru_add_pending: ['lru_hash_map', '(node)', 'key'],
  lru_free: ['lru_hash_map', '(node)'],
  lru_store: ['lru_hash_map', '(node)', 'values', 0, 0],
  htab_unlink: ['lru_hash_map', '(node)'],
  htab_buckets: ['hash_map'],
  htab_first: ['hash_map', 0],
  htab_next: ['hash_map', '(element)'],
  htab_value: ['hash_map', '(element)'],
  array_slot: ['array_map', 'key'],
  array_map_gen_lookup: ['array_map', 'key'],
  percpu_array_map_gen_lookup: ['percpu_array_map', 'key'],
  array_of_map_gen_lookup: ['array_of_maps_map', 'key'],
  array_slot_for_update: ['array_map', 'key', 0],
  percpu_array_store: ['percpu_array_map', 'key', 'values', 0],
  percpu_array_fetch: ['percpu_array_map', 'key', 'buffer'],
  fd_array_store: ['prog_array_map', 'key', 'one', 0],
  fd_array_remove: ['prog_array_map', 'key'],
  fd_array_fetch: ['prog_array_map', 'key', 'buffer'],
  inner_map: ['array_of_maps_map', 'key'],
  inner_fetch: ['hash_of_maps_map', 'key', 'buffer'],
  storage_find: ['task_storage_map', '(task)'],
  storage_lock: ['task_storage_map', '(task)'],
  storage_create: ['task_storage_map', '(task)', 0],
  storage_remove: ['task_storage_map', '(task)'],
  storage_task: ['task_storage_map', 'key'],
  trie_find: ['lpm_trie_map', 'values'],
  trie_insert: ['lpm_trie_map', 'values', 'buffer', 0],
  trie_remove: ['lpm_trie_map', 'values'],
  perf_output: ['perf_event_array_map', 0, 'values', 8],
  stack_find: ['stack_trace_map', 0, 0],
  stack_store: ['stack_trace_map', 1, '(room)', 0],
  stack_copy: ['buffer', 64, 0],
  stack_fetch: ['stack_trace_map', 'key', 'buffer'],
  stack_remove: ['stack_trace_map', 'key'],
  map_lock: ['queue_map'],
  queue_push: ['queue_map', 'values', 0],
  queue_pop: ['queue_map', 'buffer'],
  queue_peek: ['queue_map', 'buffer'],
  bpf_current_task_under_cgroup: ['cgroup_array_map', 0],
  bpf_tail_call: ['values', 'prog_array_map', 0],
  ringbuf_reserve: ['ringbuf_map', 8],
  ringbuf_fill: ['(record)', 'values', 8],
  bpf_ringbuf_submit: ['(record)', 0],
  bpf_ringbuf_discard: ['(record)', 0],
  bpf_ringbuf_query: ['ringbuf_map', 0],
};
/** What ends no call but in a fault. */
const ALWAYS_FAULT = ['unresolved_relocation'];

/** Places that a bad argument may point to, another task's stack among them, and those that are named above. */
function placesOf({ kernel }: Scene): ReadonlyMap<string, bigint> {
  const { symbols, tasks, memory, maps } = kernel;
  const [own, other] = tasks;
  const at = (name: string, offset: number): bigint => toAddress(maps.get(`${name}_map`)!.elements + offset);
  const named = Object.values(ARGUMENTS)
    .flat()
    .filter((a): a is string => typeof a === 'string' && !a.startsWith('('));
  return new Map<string, bigint>([
    ...[...new Set([...named, 'variable', 'p$prog'])].map((n) => [n, symbols.addressOf(n)] as const),
    ['(user)', (0x7f00n << 32n) | BigInt(kernel.globals.get('page')!.at)],
    ['(task)', toAddress(own!.at)],
    ['(value)', at('array', 0)],
    ['(element)', at('hash', 0)],
    ['(node)', at('lru_hash', 0)],
    ['(room)', at('stack_trace', 0)],
    ['(record)', at('ringbuf', 8)],
    ['inside', symbols.addressOf('values') + 5n],
    ['its own structure', toAddress(own!.at)],
    ['another’s structure', toAddress(other!.at)],
    ['another’s stack', toAddress(other!.thread.stack.end - 64)],
    ['another’s registers', toAddress(other!.thread.at)],
    ['the pipe', toAddress(kernel.pipe.start)],
    ['the last word', toAddress(memory.limit - 4)],
    ...[0n, 1n, 24n, -1n].map((n) => [`${n}`, n] as const),
  ]);
}

/** What was read or written though nobody was told, and is not the kernel's own. */
function unnoted(
  scene: Scene,
  accesses: readonly Spied[],
  notes: readonly Spied[],
  current: number,
): string[] {
  const owners = new Owners(scene);
  const layout = new Layout(scene);
  return accesses.flatMap(({ at, size, writes }) => {
    for (let i = at; i < at + size; i += 1) {
      const isTold = notes.some((n) => i >= n.at && i < n.at + n.size && (n.writes || !writes));
      if (isTold || layout.isMap(i) || owners.of(i) === OWNER.hidden) continue;
      const region = scene.kernel.memory.regionAt(i);
      // What nobody writes while a machine runs, and what the kernel keeps of the running task.
      const isStatic = region?.kind === 'structure' && owners.of(i) === OWNER.shared;
      if (!writes && (isStatic || region?.start === current)) continue;
      return [`${writes ? 'writes' : 'reads'} ${region?.name ?? 'memory'} at ${i}`];
    }
    return [];
  });
}

/** A leaf that is called, and an argument of it that is replaced, by its place. */
interface Call {
  readonly leaf: string;
  readonly bad?: readonly [number, string] | undefined;
}

/** Calls leaves one after the other and looks at what each touches; those that returned. */
function carryOut(calls: readonly Call[]): ReadonlySet<string> {
  const done = new Set<string>();
  const scene = boot();
  const { interpreter, machine, memory, tasks, symbols } = scene.kernel;
  const places = placesOf(scene);
  const { thread, at: current } = tasks[0]!;
  for (const { leaf: name, bad } of calls) {
    thread.reset();
    const given = ARGUMENTS[name]!.map((a) => (typeof a === 'number' ? BigInt(a) : places.get(a)!));
    if (bad !== undefined) given[bad[0]] = places.get(bad[1])!;
    const args = Array.from(given, (a = 0n) => BigInt.asUintN(64, a));
    const notes: Spied[] = [];
    interpreter.leafCall.touched = (at, size, access) =>
      void notes.push({ at, size, writes: access !== 'read' });
    const index = machine.leaves.findIndex((l) => l.name === name);
    const leaf = machine.leaves[index]!;
    const spy = spyOn(memory);
    machine.leaves[index] = { ...leaf, run: (c, parts) => spy.during(() => leaf.run(c, parts)) };
    startThread(machine, thread, symbols.functionIndex(`with_${name}`), args);
    const stop = interpreter.run(thread, 1000);
    machine.leaves[index] = leaf;
    if (stop.kind !== 'fault') done.add(name);
    // Frames are where the call is made, which is the thread's own.
    const isFrame = (at: number): boolean => leaf.seesFrames === true && isInside(thread.stack, at);
    const accesses = spy.accesses.filter((a) => !isFrame(a.at));
    expect(unnoted(scene, accesses, notes, current), name).toEqual([]);
  }
  return done;
}

describe('leaves tell of what they are pointed at, and touch nothing else that others reach', () => {
  test('called for what they are made', () => {
    expect(Object.keys(ARGUMENTS)).toEqual(LEAF_NAMES);
    // What one makes is there for those after it.
    const discarded = ['ringbuf_reserve', 'bpf_ringbuf_discard'];
    const done = [LEAF_NAMES, discarded].flatMap((list) => [...carryOut(list.map((leaf) => ({ leaf })))]);
    expect(LEAF_NAMES.filter((n) => !done.includes(n))).toEqual(ALWAYS_FAULT);
  });

  test('called in any order, and with arguments that point elsewhere', () => {
    const bad = fc.tuple(fc.nat(4), fc.constantFrom(...placesOf(boot()).keys()));
    const call = fc.record({
      leaf: fc.constantFrom(...LEAF_NAMES),
      bad: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, bad),
    });
    const calls = fc.array(call, { minLength: 20, maxLength: 80 });
    fc.assert(
      fc.property(calls, (list) => void carryOut(list)),
      { numRuns: 20 },
    );
  });
});
