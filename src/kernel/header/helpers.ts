// cspell:ignore Wunused
import { helperByName } from '../../isa/helpers.js';
import { HELPERS } from '../../verify/calls/helpers.js';
import type { ArgumentType, CallRow, ResultType } from '../../verify/calls/row.js';

/** What arguments are in C; all that is not a pointer is a number. */
const ARGUMENTS: Readonly<Record<ArgumentType, string>> = {
  any: '__u64',
  ctx: 'void *',
  map: 'void *',
  map_key: 'const void *',
  map_value: 'const void *',
  map_value_or_null: 'const void *',
  uninit_map_value: 'void *',
  mem: 'const void *',
  mem_or_null: 'const void *',
  uninit_mem: 'void *',
  uninit_mem_or_null: 'void *',
  out_u64: 'void *',
  size: '__u32',
  size_or_zero: '__u32',
  const_size: '__u64',
  alloc_size: '__u64',
  alloc_mem: 'void *',
  const_str: 'const char *',
  callback: 'void *',
  stack_or_null: 'void *',
  timer: 'struct bpf_timer *',
  percpu: 'const void *',
  task_struct: 'struct task_struct *',
  cpumask: 'const void *',
  bpf_cpumask: 'void *',
  irq_flag: 'unsigned long *',
  iter_num: 'struct bpf_iter_num *',
  spin_lock: 'struct bpf_spin_lock *',
  res_lock: 'struct bpf_res_spin_lock *',
  seq_file: 'struct seq_file *',
  path: 'struct path *',
  dynptr: 'const struct bpf_dynptr *',
  uninit_dynptr: 'struct bpf_dynptr *',
  uninit_ringbuf_dynptr: 'struct bpf_dynptr *',
  ringbuf_dynptr: 'struct bpf_dynptr *',
  kptr_field: 'void *',
  kptr_or_null: 'void *',
};

const RESULTS: Readonly<Record<ResultType, string>> = {
  int: 'long',
  bool: 'bool',
  void: 'void',
  map_value_or_null: 'void *',
  alloc_mem_or_null: 'void *',
  mem: 'void *',
  mem_or_null: 'void *',
  percpu_mem: 'void *',
  percpu_mem_or_null: 'void *',
  task_struct: 'struct task_struct *',
  task_struct_or_null: 'struct task_struct *',
  bpf_cpumask: 'void *',
  bpf_cpumask_or_null: 'void *',
  pt_regs: 'struct pt_regs *',
  btf_object: 'void *',
  kptr_or_null: 'void *',
  dynptr_mem_or_null: 'void *',
  dynptr_slice_or_null: 'void *',
  dynptr_rdonly_slice_or_null: 'const void *',
};

/** Helpers whose number is not an error or a count, but a time, an identity or an address: all 64 bits count. */
const UNSIGNED =
  /^bpf_(?:ktime_|jiffies64|get_(?:current_(?:pid_tgid|uid_gid|task$|cgroup_id|ancestor)|attach_cookie|func_ip|prandom))/;
/** Arguments that a call may leave out or give in any number. */
const OPEN = new Set(['bpf_trace_printk']);

/** Kfuncs are declared by the programs that call them, and helpers of numbers here. */
function declaration({ name, args, returns }: CallRow): string {
  const id = helperByName(name)?.id;
  const result = returns === 'int' && UNSIGNED.test(name) ? '__u64' : RESULTS[returns];
  const params = args.map((a) => {
    // An address that is only tried is any number to the verifier.
    const type = a.type === 'any' && a.name.endsWith('ptr') ? 'const void *' : ARGUMENTS[a.type];
    return `${type}${type.endsWith('*') ? '' : ' '}${a.name}`;
  });
  const list = [...params, ...(OPEN.has(name) ? ['...'] : [])].join(', ') || 'void';
  return `static ${result}${result.endsWith('*') ? '' : ' '}(*const ${name})(${list}) = (void *)${id};`;
}

/** Structures that the declarations name: a program need not have their definitions. */
const structs = (declarations: string): readonly string[] =>
  [...new Set(declarations.match(/\bstruct \w+/g))].map((name) => `${name};`);

/** The helpers that the emulator has, as programs in C call them. */
export function helperHeader(): string {
  const declarations = [...HELPERS.rows.values()].map(declaration).join('\n');
  return `/* The helpers that tinybpf has, from its table. */
#ifndef TINYBPF_BPF_HELPER_DEFS_H
#define TINYBPF_BPF_HELPER_DEFS_H

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-variable"
${structs(declarations).join('\n')}

${declarations}
#pragma clang diagnostic pop

#endif
`;
}
