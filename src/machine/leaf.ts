import type { Machine } from './machine.js';
import { fromAddress, toAddress } from './memory.js';
import { WORD } from './thread.js';
import { type Access, Trap, type TrapKind } from './trap.js';

/**
 * A function of the kernel that is TypeScript: it never calls back, and reads and writes emulated memory only. It
 * returns r0, or `BLOCKED` to leave the thread at the call, which is tried again once the thread is woken.
 */
export interface Leaf {
  readonly name: string;
  readonly run: (call: LeafCall) => bigint | typeof BLOCKED;
}

export const BLOCKED = Symbol('blocked');

/** What a leaf sees of its caller. One object serves all calls of an engine. */
export class LeafCall {
  readonly machine: Machine;
  /** Index of the calling thread's r0 in the words of memory. */
  r = 0;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Argument 1 to 5, unsigned. */
  arg(n: number): bigint {
    return this.machine.memory.readU64((this.r + n * 2) * 4);
  }

  /** The low 32 bits of an argument, unsigned. */
  arg32(n: number): number {
    return this.machine.memory.i32[this.r + n * 2]! >>> 0;
  }

  get cpu(): number {
    return this.machine.memory.i32[this.r + WORD.cpu]!;
  }

  /** Address of the running task's structure. */
  get current(): bigint {
    return toAddress(this.machine.memory.i32[this.r + WORD.current]!);
  }

  /** Checks that `size` bytes at the address in argument `n` may be touched, and returns their offset. */
  pointer(n: number, size: number, access: Access = 'read'): number {
    return this.range(this.arg(n), size, access);
  }

  range(address: bigint, size: number, access: Access = 'read'): number {
    const at = fromAddress(address);
    const { memory } = this.machine;
    if (at === undefined || at + size > memory.limit) throw new Trap(undefined, address, size, access);
    for (let i = at; i < at + size; i += 1) {
      if (memory.isPoisoned(i)) throw new Trap(undefined, address, size, access);
    }
    return at;
  }

  trap(kind: TrapKind, address: bigint, message: string): never {
    throw new Trap(kind, address, 0, 'call', message);
  }
}
