import { evaluateConstant } from '../../isa/lower/context.js';
import type { Memory, Region, ReserveOptions } from '../../machine/memory.js';
import type { Expr } from '../../syntax/ast.js';
import type { Findings } from '../../text/findings.js';
import { formatRange } from '../../text/range.js';
import type { SymbolOf } from './symbols.js';

/** What is in doubt where a guard does not say how large its area is. */
export const GUARD_AREA = 'the area of the guard';

/** What the stages of booting share. */
export class BootContext {
  readonly findings: Findings;
  /** Constants that declarations and the kernel's code may use. */
  readonly constants: ReadonlyMap<string, bigint>;

  /** Under which symbol code finds a thing: known when all names are. */
  symbolOf: SymbolOf = (_space, name) => name;

  constructor(constants: ReadonlyMap<string, bigint>, findings: Findings) {
    this.findings = findings;
    this.constants = constants;
  }

  evaluate(expr: Expr): bigint | undefined {
    return evaluateConstant(expr, this.constants, this.findings);
  }

  /** The number of elements of the array `name`; 1 where none is given. */
  count(name: string, expr: Expr | undefined, most: number): number {
    if (expr === undefined) return 1;
    const value = this.evaluate(expr);
    if (value !== undefined && value >= 1n && value <= BigInt(most)) return Number(value);
    if (value !== undefined)
      this.findings.error('B0406', `an array of ${value}`, {
        span: expr.span,
        expected: formatRange(1, most),
      });
    this.findings.doubt(name);
    return 1;
  }
}

/** Memory that the machine was sized for; failing to get it is a bug of ours. */
export function reserve(
  memory: Memory,
  name: string,
  kind: Region['kind'],
  size: number,
  options?: ReserveOptions,
): Region {
  const region = memory.reserve(name, kind, size, options);
  if (region === undefined) throw new Error(`the machine's memory is too small for ${name}`);
  return region;
}
