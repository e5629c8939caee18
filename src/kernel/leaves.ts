import type { Leaf, LeafCall } from '../machine/leaf.js';
import type { Region } from '../machine/memory.js';
import { TASK } from './layout.js';
import { MAP_LEAVES } from './map/leaves.js';
import type { MapTable } from './map/table.js';
import { bstrPrintf } from './printk.js';
import type { Visibility } from './symbols.js';

export interface KernelLeaf extends Leaf {
  readonly visibility: Visibility;
}

/** Simulated time: every instruction takes a nanosecond. */
const clock = (executed: number): bigint => BigInt(executed);

function taskField(call: LeafCall, field: 'pid' | 'tgid'): bigint {
  return BigInt(call.machine.memory.readU32(call.current + TASK.fields[field].offset));
}

/** Every function of the kernel that is TypeScript, by the region of the trace pipe. Helpers are public. */
const LEAVES: readonly (Omit<KernelLeaf, 'run'> & {
  readonly run: (call: LeafCall, pipe: Region) => void;
})[] = [
  { name: 'get_current', visibility: 'kernel', run: (c) => c.giveAddress(c.current) },
  { name: 'sched_clock', visibility: 'kernel', run: (c) => c.give(clock(c.machine.executed)) },
  { name: 'bstr_printf', visibility: 'kernel', run: (c, pipe) => c.giveNumber(bstrPrintf(c, pipe)) },
  { name: 'bpf_ktime_get_ns', visibility: 'public', run: (c) => c.give(clock(c.machine.executed)) },
  { name: 'bpf_get_smp_processor_id', visibility: 'public', run: (c) => c.giveNumber(c.cpu) },
  {
    name: 'bpf_get_current_pid_tgid',
    visibility: 'public',
    run: (c) => c.give((taskField(c, 'tgid') << 32n) | taskField(c, 'pid')),
  },
];

export const LEAF_NAMES: readonly string[] = [...LEAVES, ...MAP_LEAVES].map((leaf) => leaf.name);

export function kernelLeaves(pipe: Region, maps: MapTable): readonly KernelLeaf[] {
  return [
    ...LEAVES.map(({ run, ...leaf }): KernelLeaf => ({ ...leaf, run: (call) => run(call, pipe) })),
    ...MAP_LEAVES.map(({ run, ...leaf }): KernelLeaf => ({ ...leaf, run: (call) => run(call, maps) })),
  ];
}
