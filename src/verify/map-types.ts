/** Linux's map types, each at its number in `enum bpf_map_type` (include/uapi/linux/bpf.h). */
export const MAP_TYPES_OF_LINUX = [
  'unspec',
  'hash',
  'array',
  'prog_array',
  'perf_event_array',
  'percpu_hash',
  'percpu_array',
  'stack_trace',
  'cgroup_array',
  'lru_hash',
  'lru_percpu_hash',
  'lpm_trie',
  'array_of_maps',
  'hash_of_maps',
  'devmap',
  'sockmap',
  'cpumap',
  'xskmap',
  'sockhash',
  'cgroup_storage',
  'reuseport_sockarray',
  'percpu_cgroup_storage',
  'queue',
  'stack',
  'sk_storage',
  'devmap_hash',
  'struct_ops',
  'ringbuf',
  'inode_storage',
  'task_storage',
  'bloom_filter',
  'user_ringbuf',
  'cgrp_storage',
  'arena',
  'insn_array',
] as const;
export type LinuxMapType = (typeof MAP_TYPES_OF_LINUX)[number];

interface Typed {
  /** Number in `enum bpf_map_type`. */
  readonly type: number;
}

/** What Linux calls the type of a map; `unspec` for a number that it does not have. */
export const mapTypeOf = ({ type }: Typed): LinuxMapType => MAP_TYPES_OF_LINUX[type] ?? 'unspec';

/** Whether a map is of one of the types. */
export const isMapOf = (map: Typed, ...names: readonly LinuxMapType[]): boolean =>
  names.includes(mapTypeOf(map));
