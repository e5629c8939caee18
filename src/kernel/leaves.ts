import {
  type BLOCKED,
  type CpuWord,
  type CurrentFields,
  type Leaf,
  type LeafCall,
  type Outcome,
  type TimedCall,
  YIELD,
} from '../machine/leaf.js';
import type { Region } from '../machine/memory.js';
import { Trap } from '../machine/trap.js';
import { POISON_LEAF, type Visibility } from './boot/symbols.js';
import { CPU_FIELD, CPU_SIZE } from './cpu.js';
import { CPUMASK_KFUNCS, type CpuMasks } from './cpumask.js';
import { EINVAL } from './errno.js';
import { TASK, TASK_COMM_LEN } from './layout.js';
import type { LeafEffect } from './leaf-effect.js';
import { MAP_LEAVES } from './map/leaves.js';
import type { MapTable } from './map/table.js';
import { bstrPrintf, bstrSnprintf, bstrVprintf } from './printk.js';
import { compareText, parseText } from './text.js';
import { hrtimerExpire, timerCancel, timerInit, timerSetCallback, timerStart } from './timer.js';
import {
  copyFromUser,
  copyToUser,
  probeRead,
  probeReadKernel,
  probeReadKernelStr,
  probeReadStr,
  probeReadUser,
  probeReadUserStr,
} from './user.js';

export interface KernelLeaf<Parts extends object = KernelParts> extends Leaf<Parts> {
  readonly visibility: Visibility;
  readonly effect: LeafEffect;
}

/** What leaves need besides the machine: memory of the kernel as a whole, and its maps. */
export interface KernelParts {
  readonly pipe: Region;
  readonly cpus: Region;
  readonly timers: Region;
  readonly cpumasks: CpuMasks;
  readonly maps: MapTable;
}

const { pid: PID, tgid: TGID } = TASK.fields;
/** What bpf_get_current_pid_tgid gives: two fields of the current task. */
const PID_TGID: CurrentFields = { kind: 'fields', low: PID.offset, high: TGID.offset };

/** A leaf that changes a field of what its CPU is doing, and does nothing else. */
interface CpuFieldLeaf extends Omit<KernelLeaf, 'run' | 'inline'> {
  readonly field: keyof typeof CPU_FIELD;
  readonly to: CpuWord['to'];
  readonly gives?: true;
}

const CPU_FIELD_LEAVES: readonly CpuFieldLeaf[] = [
  { name: 'local_irq_enable', effect: 'irq_on', visibility: 'kernel', field: 'irqsOff', to: 0 },
  { name: 'local_irq_disable', effect: 'irq_off', visibility: 'kernel', field: 'irqsOff', to: 1 },
  { name: 'local_irq_save', effect: 'irq_save', visibility: 'kernel', field: 'irqsOff', to: 1, gives: true },
  {
    name: 'local_irq_restore',
    effect: 'irq_restore',
    visibility: 'kernel',
    field: 'irqsOff',
    to: 'argument',
  },
  { name: 'wakeup_softirqd', effect: 'softirqd', visibility: 'kernel', field: 'softirqd', to: 1 },
];

function cpuFieldLeaf({ field, to, gives, ...leaf }: CpuFieldLeaf, { cpus }: KernelParts): KernelLeaf {
  const word: CpuWord = {
    ...{ kind: 'cpu_word', first: cpus.start + CPU_FIELD[field], stride: CPU_SIZE },
    ...{ to, gives: gives === true },
  };
  return { ...leaf, inline: word, run: (call) => call.changeCpuWord(word) };
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

/** memmove(to, from, size): also where they overlap. */
function moveBytes(call: LeafCall): void {
  const size = call.size(3);
  const from = call.pointer(2, size);
  const to = call.pointer(1, size, 'write');
  call.machine.memory.u8.copyWithin(to, from, from + size);
  call.giveAddress(to);
}

/** bpf_get_current_comm(buf, size): the name, as far as it fits, and zeros after it (strscpy_pad). */
function currentComm(call: LeafCall): void {
  const { u8 } = call.machine.memory;
  const size = call.arg32(2);
  const to = call.pointer(1, size, 'write');
  const comm = call.current + TASK.fields.comm.offset;
  for (let i = 0; i < size; i += 1) u8[to + i] = i < Math.min(size, TASK_COMM_LEN) - 1 ? u8[comm + i]! : 0;
}

/** The one namespace of process numbers: its inode (PROC_PID_INIT_INO) on the file system of namespaces. */
const INITIAL_PID_NAMESPACE = { device: 4n, inode: 0xeffffffcn };
/** struct bpf_pidns_info: pid, tgid. */
const PIDNS_INFO = 8;

/** bpf_get_ns_current_pid_tgid(dev, ino, nsdata, size): -EINVAL with zeros for any other namespace. */
function namespacedPid(call: LeafCall): void {
  const { memory } = call.machine;
  const size = call.arg32(4);
  const to = call.pointer(3, size, 'write');
  const { device, inode } = INITIAL_PID_NAMESPACE;
  if (size !== PIDNS_INFO || call.arg(1) !== device || call.arg(2) !== inode) {
    memory.u8.fill(0, to, to + size);
    call.giveNumber(EINVAL);
    return;
  }
  memory.writeU32(to, memory.readU32(call.current + PID.offset));
  memory.writeU32(to + 4, memory.readU32(call.current + TGID.offset));
}

/** How often a resilient lock that waits looks for deadlocks (check_timeout, kernel/bpf/rqspinlock.c). */
const RES_CHECK_NS = 1_000_000;

const clock = (c: TimedCall): void => c.give(BigInt(c.machine.now));

type Row = Omit<KernelLeaf, 'run' | 'direct' | 'parts'> &
  (
    | { readonly direct: 'gives'; readonly run: (call: LeafCall, parts: KernelParts) => void }
    | { readonly direct: 'returns'; readonly run: (call: LeafCall, parts: KernelParts) => number }
    | { readonly direct?: never; readonly run: (call: TimedCall, parts: KernelParts) => Outcome }
  );

/** The functions of the kernel that are TypeScript, apart from those of CPUs' fields and of maps. Helpers are public. */
const LEAVES: readonly Row[] = [
  {
    name: 'get_current',
    effect: 'current',
    visibility: 'kernel',
    inline: 'current',
    run: (c) => c.giveAddress(c.current),
  },
  { name: 'sched_clock', effect: 'clock', visibility: 'kernel', inline: 'clock', run: clock },
  {
    // 65,536 rounds of waiting for a resilient lock, after which it looks whether it waits for ever: the time then.
    name: 'res_spin',
    effect: 'clock',
    visibility: 'kernel',
    run: (c) => {
      c.machine.pass(RES_CHECK_NS);
      clock(c);
      return YIELD;
    },
  },
  { name: 'rt_spin_lock', effect: 'memory', visibility: 'kernel', run: rtSpinLock },
  { name: 'rt_spin_unlock', effect: 'memory', direct: 'gives', visibility: 'kernel', run: rtSpinUnlock },
  {
    name: 'hrtimer_expire',
    effect: 'memory',
    visibility: 'kernel',
    run: (c, { timers }) => hrtimerExpire(c, timers),
  },
  {
    name: 'bstr_printf',
    effect: 'memory',
    direct: 'returns',
    visibility: 'kernel',
    run: (c, { pipe }) => bstrPrintf(c, pipe),
  },
  {
    name: 'bstr_vprintf',
    effect: 'memory',
    direct: 'returns',
    visibility: 'kernel',
    run: (c, { pipe }) => bstrVprintf(c, pipe),
  },
  {
    name: 'bstr_snprintf',
    effect: 'memory',
    direct: 'returns',
    visibility: 'kernel',
    run: (c) => bstrSnprintf(c),
  },
  { name: 'memmove', effect: 'memory', direct: 'gives', visibility: 'kernel', run: moveBytes },
  { name: 'copy_to_user_nofault', effect: 'memory', direct: 'gives', visibility: 'kernel', run: copyToUser },
  {
    name: POISON_LEAF,
    effect: 'memory',
    visibility: 'kernel',
    run: () => {
      throw new Trap('unresolved_relocation', 0n, 0, 'call');
    },
  },
  { name: 'bpf_ktime_get_ns', effect: 'clock', visibility: 'public', inline: 'clock', run: clock },
  {
    name: 'bpf_ktime_get_boot_ns',
    effect: 'clock',
    visibility: 'public',
    inline: 'clock',
    run: clock,
  },
  { name: 'bpf_ktime_get_tai_ns', effect: 'clock', visibility: 'public', inline: 'clock', run: clock },
  {
    name: 'bpf_get_smp_processor_id',
    effect: 'cpu',
    visibility: 'public',
    inline: 'cpu',
    run: (c) => c.giveNumber(c.cpu),
  },
  {
    name: 'bpf_get_current_task',
    effect: 'current',
    visibility: 'public',
    inline: 'current',
    run: (c) => c.giveAddress(c.current),
  },
  {
    name: 'bpf_get_current_task_btf',
    effect: 'current',
    visibility: 'public',
    inline: 'current',
    run: (c) => c.giveAddress(c.current),
  },
  {
    name: 'bpf_get_current_pid_tgid',
    effect: 'current',
    visibility: 'public',
    inline: PID_TGID,
    run: (c) => c.giveFields(PID_TGID),
  },
  { name: 'bpf_copy_from_user', effect: 'memory', visibility: 'public', run: copyFromUser },
  {
    name: 'bpf_probe_read_user',
    effect: 'memory',
    direct: 'gives',
    visibility: 'public',
    run: probeReadUser,
  },
  {
    name: 'bpf_probe_read_kernel',
    effect: 'memory',
    direct: 'gives',
    visibility: 'public',
    run: probeReadKernel,
  },
  { name: 'bpf_probe_read', effect: 'memory', direct: 'gives', visibility: 'public', run: probeRead },
  {
    name: 'bpf_probe_read_user_str',
    effect: 'memory',
    direct: 'gives',
    visibility: 'public',
    run: probeReadUserStr,
  },
  {
    name: 'bpf_probe_read_kernel_str',
    effect: 'memory',
    direct: 'gives',
    visibility: 'public',
    run: probeReadKernelStr,
  },
  { name: 'bpf_probe_read_str', effect: 'memory', direct: 'gives', visibility: 'public', run: probeReadStr },
  {
    name: 'bpf_strtol',
    effect: 'memory',
    direct: 'gives',
    visibility: 'public',
    run: (c) => parseText(c, true),
  },
  {
    name: 'bpf_strtoul',
    effect: 'memory',
    direct: 'gives',
    visibility: 'public',
    run: (c) => parseText(c, false),
  },
  { name: 'bpf_strncmp', effect: 'memory', direct: 'gives', visibility: 'public', run: compareText },
  { name: 'bpf_get_current_comm', effect: 'memory', direct: 'gives', visibility: 'public', run: currentComm },
  {
    name: 'bpf_get_ns_current_pid_tgid',
    effect: 'memory',
    direct: 'gives',
    visibility: 'public',
    run: namespacedPid,
  },
  {
    name: 'timer_init',
    effect: 'memory',
    direct: 'returns',
    visibility: 'kernel',
    run: (c, parts) => timerInit(c, parts.timers, parts.maps),
  },
  {
    name: 'timer_set_callback',
    effect: 'memory',
    direct: 'returns',
    visibility: 'kernel',
    run: (c, { timers }) => timerSetCallback(c, timers),
  },
  {
    name: 'timer_start',
    effect: 'timer',
    visibility: 'kernel',
    run: (c, { timers }) => {
      c.giveNumber(timerStart(c, timers));
      // It may expire before the thread's turn would be over.
      return YIELD;
    },
  },
  {
    name: 'timer_cancel',
    effect: 'memory',
    direct: 'returns',
    visibility: 'kernel',
    run: (c, { timers }) => timerCancel(c, timers),
  },
  ...Object.entries(CPUMASK_KFUNCS).map(
    ([name, run]) =>
      ({
        name: `bpf_cpumask_${name}`,
        effect: 'memory',
        direct: 'gives',
        visibility: 'public',
        run: (c: LeafCall, { cpumasks }: KernelParts) => run(c, cpumasks),
      }) as const,
  ),
];

const ALL_LEAVES = [...LEAVES, ...CPU_FIELD_LEAVES, ...MAP_LEAVES];

export const LEAF_NAMES: readonly string[] = ALL_LEAVES.map((leaf) => leaf.name);

const EFFECTS: ReadonlyMap<string, LeafEffect> = new Map(ALL_LEAVES.map((leaf) => [leaf.name, leaf.effect]));

const UNDER_LOCK: ReadonlySet<string> = new Set(MAP_LEAVES.filter((l) => l.underLock).map((l) => l.name));

/** Whether the kernel's code takes the lock that Linux has there before it calls the leaf of that name. */
export const isUnderLock = (name: string): boolean => UNDER_LOCK.has(name);

/** The effect of the leaf of that name, which must be one of the kernel's. */
export function leafEffect(name: string): LeafEffect {
  const effect = EFFECTS.get(name);
  if (effect === undefined) throw new Error(`no leaf ${name}`);
  return effect;
}

export function kernelLeaves(
  parts: KernelParts,
): readonly (KernelLeaf<KernelParts> | KernelLeaf<MapTable>)[] {
  return [
    ...LEAVES.map((leaf) => ({ ...leaf, parts })),
    ...CPU_FIELD_LEAVES.map((leaf) => cpuFieldLeaf(leaf, parts)),
    ...MAP_LEAVES.map(({ arrays, ...leaf }) => ({
      ...{ ...leaf, parts: parts.maps },
      ...(arrays && { arrays: () => arrays(parts.maps) }),
    })),
  ];
}
