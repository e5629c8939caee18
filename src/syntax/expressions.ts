import type { BPFActionDict } from '#grammar/tinybpf.ohm-bundle.js';
import { cover } from '../text/source.js';
import type { Expr, Operand, Reg } from './ast.js';
import type { Name } from './lab-ast.js';
import { type NameSpace, spacedName } from './name-space.js';
import type { Node } from './node.js';
import { list, only, read, spanOf } from './tree.js';

/** `0x`, `0b`, decimal, `'a'`; a decimal with a leading zero is octal to LLVM and marked as such. */
export function toNumber(text: string): bigint {
  if (text.startsWith("'")) return BigInt(text.codePointAt(1) ?? 0);
  return BigInt(text.toLowerCase());
}

/** A node whose text is a register. */
export function toReg(node: Node): Reg {
  const text = node.sourceString;
  const isWide = text.startsWith('r') || text.startsWith('R');
  return { kind: 'reg', width: isWide ? 64 : 32, number: Number(text.slice(1)), span: spanOf(node) };
}

function numberNode(node: Node, text: string): Expr {
  return { kind: 'number', value: toNumber(text), octal: /^0\d/.test(text), span: spanOf(node) };
}

const NUMBER = /^\d\w*$/;
const NAME = /^[A-Za-z_.$][\w.$]*$/;

/**
 * An expression. Nearly all are one number or one name, of which the text says everything: an object is made of each
 * node that is looked at, and a number has nine.
 */
export function toExpr(node: Node): Expr {
  const text = node.sourceString;
  if (NUMBER.test(text)) return numberNode(node, text);
  if (NAME.test(text)) return { kind: 'name', name: text, span: spanOf(node) };
  return read(EXPR, node);
}

export function toOperand(node: Node): Operand {
  const inner = node.children[0]!;
  return inner.ctorName === 'reg' ? toReg(inner) : toExpr(inner);
}

/** A name without the quotes that a part of it may be in. */
const unquoted = (text: string): string => (text.includes('"') ? text.replaceAll('"', '') : text);

export const toName = (node: Node): Name => ({ name: unquoted(node.sourceString), span: spanOf(node) });

/** A name with the word of its name space in front. */
export function toSpacedName(space: Node, name: Node): Name {
  const text = spacedName(space.sourceString as NameSpace, unquoted(name.sourceString));
  return { name: text, span: cover(spanOf(space), spanOf(name)) };
}

/** Names with commas between them. */
export const toNames = (node: Node): Name[] => list(node.children[0]!).map(toName);

export function toOptionalExpr(node: Node): Expr | undefined {
  const one = only(node);
  return one === undefined ? undefined : toExpr(one);
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
  const [sign, ...others] = signs.children;
  const [product, ...rest] = products.children;
  const first = toExpr(product!);
  const head: Expr =
    sign!.sourceString === '-'
      ? { kind: 'negative', operand: first, span: cover(spanOf(sign!), first.span) }
      : first;
  return rest.reduce((left, node, i): Expr => {
    const op = others[i]!.sourceString as '+' | '-';
    const right = toExpr(node);
    return { kind: 'binary', op, left, right, span: cover(left.span, right.span) };
  }, head);
}

const EXPR: BPFActionDict<Expr> = {
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
  quoted(_open, _characters, _close) {
    return { kind: 'name', ...toName(this) };
  },
  number(_) {
    return numberNode(this, this.sourceString);
  },
  digits(_) {
    return numberNode(this, this.sourceString);
  },
};
