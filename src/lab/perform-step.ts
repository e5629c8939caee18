import type { Kernel } from '../kernel/kernel.js';
import { placeTask } from '../kernel/task.js';
import { attachOrDetach } from './attach-step.js';
import type { PlannedStep } from './planned.js';
import type { Script } from './script.js';

/** A page of user memory is there from now on; whoever waits for it can go on. */
export function providePage(kernel: Kernel, page: number): void {
  kernel.memory.writeU32(page, 1);
  kernel.machine.signal(page);
}

/**
 * Performs a step that is not a call: what user space does, or what the scenario makes the machine do. True if
 * trampolines were generated again.
 */
export function performStep(kernel: Kernel, script: Script, { action, span }: PlannedStep): boolean {
  const { machine } = kernel;
  switch (action.kind) {
    case 'call':
    case 'join':
      return false;
    case 'sleep':
      script.wakeAt = machine.now + action.ns;
      return false;
    case 'provide':
      providePage(kernel, action.page);
      return false;
    case 'set':
      kernel.writeGlobal(action.global, action.index, action.value);
      return false;
    case 'migrate':
      kernel.processors[script.task.thread.cpu]!.current = undefined;
      placeTask(script.task, action.cpu, kernel.percpu.offsetOf(action.cpu));
      return false;
    case 'attach':
    case 'detach':
      attachOrDetach(kernel, action, span);
      return true;
    default:
      return action satisfies never;
  }
}
