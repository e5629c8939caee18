import type { BLOCKED, LeafCall } from '../machine/leaf.js';
import { KIND, type Memory } from '../machine/memory.js';
import { Trap } from '../machine/trap.js';
import { EFAULT } from './errno.js';
import { TASK } from './layout.js';

/**
 * Memory of user space: variables at user addresses, each on a page of its own, which may be missing until a task
 * provides it. The kernel reaches them through helpers only.
 *
 *     address   0x00007f00 nnnnnnnn     nnnnnnnn = offset into the linear memory
 *     page      0   present: 1, or 0 while an access has to wait for it
 *               8   the variable
 */
const USER_HIGH = 0x7f00n;
export const USER_HEADER = 8;

export const toUserAddress = (at: number): bigint => (USER_HIGH << 32n) | BigInt(at);

/** The offset of user memory at an address and the header of its page, or undefined where nothing is mapped. */
function userRange(memory: Memory, address: bigint, size: number): { at: number; page: number } | undefined {
  if (address >> 32n !== USER_HIGH) return undefined;
  const at = Number(address & 0xffff_ffffn);
  const region = memory.regionAt(at);
  if (region?.kind !== 'user' || at < region.start + USER_HEADER || at + size > region.end) return undefined;
  return { at, page: region.start };
}

const isPresent = (memory: Memory, page: number): boolean => memory.readU32(page) !== 0;

/** bpf_copy_from_user(dst, size, user): 0, or -EFAULT with zeros; waits for a missing page. */
export function copyFromUser(call: LeafCall): typeof BLOCKED | undefined {
  const { memory } = call.machine;
  const size = call.arg32(2);
  const to = call.pointer(1, size, 'write');
  const from = userRange(memory, call.arg(3), size);
  if (from !== undefined && !isPresent(memory, from.page)) {
    // A reader of preemptible RCU may be preempted but may not wait (rcu_note_context_switch warns).
    if (memory.readU32(call.current + TASK.fields.rcu_read_lock_nesting.offset) !== 0)
      throw new Trap('scheduling_while_atomic', 0n, 0, 'call', 'inside an RCU reader');
    return call.blockOn(from.page);
  }
  copyOrZero(call, to, size, from?.at);
  return undefined;
}

/** bpf_probe_read_user(dst, size, user): as bpf_copy_from_user, but a missing page is -EFAULT. */
export function probeReadUser(call: LeafCall): void {
  const { memory } = call.machine;
  const size = call.arg32(2);
  const to = call.pointer(1, size, 'write');
  const from = userRange(memory, call.arg(3), size);
  copyOrZero(call, to, size, from !== undefined && isPresent(memory, from.page) ? from.at : undefined);
}

/** bpf_probe_read_kernel(dst, size, address): 0, or -EFAULT with zeros where something may not be read. */
export function probeReadKernel(call: LeafCall): void {
  const size = call.arg32(2);
  const to = call.pointer(1, size, 'write');
  let from: number | undefined;
  try {
    from = call.range(call.arg(3), size);
  } catch (e) {
    if (!(e instanceof Trap)) throw e;
  }
  copyOrZero(call, to, size, from);
}

function copyOrZero(call: LeafCall, to: number, size: number, from: number | undefined): void {
  const { u8 } = call.machine.memory;
  if (from === undefined) u8.fill(0, to, to + size);
  else u8.copyWithin(to, from, from + size);
  call.giveNumber(from === undefined ? EFAULT : 0);
}

export function initialiseUserPage(memory: Memory, page: number, size: number, isMissing: boolean): void {
  memory.setKind(page, USER_HEADER, KIND.internal);
  memory.setKind(page + USER_HEADER, size, KIND.object);
  memory.writeU32(page, isMissing ? 0 : 1);
}
