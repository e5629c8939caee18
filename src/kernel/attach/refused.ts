import { type Details, type Diagnostic, errorAt } from '../../text/diagnostic.js';
import type { Program } from '../kernel.js';

/** Why a program cannot be attached: what the kernel answers, and what to say. */
export interface Refused {
  readonly errno: number;
  readonly diagnostic: Diagnostic;
}

/** What is said of a program, at its section. */
export function refuse(
  program: Program,
  errno: number,
  code: 'B0602' | 'B0605',
  message: string,
  more: Omit<Details, 'span'> = {},
): Refused {
  const at = program.span === undefined ? {} : { span: program.span };
  return { errno, diagnostic: errorAt(code, message, { ...at, ...more }) };
}
