import type { Span } from '../../text/source.js';
import type { Form } from '../forms.js';
import type { Operation } from '../operation.js';
import { findOperation } from '../table.js';
import type { LowerContext } from './context.js';

/** What is known of an operation that is looked for: its form, spelling and width, and the bytes of memory it accesses. */
interface Wanted {
  readonly form: Form;
  readonly text: string;
  readonly width: 32 | 64;
  readonly size?: number;
}

/** The operation with this form and spelling; a diagnostic where the table has none. */
export function operationFor(cx: LowerContext, at: Span, { form, text, width, size = 0 }: Wanted): Operation {
  const op = findOperation(form, text, width, size);
  if (op !== undefined) return op;
  return cx.fail(
    'B0206',
    `there is no such instruction: \`${text}\` on ${width} bits${size > 0 ? `, ${size} bytes of memory` : ''}`,
    {
      span: at,
      help: '`tinybpf list insns` shows the table',
    },
  );
}

/** Bytes of an access size such as `u32`. */
export const bytesOf = (size: string): number => Number(size.slice(1)) / 8;
