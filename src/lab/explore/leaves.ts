/** Leaves that change nothing anybody else can see, and read no arguments. */
export const PLAIN_LEAVES = [
  'get_current',
  'bpf_get_smp_processor_id',
  'bpf_get_current_task',
  'bpf_get_current_pid_tgid',
];
const CLOCK_LEAVES = ['sched_clock', 'bpf_ktime_get_ns', 'bpf_ktime_get_boot_ns'];
const IRQ_LEAVES = ['local_irq_enable', 'local_irq_disable', 'local_irq_save', 'local_irq_restore'];

/** What a leaf does that others can see. */
export const LEAF = { other: 0, plain: 1, clock: 2, irq: 3, wakeup: 4 } as const;

export function leafKind(name: string): number {
  if (PLAIN_LEAVES.includes(name)) return LEAF.plain;
  if (CLOCK_LEAVES.includes(name)) return LEAF.clock;
  if (IRQ_LEAVES.includes(name)) return LEAF.irq;
  if (name === 'wakeup_softirqd') return LEAF.wakeup;
  return LEAF.other;
}
