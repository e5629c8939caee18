import type { ParamAst } from '../syntax/lab-ast.js';

/** A function or tracepoint that nobody has declared, and that is there because a program is attached to it. */
export interface Undeclared {
  readonly kind: 'function' | 'tracepoint';
  readonly name: string;
  /** Undefined where nobody knows its arguments. */
  readonly params: readonly ParamAst[] | undefined;
  /** It may take more, which no program reads. */
  readonly isAtLeast?: boolean;
  /** Its arguments are the fields of a record, of which those that are not given are zero. */
  readonly isRecord?: boolean;
}
