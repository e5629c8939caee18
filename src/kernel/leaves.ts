import { type BLOCKED, type Leaf, type LeafCall, YIELD } from '../machine/leaf.js';
import type { Region } from '../machine/memory.js';
import { Trap } from '../machine/trap.js';
import { POISON_LEAF, type Visibility } from './boot/symbols.js';
import { CPU_FIELD, CPU_SIZE } from './cpu.js';
import { TASK } from './layout.js';
import type { LeafEffect } from './leaf-effect.js';
import { MAP_LEAVES } from './map/leaves.js';
import type { MapTable } from './map/table.js';
import { bstrPrintf } from './printk.js';
import { hrtimerExpire, timerCancel, timerInit, timerSetCallback, timerStart } from './timer.js';
import { copyFromUser, probeReadKernel, probeReadUser } from './user.js';

export interface KernelLeaf extends Leaf {
  readonly visibility: Visibility;
  readonly effect: LeafEffect;
}

/** What leaves need besides the machine: memory of the kernel as a whole, and its maps. */
export interface KernelParts {
  readonly pipe: Region;
  readonly cpus: Region;
  readonly timers: Region;
  readonly maps: MapTable;
}

function taskField(call: LeafCall, field: 'pid' | 'tgid'): bigint {
  return BigInt(call.machine.memory.readU32(call.current + TASK.fields[field].offset));
}

function setCpuField(
  call: LeafCall,
  { cpus }: KernelParts,
  field: keyof typeof CPU_FIELD,
  to: number,
): number {
  const { memory } = call.machine;
  const at = cpus.start + call.cpu * CPU_SIZE + CPU_FIELD[field];
  const before = memory.readU32(at);
  memory.writeU32(at, to);
  return before;
}

/** rt_spin_lock(lock): a lock whose waiters sleep (PREEMPT_RT); the word holds its owner. */
function rtSpinLock(call: LeafCall): typeof BLOCKED | undefined {
  const { memory } = call.machine;
  const lock = call.pointer(1, 8, 'write');
  if (memory.readU64(lock) !== 0n) return call.blockOn(lock);
  memory.writeU64(lock, BigInt(call.current));
  return undefined;
}

function rtSpinUnlock(call: LeafCall): void {
  const lock = call.pointer(1, 8, 'write');
  call.machine.memory.writeU64(lock, 0n);
  call.machine.signal(lock);
}

const clock = (c: LeafCall): void => c.give(BigInt(c.machine.now));

/** Every function of the kernel that is TypeScript. Helpers are public. */
const LEAVES: readonly (Omit<KernelLeaf, 'run'> & {
  // biome-ignore lint/suspicious/noConfusingVoidType: a leaf that simply returns gives nothing
  readonly run: (call: LeafCall, parts: KernelParts) => void | typeof BLOCKED | typeof YIELD;
})[] = [
  {
    name: 'get_current',
    effect: 'current',
    visibility: 'kernel',
    inline: 'current',
    run: (c) => c.giveAddress(c.current),
  },
  { name: 'sched_clock', effect: 'clock', visibility: 'kernel', inline: 'clock', run: clock },
  {
    name: 'local_irq_enable',
    effect: 'irq_on',
    visibility: 'kernel',
    run: (c, r) => void setCpuField(c, r, 'irqsOff', 0),
  },
  {
    name: 'local_irq_disable',
    effect: 'irq_off',
    visibility: 'kernel',
    run: (c, r) => void setCpuField(c, r, 'irqsOff', 1),
  },
  {
    name: 'local_irq_save',
    effect: 'irq_save',
    visibility: 'kernel',
    run: (c, r) => c.giveNumber(setCpuField(c, r, 'irqsOff', 1)),
  },
  {
    name: 'local_irq_restore',
    effect: 'irq_restore',
    visibility: 'kernel',
    run: (c, r) => void setCpuField(c, r, 'irqsOff', c.arg32(1)),
  },
  {
    name: 'wakeup_softirqd',
    effect: 'softirqd',
    visibility: 'kernel',
    run: (c, r) => void setCpuField(c, r, 'softirqd', 1),
  },
  { name: 'rt_spin_lock', effect: 'memory', visibility: 'kernel', run: rtSpinLock },
  { name: 'rt_spin_unlock', effect: 'memory', visibility: 'kernel', run: rtSpinUnlock },
  {
    name: 'hrtimer_expire',
    effect: 'memory',
    visibility: 'kernel',
    run: (c, { timers }) => hrtimerExpire(c, timers),
  },
  {
    name: 'bstr_printf',
    effect: 'memory',
    visibility: 'kernel',
    run: (c, { pipe }) => c.giveNumber(bstrPrintf(c, pipe)),
  },
  {
    name: POISON_LEAF,
    effect: 'memory',
    visibility: 'kernel',
    run: () => {
      throw new Trap('unresolved_relocation', 0n, 0, 'call');
    },
  },
  { name: 'bpf_ktime_get_ns', effect: 'clock', visibility: 'public', args: 0, inline: 'clock', run: clock },
  {
    name: 'bpf_ktime_get_boot_ns',
    effect: 'clock',
    visibility: 'public',
    args: 0,
    inline: 'clock',
    run: clock,
  },
  {
    name: 'bpf_get_smp_processor_id',
    effect: 'cpu',
    visibility: 'public',
    args: 0,
    inline: 'cpu',
    run: (c) => c.giveNumber(c.cpu),
  },
  {
    name: 'bpf_get_current_task',
    effect: 'current',
    visibility: 'public',
    args: 0,
    inline: 'current',
    run: (c) => c.giveAddress(c.current),
  },
  {
    name: 'bpf_get_current_pid_tgid',
    effect: 'current',
    visibility: 'public',
    args: 0,
    run: (c) => c.give((taskField(c, 'tgid') << 32n) | taskField(c, 'pid')),
  },
  { name: 'bpf_copy_from_user', effect: 'memory', visibility: 'public', args: 3, run: copyFromUser },
  { name: 'bpf_probe_read_user', effect: 'memory', visibility: 'public', args: 3, run: probeReadUser },
  { name: 'bpf_probe_read_kernel', effect: 'memory', visibility: 'public', args: 3, run: probeReadKernel },
  {
    name: 'bpf_timer_init',
    effect: 'memory',
    visibility: 'public',
    args: 3,
    run: (c, parts) => c.giveNumber(timerInit(c, parts.timers, parts.maps)),
  },
  {
    name: 'bpf_timer_set_callback',
    effect: 'memory',
    visibility: 'public',
    args: 2,
    run: (c, { timers }) => c.giveNumber(timerSetCallback(c, timers)),
  },
  {
    name: 'bpf_timer_start',
    effect: 'timer',
    visibility: 'public',
    args: 3,
    run: (c, { timers }) => {
      c.giveNumber(timerStart(c, timers));
      // It may expire before the thread's turn would be over.
      return YIELD;
    },
  },
  {
    name: 'bpf_timer_cancel',
    effect: 'memory',
    visibility: 'public',
    args: 1,
    run: (c, { timers }) => c.giveNumber(timerCancel(c, timers)),
  },
];

export const LEAF_NAMES: readonly string[] = [...LEAVES, ...MAP_LEAVES].map((leaf) => leaf.name);

const EFFECTS: ReadonlyMap<string, LeafEffect> = new Map(
  [...LEAVES, ...MAP_LEAVES].map((leaf) => [leaf.name, leaf.effect]),
);

/** The effect of the leaf of that name, which must be one of the kernel's. */
export function leafEffect(name: string): LeafEffect {
  const effect = EFFECTS.get(name);
  if (effect === undefined) throw new Error(`no leaf ${name}`);
  return effect;
}

export function kernelLeaves(parts: KernelParts): readonly KernelLeaf[] {
  return [
    ...LEAVES.map(({ run, ...leaf }): KernelLeaf => ({ ...leaf, run: (call) => run(call, parts) })),
    ...MAP_LEAVES.map(({ run, ...leaf }): KernelLeaf => ({ ...leaf, run: (call) => run(call, parts.maps) })),
  ];
}
