/**
 * What a function of the kernel that is TypeScript does that others can see, or that depends on others. `current`, `cpu`
 * and `clock` only tell something, and read no arguments. `irq_*` switch this CPU's interrupts; `irq_save` tells, too,
 * whether they were off, and `irq_restore` is told by its argument. `softirqd` has the CPU's softirq task run. `timer`
 * starts one, which depends on the clock and on memory. `memory` is all else: it reads and writes what its arguments
 * point at, maps, or its own books.
 */
export type LeafEffect =
  | 'current'
  | 'cpu'
  | 'clock'
  | 'irq_on'
  | 'irq_off'
  | 'irq_save'
  | 'irq_restore'
  | 'softirqd'
  | 'timer'
  | 'memory';
