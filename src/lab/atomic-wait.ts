import type { Cpu } from '../kernel/cpu.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Fault } from '../machine/fault.js';
import { makeFault } from '../machine/make-fault.js';
import type { Thread } from '../machine/thread.js';
import { Trap } from '../machine/trap.js';

/** The fault of a thread that has to wait where it may not: in an interrupt, or with preemption or interrupts off. */
export function faultOfWaiting(kernel: Kernel, cpu: Cpu, thread: Thread): Fault {
  const count = `with preempt_count 0x${kernel.preemptCount(cpu.id).toString(16)}`;
  const why = cpu.depth > 0 ? `in an interrupt, ${count}` : cpu.irqsOff ? 'with interrupts off' : count;
  return makeFault(kernel.machine, thread, new Trap('scheduling_while_atomic', 0n, 0, 'call', why));
}
