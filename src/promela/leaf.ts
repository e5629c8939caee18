import type { Kernel } from '../kernel/kernel.js';
import { constant, type Value } from './values.js';

export interface LeafResult {
  readonly value: Value;
  /** r0 is whether interrupts were off. */
  readonly reads: boolean;
  readonly statements: readonly string[];
}

/** What a function that is TypeScript does in the model; undefined for one that the model does not have. */
export function leafResult(kernel: Kernel, cpu: number, name: string, r1: Value): LeafResult | undefined {
  const gives = (value: Value): LeafResult => ({ value, reads: false, statements: [] });
  const sets = (to: string, reads = false): LeafResult => ({
    value: constant(0n),
    reads,
    statements: [`irqs_off_cpu${cpu} = ${to};`],
  });
  switch (name) {
    case 'get_current':
    case 'bpf_get_current_task':
      return gives({ kind: 'current', offset: 0 });
    case 'sched_clock':
    case 'bpf_ktime_get_ns':
    case 'bpf_ktime_get_boot_ns':
      return gives(constant(BigInt(kernel.machine.now)));
    case 'bpf_get_smp_processor_id':
      return gives(constant(BigInt(cpu)));
    case 'local_irq_enable':
      return sets('0');
    case 'local_irq_disable':
      return sets('1');
    case 'local_irq_save':
      return sets('1', true);
    case 'local_irq_restore':
      return r1.kind === 'var'
        ? sets(r1.name)
        : r1.kind === 'const'
          ? sets(String(r1.value & 1n))
          : undefined;
    default:
      return undefined;
  }
}
