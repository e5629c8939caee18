import type { Register } from '../state/register.js';

/**
 * The slot in which something begins that a call keeps in so many slots of the stack, or why it cannot be there, in the kernel's words
 * (stack_slot_obj_get_spi). It begins at the lowest address: its other slots have the numbers below.
 */
export function slotOfObject({ scalar }: Register, what: string, slots: number): number | string {
  if (!scalar.isConstant) return `${what} has to be at a constant offset`;
  const offset = Number(scalar.bits.value.signed);
  const first = Math.trunc((-offset - 1) / 8);
  if (offset % 8 !== 0 || first + 1 < slots) return `cannot pass in ${what} at an offset=${offset}`;
  return first;
}
