import type { Leaf } from '../machine/leaf.js';
import type { Region } from '../machine/memory.js';
import { fromAddress } from '../machine/memory.js';
import { TASK } from './layout.js';
import { arrayStore, arrayValue } from './map/array.js';
import { htabFind, htabInsert, htabRemove } from './map/hash.js';
import { bstrPrintf } from './printk.js';
import type { Visibility } from './symbols.js';

export interface KernelLeaf extends Leaf {
  readonly visibility: Visibility;
}

/** Simulated time: every instruction takes a nanosecond. */
const clock = (executed: number): bigint => BigInt(executed);

function taskField(call: Parameters<Leaf['run']>[0], field: 'pid' | 'tgid'): bigint {
  const task = fromAddress(call.current) ?? 0;
  return BigInt(call.machine.memory.readU32(task + TASK.fields[field].offset));
}

/** Every function of the kernel that is TypeScript. Names that begin with `bpf_` are helpers for programs. */
export function kernelLeaves(pipe: Region): readonly KernelLeaf[] {
  return [
    { name: 'get_current', visibility: 'kernel', run: (c) => c.current },
    { name: 'sched_clock', visibility: 'kernel', run: (c) => clock(c.machine.executed) },
    { name: 'htab_find', visibility: 'kernel', run: htabFind },
    { name: 'htab_insert', visibility: 'kernel', run: htabInsert },
    { name: 'htab_remove', visibility: 'kernel', run: htabRemove },
    { name: 'array_value', visibility: 'kernel', run: arrayValue },
    { name: 'array_store', visibility: 'kernel', run: arrayStore },
    { name: 'bstr_printf', visibility: 'kernel', run: (c) => bstrPrintf(c, pipe) },
    { name: 'bpf_ktime_get_ns', visibility: 'public', run: (c) => clock(c.machine.executed) },
    { name: 'bpf_get_smp_processor_id', visibility: 'public', run: (c) => BigInt(c.cpu) },
    { name: 'bpf_get_numa_node_id', visibility: 'public', run: () => 0n },
    {
      name: 'bpf_get_current_pid_tgid',
      visibility: 'public',
      run: (c) => (taskField(c, 'tgid') << 32n) | taskField(c, 'pid'),
    },
  ];
}
