import type { Kernel } from '../kernel/kernel.js';
import { trampolineOf } from '../kernel/names.js';
import type { Expr } from '../syntax/ast.js';
import type { PlaceAst } from '../syntax/lab-ast.js';
import { severalMeanings, splitSpacedName } from '../syntax/name-space.js';
import type { Details } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import { formatRange } from '../text/range.js';
import type { PlannedPlace } from './planned.js';

/** Why nothing can be at a place; whoever asks knows the code. */
export interface PlaceFault extends Details {
  readonly kind: 'unknown' | 'outside' | 'several';
  readonly message: string;
}

/** The functions that a place can name without quotes or `trampoline of`. */
export const functionNames = (kernel: Kernel): string[] => [
  ...new Set(
    kernel.machine.text.functions
      .filter((f) => f.start >= 0 && !splitSpacedName(f.name).bare.includes(' '))
      .map((f) => f.name),
  ),
];

/** The instruction that a place means, in a scenario as in a command; `numberOf` works out what is added to a name. */
export function resolvePlace(
  kernel: Kernel,
  { isTrampoline, name, offset: added, span }: PlaceAst,
  numberOf: (expr: Expr) => bigint | undefined,
): PlannedPlace | PlaceFault {
  const fn = isTrampoline ? trampolineOf(name.name) : name.name;
  const found = kernel.functionNamed(fn);
  if (found === undefined) {
    const names = isTrampoline ? [...kernel.trampolines.keys()] : functionNames(kernel);
    const message = `there is no ${isTrampoline ? 'trampoline on' : 'function'} \`${name.name}\``;
    const whole = span.source.text.slice(span.start, span.end);
    const help = names.includes(whole)
      ? `write \`"${whole}"\`: quotes are for a name with \`+\` in it`
      : didYouMean(name.name, names);
    const expected = help === undefined && isTrampoline ? names.join(', ') : undefined;
    return { kind: 'unknown', message, span: name.span, expected, help };
  }
  const spaces = isTrampoline || splitSpacedName(fn).space ? [] : kernel.codeSpaces(fn);
  if (spaces.length > 1) {
    return { kind: 'several', ...severalMeanings(fn, spaces), span: name.span };
  }
  const { text } = kernel.machine;
  // What cannot be worked out has been reported.
  const offset = (added && numberOf(added)) ?? 0n;
  const last = found.end - found.start - 1;
  if (offset < 0n || offset > BigInt(last)) {
    const at = { span: added?.span ?? span, expected: formatRange(0, last) };
    return { kind: 'outside', message: `${offset} is outside ${fn}`, ...at };
  }
  if (text.at(found.start + Number(offset)) === undefined) {
    const message = `${fn}+${offset} is the second half of a 64-bit load`;
    return { kind: 'outside', message, span, help: `write +${offset - 1n} or +${offset + 1n}` };
  }
  return { fn: found.name, offset: Number(offset) };
}
