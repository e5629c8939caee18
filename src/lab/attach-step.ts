import { attachProgram, detachProgram } from '../kernel/attach/attach.js';
import type { Kernel } from '../kernel/kernel.js';
import { errorAt, throwIfErrors } from '../text/diagnostic.js';
import type { Span } from '../text/source.js';
import type { PlannedAction } from './planned.js';

/**
 * Attaches or detaches a program while a scenario runs. Throws `InputError` that points at the action if it cannot be.
 */
export function attachOrDetach(
  kernel: Kernel,
  action: PlannedAction & { kind: 'attach' | 'detach' },
  span: Span,
): void {
  if (action.kind === 'attach') {
    const refused = attachProgram(kernel, action.program, action.cookie, action.only);
    if (refused !== undefined) throwIfErrors([{ ...refused.diagnostic, span }]);
    return;
  }
  if (detachProgram(kernel, action.program)) return;
  const message = `\`${action.program.name}\` is not attached`;
  throwIfErrors([errorAt('B0405', message, { span, help: '`attach NAME` attaches it' })]);
}
