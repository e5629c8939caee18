import type { Kernel } from '../kernel/kernel.js';
import { objectAt } from '../machine/locate.js';
import { fromAddress, PERCPU_HIGH } from '../machine/memory.js';
import { isClobbered } from '../machine/stack.js';

/** What a 64-bit value is, where it is more than a number: an object and the distance from its start, a function. */
export function describeValue(kernel: Kernel, value: bigint): string | undefined {
  if (isClobbered(value)) return 'lost in a call';
  const slot = kernel.machine.text.slotOf(value);
  if (slot !== undefined) {
    const fn = kernel.machine.text.at(slot)?.fn;
    return fn && (slot === fn.start ? fn.name : `${fn.name}+${slot - fn.start}`);
  }
  if (Number(BigInt.asIntN(32, value >> 32n)) === PERCPU_HIGH) return 'per-CPU pointer';
  const at = fromAddress(value);
  if (at === undefined || at >= kernel.memory.limit) return undefined;
  const object = objectAt(kernel.memory, at);
  return object && (at === object.start ? object.name : `${object.name} + ${at - object.start}`);
}
