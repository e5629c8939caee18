import type { Kernel } from '../kernel/kernel.js';
import { leafEffect } from '../kernel/leaves.js';
import type { Leaf, LeafInline } from '../machine/leaf.js';
import { constant, type Value } from './values.js';

export interface LeafResult {
  readonly value: Value;
  /** r0 is whether interrupts were off. */
  readonly reads: boolean;
  readonly statements: readonly string[];
}

function told(kernel: Kernel, cpu: number, what: LeafInline): Value | undefined {
  // The model has no fields of tasks but those that kernel code changes, and says of a CPU's words by their effect.
  if (typeof what === 'object') return undefined;
  switch (what) {
    case 'current':
      return { kind: 'current', offset: 0 };
    case 'clock':
      return constant(BigInt(kernel.machine.now));
    case 'cpu':
      return constant(BigInt(cpu));
    default:
      return what satisfies never;
  }
}

/** What a function that is TypeScript does in the model; undefined for one that the model does not have. */
export function leafResult(kernel: Kernel, cpu: number, leaf: Leaf, r1: Value): LeafResult | undefined {
  const gives = (value: Value): LeafResult => ({ value, reads: false, statements: [] });
  const sets = (to: string, reads = false): LeafResult => ({
    value: constant(0n),
    reads,
    statements: [`irqs_off_cpu${cpu} = ${to};`],
  });
  const effect = leafEffect(leaf.name);
  switch (effect) {
    case 'current':
    case 'clock':
    case 'cpu': {
      const value = leaf.inline && told(kernel, cpu, leaf.inline);
      return value && gives(value);
    }
    case 'irq_on':
      return sets('0');
    case 'irq_off':
      return sets('1');
    case 'irq_save':
      return sets('1', true);
    case 'irq_restore':
      return r1.kind === 'var'
        ? sets(r1.name)
        : r1.kind === 'const'
          ? sets(String(r1.value & 1n))
          : undefined;
    case 'softirqd':
    case 'timer':
    case 'memory':
      return undefined;
    default:
      return effect satisfies never;
  }
}
