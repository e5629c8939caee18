import { evaluateConstant } from '../../isa/lower/context.js';
import type { Memory, Region } from '../../machine/memory.js';
import type { Expr } from '../../syntax/ast.js';
import { type Diagnostic, errorAt } from '../../text/diagnostic.js';
import { formatRange } from '../../text/range.js';

/** What the stages of booting share. */
export class BootContext {
  readonly diagnostics: Diagnostic[] = [];
  /** Constants that declarations and the kernel's code may use. */
  readonly constants: ReadonlyMap<string, bigint>;

  constructor(constants: ReadonlyMap<string, bigint>) {
    this.constants = constants;
  }

  evaluate(expr: Expr): bigint {
    return evaluateConstant(expr, this.constants, this.diagnostics);
  }

  /** The number of elements of an array; 1 where none is given. */
  count(expr: Expr | undefined, most: number): number {
    if (expr === undefined) return 1;
    const value = this.evaluate(expr);
    if (value >= 1n && value <= BigInt(most)) return Number(value);
    this.diagnostics.push(
      errorAt('B0406', `an array of ${value}`, { span: expr.span, expected: formatRange(1, most) }),
    );
    return 1;
  }
}

/** Memory that the machine was sized for; failing to get it is a bug of ours. */
export function reserve(
  memory: Memory,
  name: string,
  kind: Region['kind'],
  size: number,
  align = 8,
  describe?: Region['describe'],
): Region {
  const region = memory.reserve(name, kind, size, align, describe);
  if (region === undefined) throw new Error(`the machine's memory is too small for ${name}`);
  return region;
}
