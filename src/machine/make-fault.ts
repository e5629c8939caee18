import type { Fault, FrameLine } from './fault.js';
import { describeTrap } from './locate.js';
import type { Machine } from './machine.js';
import { showInsn } from './show.js';
import { walkFrames } from './stack.js';
import type { Thread } from './thread.js';
import type { Trap } from './trap.js';

/** The frames of a thread that is at a slot, the innermost first. */
export function backtrace(machine: Machine, thread: Thread, slot: number): FrameLine[] {
  return walkFrames(machine.memory, thread.word, slot).map((frame) => {
    const placed = machine.text.at(frame.slot);
    const fn = placed?.fn ?? machine.text.functions[frame.fn];
    const span = placed?.insn.span;
    return {
      function: fn?.name ?? '?',
      kind: fn?.kind ?? 'kernel',
      slot: frame.slot - (fn?.start ?? 0),
      text: placed === undefined ? '?' : showInsn(machine, frame.slot, placed),
      ...(span && { span }),
    };
  });
}

/** Describes a trap. Thread and memory have to be as they were when it happened. */
export function makeFault(machine: Machine, thread: Thread, trap: Trap): Fault {
  const slot = thread.pc;
  const { kind, where } = describeTrap(machine, thread, slot, trap);
  return {
    kind,
    address: trap.address,
    size: trap.size,
    access: trap.access,
    where,
    thread: thread.name,
    cpu: thread.cpu,
    backtrace: backtrace(machine, thread, slot),
    executed: machine.executed,
  };
}
