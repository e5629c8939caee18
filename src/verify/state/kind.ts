/** What a register holds, by the verifier's own words for it (`enum bpf_reg_type`). */
export type PointerKind =
  | 'ctx'
  /** A map itself. */
  | 'map_ptr'
  | 'map_value'
  | 'map_key'
  | 'stack'
  | 'packet'
  | 'packet_meta'
  | 'packet_end'
  | 'flow_keys'
  | 'sock'
  | 'sock_common'
  | 'tcp_sock'
  | 'xdp_sock'
  /** What a writable raw tracepoint hands over. */
  | 'tp_buffer'
  /** A structure that BTF describes. */
  | 'btf'
  /** Memory of a known size. */
  | 'mem'
  /** Memory of an iterator, whose size is known when it is attached. */
  | 'buf'
  | 'arena'
  /** A function of the program. */
  | 'func'
  /** A dynptr that a callback is given. */
  | 'dynptr'
  /** An instruction of the program, out of a map of them. */
  | 'insn';
export type RegisterKind = 'none' | 'scalar' | PointerKind;

/** What holds of a pointer besides its kind (`enum bpf_type_flag`); bits that are or-ed. */
export const FLAGS = {
  maybeNull: 1,
  readonly: 2,
  ringbuf: 4,
  user: 8,
  percpu: 16,
  rcu: 32,
  untrusted: 64,
  trusted: 128,
  /** An object that the program allocated. */
  alloc: 256,
  /** Without the right to release what it points to. */
  nonOwning: 512,
  /** A part of what a dynptr of one of these kinds describes, which a kfunc has given. */
  localSlice: 1024,
  ringbufSlice: 2048,
} as const;

/** As the kernel prints kinds (reg_type_str in kernel/bpf/log.c). */
const NAMES: Readonly<Record<RegisterKind, string>> = {
  none: '?',
  scalar: 'scalar',
  ctx: 'ctx',
  map_ptr: 'map_ptr',
  map_value: 'map_value',
  map_key: 'map_key',
  stack: 'fp',
  packet: 'pkt',
  packet_meta: 'pkt_meta',
  packet_end: 'pkt_end',
  flow_keys: 'flow_keys',
  sock: 'sock',
  sock_common: 'sock_common',
  tcp_sock: 'tcp_sock',
  xdp_sock: 'xdp_sock',
  tp_buffer: 'tp_buffer',
  btf: 'ptr_',
  mem: 'mem',
  buf: 'buf',
  arena: 'arena',
  func: 'func',
  dynptr: 'dynptr_ptr',
  insn: 'insn',
};

const PREFIXES = [
  ['readonly', 'rdonly_'],
  ['ringbuf', 'ringbuf_'],
  ['user', 'user_'],
  ['percpu', 'percpu_'],
  ['rcu', 'rcu_'],
  ['untrusted', 'untrusted_'],
  ['trusted', 'trusted_'],
] as const;

/** Kind and flags in one word: `rdonly_mem`, `map_value_or_null`, `trusted_ptr_`. */
export function formatKind(kind: RegisterKind, flags: number): string {
  const prefix = PREFIXES.filter(([flag]) => (flags & FLAGS[flag]) !== 0)
    .map(([, word]) => word)
    .join('');
  const isNullable = (flags & FLAGS.maybeNull) !== 0;
  const suffix = isNullable ? (kind === 'btf' ? 'or_null_' : '_or_null') : '';
  return `${prefix}${NAMES[kind]}${suffix}`;
}
