import { evaluateConstant } from '../isa/lower/context.js';
import type { Global, Kernel } from '../kernel/kernel.js';
import type { Expr } from '../syntax/ast.js';
import type { Name, SetAst } from '../syntax/lab-ast.js';
import type { Findings } from '../text/findings.js';
import { didYouMean } from '../text/nearest.js';
import { formatRange } from '../text/range.js';
import { checkFits } from './map-numbers.js';

/** A value that is to be written to a variable, and is known to fit. */
export interface Written {
  readonly global: Global;
  readonly index: number;
  readonly value: bigint;
}

/** The variable of that name, or what is wrong with the name. */
function variableNamed(kernel: Kernel, { name, span }: Name, findings: Findings): Global | undefined {
  const global = kernel.globals.get(name);
  if (global !== undefined) return findings.doubts(name) ? undefined : global;
  const help = didYouMean(name, kernel.globals.keys());
  findings.error('B0407', `there is no global \`${name}\``, { span, help });
  return undefined;
}

/** What `set` writes; undefined where something is wrong with it. */
export function writtenBy(
  kernel: Kernel,
  ast: SetAst,
  number: (expr: Expr) => bigint | undefined,
  findings: Findings,
): Written | undefined {
  const global = variableNamed(kernel, ast.name, findings);
  if (global === undefined) return undefined;
  const before = findings.errors;
  const index = ast.index === undefined ? 0n : number(ast.index);
  const value = number(ast.value);
  if (index !== undefined && (index < 0n || index >= BigInt(global.count))) {
    const expected = formatRange(0, global.count - 1);
    findings.error('B0405', `${index} is not an index`, { span: ast.index!.span, expected });
  }
  if (value !== undefined)
    checkFits(value, (global.field?.width ?? global.bits) / 8, global.name, ast.value.span, findings);
  if (index === undefined || value === undefined || findings.errors > before) return undefined;
  return { global, index: Number(index), value };
}

/** Gives variables the values that user space gives them before it loads an object, constants included. */
export function setVariables(kernel: Kernel, settings: readonly SetAst[], findings: Findings): void {
  const number = (expr: Expr): bigint | undefined => evaluateConstant(expr, new Map(), findings);
  for (const setting of settings) {
    const written = writtenBy(kernel, setting, number, findings);
    if (written !== undefined) kernel.writeGlobal(written.global, written.index, written.value);
  }
}
