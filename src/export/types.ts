// cspell:disable: names as the kernel spells them.
import type { BtfWriter } from '../object/write/btf.js';
import { KFUNCS } from '../verify/calls/kfuncs.js';
import type { ArgumentType, ResultType } from '../verify/calls/row.js';

/** Integers by their size in bits, as C calls them. */
const INTEGERS = {
  8: 'char',
  16: 'short',
  32: 'int',
  64: 'long long',
} as const;

export function integerType(btf: BtfWriter, bits: 8 | 16 | 32 | 64, signed: boolean): number {
  const plain = INTEGERS[bits];
  const name = signed ? (bits === 8 ? `signed ${plain}` : plain) : `unsigned ${plain}`;
  return btf.integer(name, bits / 8, signed);
}

/** A type of so many bytes: an integer if there is one. */
export function bytesType(btf: BtfWriter, size: number): number {
  if (size === 1 || size === 2 || size === 4 || size === 8)
    return integerType(btf, (size * 8) as 8 | 16 | 32 | 64, false);
  return btf.array(integerType(btf, 8, false), size);
}

/** What functions of the kernel give the address of, where that is a number. */
const RETURNED_NUMBERS: Readonly<Record<string, 32 | 64>> = { bpf_iter_num_next: 32, bpf_session_cookie: 64 };

/**
 * What an argument or a result of a kernel function is in C. libbpf compares it with the kernel's own type, of which the kinds
 * must agree, and neither names nor sizes (bpf_core_types_are_compat). Undefined for what only helpers have.
 */
function kfuncType(btf: BtfWriter, type: ArgumentType | ResultType): number | undefined {
  switch (type) {
    case 'void':
      return 0;
    case 'task_struct':
    case 'cpumask':
    case 'bpf_cpumask':
    case 'pt_regs':
      return btf.pointer(btf.opaque(type));
    case 'task_struct_or_null':
      return btf.pointer(btf.opaque('task_struct'));
    case 'bpf_cpumask_or_null':
      return btf.pointer(btf.opaque('bpf_cpumask'));
    case 'res_lock':
      return btf.pointer(btf.opaque('bpf_res_spin_lock'));
    case 'iter_num':
      return btf.pointer(btf.opaque('bpf_iter_num'));
    case 'irq_flag':
      return btf.pointer(btf.integer('unsigned long', 8, false));
    case 'dynptr':
    case 'uninit_dynptr':
      return btf.pointer(btf.opaque('bpf_dynptr'));
    case 'mem':
    case 'mem_or_null':
    case 'btf_object':
    case 'ctx':
    case 'dynptr_slice_or_null':
    case 'dynptr_rdonly_slice_or_null':
      return btf.pointer(0);
    case 'bool':
      return btf.integer('_Bool', 1, false);
    case 'int':
      return integerType(btf, 32, true);
    case 'any':
    case 'size':
    case 'const_size':
      return integerType(btf, 32, false);
    case 'map':
    case 'map_key':
    case 'map_value':
    case 'map_value_or_null':
    case 'uninit_map_value':
    case 'uninit_mem':
    case 'uninit_mem_or_null':
    case 'out_u64':
    case 'size_or_zero':
    case 'alloc_size':
    case 'alloc_mem':
    case 'alloc_mem_or_null':
    case 'const_str':
    case 'callback':
    case 'stack_or_null':
    case 'timer':
    case 'percpu':
    case 'percpu_mem':
    case 'percpu_mem_or_null':
    case 'spin_lock':
    case 'seq_file':
    case 'path':
    case 'uninit_ringbuf_dynptr':
    case 'ringbuf_dynptr':
    case 'dynptr_mem_or_null':
    case 'kptr_field':
    case 'kptr_or_null':
      return undefined;
    default:
      return type satisfies never;
  }
}

/** The prototype of a kernel function that programs call. Throws for one that is not in the table: a bug of ours. */
export function kfuncPrototype(btf: BtfWriter, name: string): number {
  const typeOf = (type: ArgumentType | ResultType): number => {
    const id = kfuncType(btf, type);
    if (id === undefined) throw new Error(`${name} has a ${type}, of which no type is known`);
    return id;
  };
  const row = KFUNCS.get(name);
  if (row === undefined) throw new Error(`${name} is not a kernel function`);
  const bits = RETURNED_NUMBERS[name];
  const returns = bits === undefined ? typeOf(row.returns) : btf.pointer(integerType(btf, bits, bits === 32));
  const parameters = row.args.map((a) => ({ name: a.name, type: typeOf(a.type) }));
  return btf.prototype(returns, parameters);
}
