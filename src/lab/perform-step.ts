import type { Kernel } from '../kernel/kernel.js';
import { placeTask } from '../kernel/task.js';
import type { Span } from '../text/source.js';
import { attachOrDetach } from './attach-step.js';
import type { PlannedAction, PlannedStep } from './planned.js';
import type { Script } from './script.js';

/** A page of user memory is there from now on; whoever waits for it can go on. */
export function providePage(kernel: Kernel, page: number): void {
  kernel.memory.writeU32(page, 1);
  kernel.machine.signal(page);
}

/** What takes no time, and does not depend on who does it. */
type AtOnce = PlannedAction & { readonly kind: 'set' | 'provide' | 'attach' | 'detach' };

/** Performs that. Throws `InputError` where a program cannot be attached or detached. */
export function performAtOnce(kernel: Kernel, action: AtOnce, span: Span): void {
  switch (action.kind) {
    case 'provide':
      providePage(kernel, action.page);
      return;
    case 'set':
      kernel.writeGlobal(action.global, action.index, action.value);
      return;
    case 'attach':
    case 'detach':
      attachOrDetach(kernel, action, span);
      return;
    default:
      action satisfies never;
  }
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
    case 'set':
      performAtOnce(kernel, action, span);
      return false;
    case 'migrate':
      kernel.processors[script.task.thread.cpu]!.current = undefined;
      placeTask(script.task, action.cpu, kernel.percpu.offsetOf(action.cpu));
      return false;
    case 'attach':
    case 'detach':
      performAtOnce(kernel, action, span);
      return true;
    default:
      return action satisfies never;
  }
}
