import { attachProgram, detachProgram } from '../kernel/attach/attach.js';
import type { LinkOptions } from '../kernel/attach/link-options.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Expr } from '../syntax/ast.js';
import type { AttachAst } from '../syntax/lab-ast.js';
import { errorAt, throwIfErrors } from '../text/diagnostic.js';
import type { Findings } from '../text/findings.js';
import { formatRange } from '../text/range.js';
import type { Span } from '../text/source.js';
import type { PlannedAction } from './planned.js';

/** Most returns that a kretprobe can be told to wait for (KRETPROBE_MAXACTIVE_MAX, kernel/trace/trace_kprobe.c). */
const MOST_ACTIVE = 4096n;

/** What is said of a program where it is attached. */
export function linkOptions(
  ast: AttachAst,
  number: (expr: Expr) => bigint | undefined,
  findings: Findings,
): LinkOptions {
  const cookie = ast.cookie === undefined ? 0n : BigInt.asUintN(64, number(ast.cookie) ?? 0n);
  const maxactive = ast.maxactive && number(ast.maxactive);
  if (maxactive === undefined) return { cookie };
  if (maxactive >= 1n && maxactive <= MOST_ACTIVE) return { cookie, maxactive: Number(maxactive) };
  findings.error('B0405', `${maxactive} is not a number of returns that a kretprobe can wait for`, {
    span: ast.maxactive?.span ?? ast.name.span,
    expected: formatRange(1, Number(MOST_ACTIVE)),
  });
  return { cookie };
}

/**
 * Attaches or detaches a program while a scenario runs. Throws `InputError` that points at the action if it cannot be.
 */
export function attachOrDetach(
  kernel: Kernel,
  action: PlannedAction & { kind: 'attach' | 'detach' },
  span: Span,
): void {
  if (action.kind === 'attach') {
    const refused = attachProgram(kernel, action.program, action, action.only);
    if (refused !== undefined) throwIfErrors([{ ...refused.diagnostic, span }]);
    return;
  }
  if (detachProgram(kernel, action.program)) return;
  const message = `\`${action.program.name}\` is not attached`;
  throwIfErrors([errorAt('B0405', message, { span, help: '`attach NAME` attaches it' })]);
}
