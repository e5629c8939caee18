import type { Insn } from '../isa/insn.js';
import type { Condition } from '../isa/operation.js';
import { condition, type Expression, maxOf, type Operand } from './operators.js';
import { type Lost, loseAll, lost, type Value } from './values.js';

/** How a conditional jump goes: always, by an expression, or by something that the model does not know. */
export type Decision =
  | { readonly kind: 'known'; readonly taken: boolean }
  | { readonly kind: 'tested'; readonly expression: Expression }
  | { readonly kind: 'lost'; readonly value: Lost };

const scratch = new Int32Array(4);

function test(run: Condition, a: bigint, b: bigint): boolean {
  [a, b].forEach((n, i) => {
    scratch[2 * i] = Number(BigInt.asIntN(32, n));
    scratch[2 * i + 1] = Number(BigInt.asIntN(32, n >> 32n));
  });
  return run(scratch, 0, 2);
}

/** What is known of an unsigned comparison from the bounds of the variable. */
function byBounds(operator: string, a: Operand, b: Operand): boolean | undefined {
  if (a.kind !== 'var' || b.kind !== 'const') return undefined;
  const least = a.nonzero === true ? 1n : 0n;
  const most = maxOf(a);
  const n = b.value;
  const isOutside = n < least || n > most;
  switch (operator) {
    case '==':
      return isOutside ? false : undefined;
    case '!=':
      return isOutside ? true : undefined;
    case '>':
      return least > n ? true : most <= n ? false : undefined;
    case '>=':
      return least >= n ? true : most < n ? false : undefined;
    case '<':
      return most < n ? true : least >= n ? false : undefined;
    case '<=':
      return most <= n ? true : least > n ? false : undefined;
    default:
      return undefined;
  }
}

const isAddress = (v: Value): boolean => v.kind === 'stack' || v.kind === 'current' || v.kind === 'index';

/** Addresses of the kernel's are never null; nothing else is known of those whose number is not. */
function ofAddress(text: string, a: Value, b: Value): boolean | undefined {
  if (!isAddress(a) || b.kind !== 'const' || b.value !== 0n) return undefined;
  return text === '==' ? false : text === '!=' ? true : undefined;
}

export function decide(insn: Insn, a: Value, b: Value): Decision {
  const { op } = insn;
  const unknown = loseAll([a, b]);
  if (unknown?.kind === 'lost') return { kind: 'lost', value: unknown };
  if (a.kind === 'const' && b.kind === 'const' && op.condition !== undefined)
    return { kind: 'known', taken: test(op.condition, a.value, b.value) };
  const address = op.width === 64 ? ofAddress(op.text, a, b) : undefined;
  if (address !== undefined) return { kind: 'known', taken: address };
  if (isAddress(a) || isAddress(b)) {
    const value = lost('an address whose number is not known');
    return value.kind === 'lost' ? { kind: 'lost', value } : { kind: 'known', taken: false };
  }
  const [x, y] = [a as Operand, b as Operand];
  const narrow: Operand =
    op.width === 32 && y.kind === 'const' ? { kind: 'const', value: y.value & 0xffff_ffffn } : y;
  const bounded = byBounds(op.text, x, narrow);
  if (bounded !== undefined) return { kind: 'known', taken: bounded };
  return { kind: 'tested', expression: condition(insn, x, y) };
}
