import type { Node } from 'ohm-js';
import grammars, { type BPFSemantics } from '../../grammar/tinybpf.ohm-bundle.js';
import { cover } from '../text/source.js';
import type { Expr, Operand, Reg } from './ast.js';
import { spanOf } from './cursor.js';

/** Ohm types what an operation returns as unknown to it; these name the type once a child is visited. */
export const toExpr = (node: Node): Expr => node['expr']() as Expr;
export const toReg = (node: Node): Reg => node['reg']() as Reg;
export const toOperand = (node: Node): Operand => node['operand']() as Operand;

/** `0x`, `0b`, decimal, `'a'`; a decimal with a leading zero is octal to LLVM and marked as such. */
export function toNumber(text: string): bigint {
  if (text.startsWith("'")) return BigInt(text.codePointAt(1) ?? 0);
  return BigInt(text.toLowerCase());
}

function numberNode(node: Node): Expr {
  const text = node.sourceString;
  return { kind: 'number', value: toNumber(text), octal: /^0\d/.test(text), span: spanOf(node) };
}

type BinaryOp = (Expr & { kind: 'binary' })['op'];

/** `a + b - c` groups to the left. */
function fold(first: Node, ops: Node, rest: Node): Expr {
  return rest.children.reduce((left, node, i): Expr => {
    const right = toExpr(node);
    const op = ops.children[i]!.sourceString as BinaryOp;
    return { kind: 'binary', op, left, right, span: cover(left.span, right.span) };
  }, toExpr(first));
}

/** `- a + b`, the offset of an address: each sign belongs to its own term. */
function foldTerms(signs: Node, products: Node): Expr {
  const [first, ...rest] = products.children.map(toExpr);
  const negative = signs.children[0]?.sourceString === '-';
  const start = spanOf(signs.children[0]!).start;
  const head: Expr = negative
    ? { kind: 'negative', operand: first!, span: { ...first!.span, start } }
    : first!;
  return rest.reduce((left, right, i): Expr => {
    const op = signs.children[i + 1]!.sourceString as '+' | '-';
    return { kind: 'binary', op, left, right, span: cover(left.span, right.span) };
  }, head);
}

/** Adds the operations shared by both grammars: registers, expressions, operands. */
export function addExpressionOperations(semantics: BPFSemantics): void {
  semantics.addOperation<Reg>('reg', {
    reg(letter, _number) {
      const wide = letter.sourceString.toLowerCase() === 'r';
      return {
        kind: 'reg',
        width: wide ? 64 : 32,
        number: Number(this.sourceString.slice(1)),
        span: spanOf(this),
      };
    },
  });
  semantics.addOperation<Expr>('expr', {
    Expr(first, ops, rest) {
      return fold(first, ops, rest);
    },
    Terms(signs, products) {
      return foldTerms(signs, products);
    },
    Product(first, ops, rest) {
      return fold(first, ops, rest);
    },
    Factor_negative(_op, operand) {
      return { kind: 'negative', operand: toExpr(operand), span: spanOf(this) };
    },
    Factor_group(_open, inner, _close) {
      return toExpr(inner);
    },
    number(_) {
      return numberNode(this);
    },
    digits(_) {
      return numberNode(this);
    },
    name(_first, _rest) {
      return { kind: 'name', name: this.sourceString, span: spanOf(this) };
    },
  });
  semantics.addOperation<Operand>('operand', {
    Operand(inner) {
      return inner.ctorName === 'Reg' ? toReg(inner) : toExpr(inner);
    },
  });
}

export const bpfGrammar = grammars.BPF;
export const labGrammar = grammars.Lab;
