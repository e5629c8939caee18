import { type MapOperation, OPERATIONS } from './map/types.js';

/**
 * Structures of the emulated kernel, as far as something reads them. Kernel files name a field `bpf_prog.active` and a
 * size `sizeof.bpf_prog`; fields are laid out in order, each at a multiple of its size.
 */
export type FieldSize = 4 | 8;

export interface Struct<F extends string> {
  readonly name: string;
  readonly size: number;
  readonly fields: Readonly<Record<F, { readonly offset: number; readonly size: FieldSize }>>;
}

function struct<F extends string>(name: string, fields: Readonly<Record<F, FieldSize>>): Struct<F> {
  const placed = {} as Record<F, { offset: number; size: FieldSize }>;
  let offset = 0;
  for (const field of Object.keys(fields) as F[]) {
    const size = fields[field];
    offset = Math.ceil(offset / size) * size;
    placed[field] = { offset, size };
    offset += size;
  }
  return { name, size: Math.ceil(offset / 8) * 8, fields: placed };
}

/** A task (struct task_struct and thread_info). `preempt_count` is used where the architecture keeps it in the task. */
export const TASK = struct('task_struct', {
  bpf_ctx: 8,
  preempt_count: 4,
  migration_disabled: 4,
  rcu_read_lock_nesting: 4,
  pid: 4,
  tgid: 4,
});

/** A loaded program. `active` and `stats` are per-CPU pointers. */
export const PROG = struct('bpf_prog', { active: 8, stats: 8, bpf_func: 8, id: 4 });

/** Per-CPU statistics of a program. */
export const STATS = struct('bpf_prog_stats', { cnt: 8, nsecs: 8, misses: 8 });

/** What a program was attached with, on the trampoline's stack while it runs. */
export const RUN_CTX = struct('bpf_tramp_run_ctx', { bpf_cookie: 8, saved_run_ctx: 8 });

export const RAW_TP_LINK = struct('bpf_raw_tp_link', { prog: 8, cookie: 8 });

export const MAP_OPS = struct(
  'bpf_map_ops',
  Object.fromEntries(OPERATIONS.map((name) => [name, 8])) as Readonly<Record<MapOperation, 8>>,
);

/** A map, as far as functions of the kernel read it. What its elements need besides lies with them. */
export const MAP = struct('bpf_map', {
  ops: 8,
  map_type: 4,
  key_size: 4,
  value_size: 4,
  max_entries: 4,
});

/**
 * What lies before the key of an element of a hash map. Links are offsets into memory, 0 at the end: `next` in the
 * bucket, `older` and `newer` in the order of use; the free list is linked by `older`.
 */
export const HTAB_ELEM = struct('htab_elem', { next: 4, older: 4, newer: 4 });

const STRUCTS: readonly Struct<string>[] = [TASK, PROG, STATS, RUN_CTX, RAW_TP_LINK, MAP_OPS, MAP, HTAB_ELEM];

/** Offsets and sizes as the constants that kernel files use. */
export function layoutConstants(): Map<string, bigint> {
  const constants = new Map<string, bigint>();
  for (const s of STRUCTS) {
    constants.set(`sizeof.${s.name}`, BigInt(s.size));
    for (const [field, { offset }] of Object.entries(s.fields))
      constants.set(`${s.name}.${field}`, BigInt(offset));
  }
  return constants;
}
