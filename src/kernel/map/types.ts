/**
 * Everything that differs between types of maps as data: what a declaration may say, how the elements lie in memory, and
 * which functions of the kernel are their operations. Nothing else knows a type's functions by name, and what works on
 * several types asks for what they have in common.
 */

/**
 * How elements lie in memory: in buckets, in a row, as a row of pointers, as one ring of bytes, as a ring of bytes for each
 * CPU, as traces by their hash, as a ring of values, as numbers of cgroups, as a row of maps, as keys in no
 * order, or as values of tasks.
 */
type Family =
  | 'hash'
  | 'array'
  | 'pointers'
  | 'ring'
  | 'perf'
  | 'stacks'
  | 'queue'
  | 'cgroups'
  | 'maps'
  | 'trie'
  | 'tasks';

/** What a field of a declaration must be: a size to give, a size that can be left out, or no size at all. */
export type SizeRule = 'given' | { readonly always: number } | 'none';
/** The same of the number of entries: `cpus` is one for each CPU where nothing is said. */
export type EntriesRule = 'given' | 'cpus' | 'none';

/** Most addresses of a stack trace: sysctl_perf_event_max_stack (kernel/events/callchain.c). */
export const MAX_STACK = 127;

/** Operations of a map, by the fields of struct bpf_map_ops (include/linux/bpf.h) that something here calls. */
export const OPERATIONS = [
  'map_lookup_elem',
  'map_update_elem',
  'map_delete_elem',
  'map_push_elem',
  'map_pop_elem',
  'map_peek_elem',
  'map_lookup_elem_sys_only',
  'map_lookup_percpu_elem',
  'map_for_each_callback',
] as const;
export type MapOperation = (typeof OPERATIONS)[number];

export interface MapTypeInfo {
  /** Number in `enum bpf_map_type` (include/uapi/linux/bpf.h). */
  readonly number: number;
  readonly family: Family;
  readonly key: SizeRule;
  readonly value: SizeRule;
  readonly entries: EntriesRule;
  /** Whether loaders fill in sizes that an object's declaration leaves out, as 0. */
  readonly fillsIn: boolean;
  /** Whether every CPU has values of its own. */
  readonly perCpu: boolean;
  /** Whether a full map evicts elements, the least recently used first, by lists kept beside the buckets. */
  readonly lru: boolean;
  /** Whether a value is a map. */
  readonly holdsMaps: boolean;
  /** Bytes of the smallest and of the largest key, where not every size will do. */
  readonly keys?: readonly [number, number];
  /** Whether Linux wants BPF_F_NO_PREALLOC. */
  readonly growsAsNeeded?: true;
  /** Whether a value can have a bpf_timer in it. */
  readonly timers: boolean;
  /** Name of the table of operations in the kernel. */
  readonly table: string;
  /** A missing operation is a null pointer, as in the kernel. */
  readonly operations: Readonly<Partial<Record<MapOperation, string>>>;
}

const FOUR = { always: 4 } as const;
const ENTRIES = { entries: 'given', fillsIn: false } as const;
const SIZES = { key: 'given', value: 'given', ...ENTRIES } as const;

/** A type is one row. @internal */
export const MAP_TYPES = {
  hash: {
    number: 1,
    family: 'hash',
    ...SIZES,
    perCpu: false,
    lru: false,
    holdsMaps: false,
    timers: true,
    table: 'htab_map_ops',
    operations: {
      map_lookup_elem: 'htab_map_lookup_elem',
      map_update_elem: 'htab_map_update_elem',
      map_delete_elem: 'htab_map_delete_elem',
      map_for_each_callback: 'bpf_for_each_hash_elem',
    },
  },
  array: {
    number: 2,
    family: 'array',
    key: FOUR,
    value: 'given',
    ...ENTRIES,
    perCpu: false,
    lru: false,
    holdsMaps: false,
    timers: true,
    table: 'array_map_ops',
    operations: {
      map_lookup_elem: 'array_map_lookup_elem',
      map_update_elem: 'array_map_update_elem',
      map_delete_elem: 'array_map_delete_elem',
      map_for_each_callback: 'bpf_for_each_array_elem',
    },
  },
  prog_array: {
    number: 3,
    family: 'pointers',
    key: FOUR,
    value: FOUR,
    ...ENTRIES,
    perCpu: false,
    lru: false,
    holdsMaps: false,
    timers: false,
    table: 'prog_array_map_ops',
    operations: {
      map_lookup_elem: 'fd_array_map_lookup_elem',
      map_delete_elem: 'fd_array_map_delete_elem',
    },
  },
  perf_event_array: {
    number: 4,
    family: 'perf',
    key: FOUR,
    value: FOUR,
    entries: 'cpus',
    fillsIn: true,
    perCpu: false,
    lru: false,
    holdsMaps: false,
    timers: false,
    table: 'perf_event_array_map_ops',
    operations: { map_lookup_elem: 'fd_array_map_lookup_elem' },
  },
  percpu_hash: {
    number: 5,
    family: 'hash',
    ...SIZES,
    perCpu: true,
    lru: false,
    holdsMaps: false,
    timers: false,
    table: 'htab_percpu_map_ops',
    operations: {
      map_lookup_elem: 'htab_percpu_map_lookup_elem',
      map_update_elem: 'htab_percpu_map_update_elem',
      map_delete_elem: 'htab_map_delete_elem',
      map_lookup_percpu_elem: 'htab_percpu_map_lookup_percpu_elem',
      map_for_each_callback: 'bpf_for_each_hash_elem',
    },
  },
  percpu_array: {
    number: 6,
    family: 'array',
    key: FOUR,
    value: 'given',
    ...ENTRIES,
    perCpu: true,
    lru: false,
    holdsMaps: false,
    timers: false,
    table: 'percpu_array_map_ops',
    operations: {
      map_lookup_elem: 'percpu_array_map_lookup_elem',
      map_update_elem: 'array_map_update_elem',
      map_delete_elem: 'array_map_delete_elem',
      map_lookup_percpu_elem: 'percpu_array_map_lookup_percpu_elem',
      map_for_each_callback: 'bpf_for_each_array_elem',
    },
  },
  stack_trace: {
    number: 7,
    family: 'stacks',
    key: FOUR,
    value: 'given',
    ...ENTRIES,
    perCpu: false,
    lru: false,
    holdsMaps: false,
    timers: false,
    table: 'stack_trace_map_ops',
    operations: {
      map_lookup_elem: 'stack_map_lookup_elem',
      map_update_elem: 'stack_map_update_elem',
      map_delete_elem: 'stack_map_delete_elem',
    },
  },
  cgroup_array: {
    number: 8,
    family: 'cgroups',
    key: FOUR,
    value: FOUR,
    ...ENTRIES,
    perCpu: false,
    lru: false,
    holdsMaps: false,
    timers: false,
    table: 'cgroup_array_map_ops',
    operations: {
      map_lookup_elem: 'fd_array_map_lookup_elem',
      map_delete_elem: 'fd_array_map_delete_elem',
    },
  },
  lru_hash: {
    number: 9,
    family: 'hash',
    ...SIZES,
    perCpu: false,
    lru: true,
    holdsMaps: false,
    timers: true,
    table: 'htab_lru_map_ops',
    operations: {
      map_lookup_elem: 'htab_lru_map_lookup_elem',
      map_update_elem: 'htab_lru_map_update_elem',
      map_delete_elem: 'htab_lru_map_delete_elem',
      map_lookup_elem_sys_only: 'htab_lru_map_lookup_elem_sys',
      map_for_each_callback: 'bpf_for_each_hash_elem',
    },
  },
  lru_percpu_hash: {
    number: 10,
    family: 'hash',
    ...SIZES,
    perCpu: true,
    lru: true,
    holdsMaps: false,
    timers: false,
    table: 'htab_lru_percpu_map_ops',
    operations: {
      map_lookup_elem: 'htab_lru_percpu_map_lookup_elem',
      map_update_elem: 'htab_lru_percpu_map_update_elem',
      map_delete_elem: 'htab_lru_map_delete_elem',
      map_lookup_percpu_elem: 'htab_lru_percpu_map_lookup_percpu_elem',
      map_for_each_callback: 'bpf_for_each_hash_elem',
    },
  },
  lpm_trie: {
    number: 11,
    family: 'trie',
    ...SIZES,
    keys: [5, 260],
    growsAsNeeded: true,
    perCpu: false,
    lru: false,
    holdsMaps: false,
    timers: false,
    table: 'trie_map_ops',
    operations: {
      map_lookup_elem: 'trie_lookup_elem',
      map_update_elem: 'trie_update_elem',
      map_delete_elem: 'trie_delete_elem',
    },
  },
  array_of_maps: {
    number: 12,
    family: 'maps',
    key: FOUR,
    value: FOUR,
    ...ENTRIES,
    perCpu: false,
    lru: false,
    holdsMaps: true,
    timers: false,
    table: 'array_of_maps_map_ops',
    operations: {
      map_lookup_elem: 'array_of_map_lookup_elem',
      map_delete_elem: 'fd_array_map_delete_elem',
    },
  },
  hash_of_maps: {
    number: 13,
    family: 'hash',
    key: 'given',
    value: FOUR,
    ...ENTRIES,
    perCpu: false,
    lru: false,
    holdsMaps: true,
    timers: false,
    table: 'htab_of_maps_map_ops',
    operations: {
      map_lookup_elem: 'htab_of_map_lookup_elem',
      map_delete_elem: 'htab_map_delete_elem',
    },
  },
  queue: {
    number: 22,
    family: 'queue',
    key: 'none',
    value: 'given',
    ...ENTRIES,
    perCpu: false,
    lru: false,
    holdsMaps: false,
    timers: false,
    table: 'queue_map_ops',
    operations: {
      map_lookup_elem: 'queue_stack_map_lookup_elem',
      map_update_elem: 'queue_stack_map_update_elem',
      map_delete_elem: 'queue_stack_map_delete_elem',
      map_push_elem: 'queue_stack_map_push_elem',
      map_pop_elem: 'queue_map_pop_elem',
      map_peek_elem: 'queue_map_peek_elem',
    },
  },
  stack: {
    number: 23,
    family: 'queue',
    key: 'none',
    value: 'given',
    ...ENTRIES,
    perCpu: false,
    lru: false,
    holdsMaps: false,
    timers: false,
    table: 'stack_map_ops',
    operations: {
      map_lookup_elem: 'queue_stack_map_lookup_elem',
      map_update_elem: 'queue_stack_map_update_elem',
      map_delete_elem: 'queue_stack_map_delete_elem',
      map_push_elem: 'queue_stack_map_push_elem',
      map_pop_elem: 'stack_map_pop_elem',
      map_peek_elem: 'stack_map_peek_elem',
    },
  },
  ringbuf: {
    number: 27,
    family: 'ring',
    key: 'none',
    value: 'none',
    ...ENTRIES,
    perCpu: false,
    lru: false,
    holdsMaps: false,
    timers: false,
    table: 'ringbuf_map_ops',
    operations: {
      map_lookup_elem: 'ringbuf_map_lookup_elem',
      map_update_elem: 'ringbuf_map_update_elem',
      map_delete_elem: 'ringbuf_map_delete_elem',
    },
  },
  task_storage: {
    number: 29,
    family: 'tasks',
    key: FOUR,
    value: 'given',
    entries: 'none',
    fillsIn: false,
    growsAsNeeded: true,
    perCpu: false,
    lru: false,
    holdsMaps: false,
    timers: false,
    table: 'task_storage_map_ops',
    operations: {
      map_lookup_elem: 'bpf_pid_task_storage_lookup_elem',
      map_update_elem: 'bpf_pid_task_storage_update_elem',
      map_delete_elem: 'bpf_pid_task_storage_delete_elem',
    },
  },
} as const satisfies Readonly<Record<string, MapTypeInfo>>;

export type MapType = keyof typeof MAP_TYPES;

export const mapTypeNames = (): readonly MapType[] => Object.keys(MAP_TYPES) as MapType[];

export const isMapType = (name: string): name is MapType => Object.hasOwn(MAP_TYPES, name);

/** What tells the types apart that a function of the kernel works on. */
export type MapTypes = (info: MapTypeInfo) => boolean;

/** The types of which something holds, in the order of their numbers. */
export const mapTypesWhere = (holds: MapTypes): readonly MapType[] =>
  mapTypeNames().filter((type) => holds(MAP_TYPES[type]));

export const mapTypeInfo = (type: MapType): MapTypeInfo => MAP_TYPES[type];

/** The type with a number of `enum bpf_map_type`, or undefined where the emulator has none. */
export function mapTypeByNumber(number: number): MapType | undefined {
  return mapTypeNames().find((type) => MAP_TYPES[type].number === number);
}

/** `BPF_MAP_TYPE_HASH` and the others, for kernel files. */
export function mapTypeConstants(): Map<string, bigint> {
  return new Map(
    mapTypeNames().map((type) => [`BPF_MAP_TYPE_${type.toUpperCase()}`, BigInt(MAP_TYPES[type].number)]),
  );
}
