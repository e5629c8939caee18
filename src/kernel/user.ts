import type { BLOCKED, LeafCall } from '../machine/leaf.js';
import { KIND, type Memory } from '../machine/memory.js';
import { Trap } from '../machine/trap.js';
import { EFAULT, ERANGE } from './errno.js';
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

/** Whether an address is one of user space, whose upper half is the kernel's. */
const isUserAddress = (address: bigint): boolean => address >> 63n === 0n;

/** What reading kernel memory gives where it fails: addresses of user space are not even tried (maccess.c). */
const kernelError = (address: bigint): number => (isUserAddress(address) ? ERANGE : EFAULT);

/** The offset of kernel memory at an address; undefined where something of it may not be read. */
function kernelRange(call: LeafCall, address: bigint, size: number): number | undefined {
  try {
    return call.range(address, size);
  } catch (e) {
    if (!(e instanceof Trap)) throw e;
    Trap.latest = undefined;
    return undefined;
  }
}

/**
 * bpf_probe_read_kernel(dst, size, address): 0, or with zeros -EFAULT where something may not be read, -ERANGE for an address
 * of user space.
 */
export function probeReadKernel(call: LeafCall): void {
  const size = call.arg32(2);
  const to = call.pointer(1, size, 'write');
  const address = call.arg(3);
  const from = size === 0 && !isUserAddress(address) ? to : kernelRange(call, address, size);
  copyOrZero(call, to, size, from, kernelError(address));
}

/** bpf_probe_read(dst, size, address): whichever of the two the address asks for (bpf_probe_read_compat). */
export function probeRead(call: LeafCall): void {
  if (isUserAddress(call.arg(3))) probeReadUser(call);
  else probeReadKernel(call);
}

function copyOrZero(
  call: LeafCall,
  to: number,
  size: number,
  from: number | undefined,
  error: number = EFAULT,
): void {
  const { u8 } = call.machine.memory;
  if (from === undefined) u8.fill(0, to, to + size);
  else u8.copyWithin(to, from, from + size);
  call.giveNumber(from === undefined ? error : 0);
}

/** The byte at an address of user memory that is present; undefined where there is none. */
function userByte({ machine: { memory } }: LeafCall, address: bigint): number | undefined {
  const found = userRange(memory, address, 1);
  return found !== undefined && isPresent(memory, found.page) ? memory.u8[found.at] : undefined;
}

function kernelByte(call: LeafCall, address: bigint): number | undefined {
  const at = kernelRange(call, address, 1);
  return at === undefined ? undefined : call.machine.memory.u8[at];
}

/**
 * Copies a string without faulting, at most `size` bytes with the zero byte that ends it (strncpy_from_user_nofault and
 * strncpy_from_kernel_nofault). The number of bytes with the zero byte, or -EFAULT with zeros.
 */
function copyString(
  call: LeafCall,
  byteAt: (call: LeafCall, address: bigint) => number | undefined,
  error: number,
): void {
  const { u8 } = call.machine.memory;
  const size = call.arg32(2);
  const to = call.pointer(1, size, 'write');
  const from = call.arg(3);
  for (let n = 0; n < size; n += 1) {
    const byte = byteAt(call, BigInt.asUintN(64, from + BigInt(n)));
    if (byte === undefined) {
      u8.fill(0, to, to + size);
      call.giveNumber(error);
      return;
    }
    u8[to + n] = n === size - 1 ? 0 : byte;
    if (byte === 0 || n === size - 1) {
      call.giveNumber(n + 1);
      return;
    }
  }
}

/** bpf_probe_read_user_str(dst, size, address): the length with the zero byte, or -EFAULT with zeros. */
export const probeReadUserStr = (call: LeafCall): void => copyString(call, userByte, EFAULT);

/** The same of kernel memory; -ERANGE for an address of user space. */
export const probeReadKernelStr = (call: LeafCall): void =>
  copyString(call, kernelByte, kernelError(call.arg(3)));

/** bpf_probe_read_str(dst, size, address): whichever of the two the address asks for. */
export function probeReadStr(call: LeafCall): void {
  if (isUserAddress(call.arg(3))) probeReadUserStr(call);
  else probeReadKernelStr(call);
}

/** Bytes of kernel memory; undefined where they cannot be read. */
export function bytesAt(call: LeafCall, address: bigint, size: number): Uint8Array | undefined {
  const at = kernelRange(call, address, size);
  return at === undefined ? undefined : call.machine.memory.u8.slice(at, at + size);
}

/** A string for `%s`, `%pus` and `%pks`, of at most so many bytes; empty where it cannot be read. */
export function stringAt(call: LeafCall, address: bigint, most: number, of: 's' | 'u' | 'k'): Uint8Array {
  const byteAt = of === 'u' || (of === 's' && isUserAddress(address)) ? userByte : kernelByte;
  const bytes: number[] = [];
  for (let n = 0; n < most; n += 1) {
    const byte = byteAt(call, BigInt.asUintN(64, address + BigInt(n)));
    if (byte === undefined) return new Uint8Array();
    if (byte === 0) break;
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** copy_to_user_nofault(dst, src, size): 0, or -EFAULT where something is not mapped or not present. */
export function copyToUser(call: LeafCall): void {
  const { memory } = call.machine;
  const size = call.arg32(3);
  const from = call.pointer(2, size);
  const to = userRange(memory, call.arg(1), size);
  const isThere = to !== undefined && isPresent(memory, to.page);
  if (isThere) memory.u8.copyWithin(to.at, from, from + size);
  call.giveNumber(isThere ? 0 : EFAULT);
}

export function initialiseUserPage(memory: Memory, page: number, size: number, isMissing: boolean): void {
  memory.setKind(page, USER_HEADER, KIND.internal);
  memory.setKind(page + USER_HEADER, size, KIND.object);
  memory.writeU32(page, isMissing ? 0 : 1);
}
