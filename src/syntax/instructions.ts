// biome-ignore-all lint/complexity/useMaxParams: an action takes a parameter for each part of its rule.
import type { BPFActionDict } from '#grammar/tinybpf.ohm-bundle.js';
import type { Address, Callee, Deref, Directive, Expr, InsnAst, Label, Line, Rhs, Target } from './ast.js';
import { toExpr, toName, toOperand, toReg, toSpacedName } from './expressions.js';
import type { Node } from './node.js';
import { only, read, spanOf } from './tree.js';

/** The spelling of an operator without the blanks LLVM allows in it (`s >>=`). */
const operator = (node: Node): string => node.sourceString.replace(/\s/g, '');

/** The size in `*(u32 *)` or `(u32 *)`. */
const sizeOf = (cast: Node): string => cast.sourceString.replace(/[^us\d]/g, '');

/** `(r1 + 8)` without its parentheses. */
function toAddress(node: Node): Address {
  const [base, terms] = node.children;
  const offset = only(terms!);
  return { base: toReg(base!), offset: offset && toExpr(offset), span: spanOf(node) };
}

/** `*(u32 *)(r1 + 8)`, and a pointer, which has no star before it. */
function toDeref(node: Node): Deref {
  const [cast, , address] = node.children;
  return { size: sizeOf(cast!), address: toAddress(address!), span: spanOf(node) };
}

/** `+3`, `pc-1`. */
const toRelative = (node: Node): Expr => toExpr(node.children[1]!);
const toTarget = (node: Node): Target => read(TARGET, node);

const CALLEE: BPFActionDict<Callee> = {
  Callee_relative(relative) {
    return { kind: 'relative', offset: toRelative(relative), span: spanOf(this) };
  },
  Callee_kfunc(_kfunc, _open, id, _close) {
    return { kind: 'kfunc', id: toExpr(id), span: spanOf(id) };
  },
  Callee_expression(expr) {
    return { kind: 'expression', expr: toExpr(expr), span: spanOf(this) };
  },
  Callee_word(word) {
    return { kind: 'expression', expr: { kind: 'name', ...toName(word) }, span: spanOf(this) };
  },
};

const TARGET: BPFActionDict<Target> = {
  Target_relative(relative, _annotation) {
    return { kind: 'relative', offset: toRelative(relative), span: spanOf(this) };
  },
  Target_local(digits, direction) {
    const forward = direction.sourceString === 'f';
    return { kind: 'local', number: Number(digits.sourceString), forward, span: spanOf(this) };
  },
  Target_expression(expr, _annotation) {
    return { kind: 'expression', expr: toExpr(expr), span: spanOf(this) };
  },
};

const PACKET: BPFActionDict<Pick<Rhs & { kind: 'packet' }, 'index' | 'offset'>> = {
  Packet_sum(index, _plus, offset) {
    return { index: toReg(index), offset: toExpr(offset) };
  },
  Packet_one(operand) {
    const one = toOperand(operand);
    return one.kind === 'reg' ? { index: one, offset: undefined } : { index: undefined, offset: one };
  },
};

const RHS: BPFActionDict<Rhs> = {
  Rhs_load(from) {
    return { kind: 'load', from: toDeref(from) };
  },
  Rhs_plain(operand, _end) {
    return { kind: 'plain', operand: toOperand(operand) };
  },
  Rhs_wide(expr, _ll) {
    return { kind: 'wide', expr: toExpr(expr) };
  },
  Rhs_spaced(space, name, _ll) {
    return { kind: 'wide', expr: { kind: 'name', ...toSpacedName(space, name) } };
  },
  Rhs_word(word, _ll) {
    return { kind: 'wide', expr: { kind: 'name', ...toName(word) } };
  },
  Rhs_neg(_minus, reg) {
    return { kind: 'negate', reg: toReg(reg) };
  },
  Rhs_swap(op, reg) {
    return { kind: 'swap', op: op.sourceString, reg: toReg(reg) };
  },
  Rhs_extend(_open, size, _close, reg) {
    return { kind: 'extend', size: size.sourceString, reg: toReg(reg) };
  },
  Rhs_fetch(op, _open, at, _commas, regs, _close) {
    return { kind: 'fetch', op: op.sourceString, at: toDeref(at), args: regs.children.map(toReg) };
  },
  Rhs_xchg(op, _open, at, _commas, regs, _close) {
    return { kind: 'xchg', op: op.sourceString, at: toAddress(at), args: regs.children.map(toReg) };
  },
  Rhs_acquire(_op, _open, from, _close) {
    return { kind: 'acquire', from: toDeref(from) };
  },
  Rhs_packet(access, _skb, _open, packet, _close) {
    return { ...read(PACKET, packet), kind: 'packet', size: sizeOf(access) };
  },
  Rhs_cast(_op, _open, reg, _comma, to, _comma2, from, _close) {
    return { kind: 'cast', reg: toReg(reg), to: toExpr(to), from: toExpr(from) };
  },
  Rhs_percpu(_and, _open, _void, _percpu, _star, _close, _open2, reg, _close2) {
    return { kind: 'percpu', reg: toReg(reg) };
  },
  Rhs_kernelmap(_) {
    return { kind: 'kernelmap', text: this.sourceString, span: spanOf(this) };
  },
};

const INSN: BPFActionDict<InsnAst> = {
  Move(dst, _equals, rhs) {
    return { kind: 'assign', dst: toReg(dst), rhs: read(RHS, rhs), span: spanOf(this) };
  },
  Alu(dst, op, src) {
    return { kind: 'alu', dst: toReg(dst), op: operator(op), src: toOperand(src), span: spanOf(this) };
  },
  Store(to, _equals, value) {
    return { kind: 'store', to: toDeref(to), value: toOperand(value), span: spanOf(this) };
  },
  If(_if, left, op, right, _goto, target) {
    return {
      kind: 'if',
      left: toOperand(left),
      op: operator(op),
      right: toOperand(right),
      target: toTarget(target),
      span: spanOf(this),
    };
  },
  Call(_, callee) {
    return { kind: 'call', callee: read(CALLEE, callee), span: spanOf(this) };
  },
  Goto(word, target) {
    const long = word.sourceString === 'gotol';
    return { kind: 'goto', long, target: toTarget(target), span: spanOf(this) };
  },
  Exit(_) {
    return { kind: 'exit', span: spanOf(this) };
  },
  // What the kernel's listings and GNU as call a jump to the next instruction.
  Nop(_) {
    const span = spanOf(this);
    const offset: Expr = { kind: 'number', value: 0n, octal: false, span };
    return { kind: 'goto', long: false, target: { kind: 'relative', offset, span }, span };
  },
  Lock(_, at, op, reg) {
    return { kind: 'lock', at: toDeref(at), op: operator(op), reg: toReg(reg), span: spanOf(this) };
  },
  MayGoto(_, target) {
    return { kind: 'may_goto', target: toTarget(target), span: spanOf(this) };
  },
  ThisCpu(_, at, op, reg) {
    return { kind: 'this_cpu', at: toDeref(at), op: operator(op), reg: toReg(reg), span: spanOf(this) };
  },
  Release(_op, _open, at, _comma, reg, _close) {
    return { kind: 'release', at: toDeref(at), reg: toReg(reg), span: spanOf(this) };
  },
  Callx(_, reg) {
    return { kind: 'callx', reg: toReg(reg), span: spanOf(this) };
  },
  Gotox(_, reg) {
    return { kind: 'gotox', reg: toReg(reg), span: spanOf(this) };
  },
  Pseudo(_op, dst, _comma, src, _comma2, imm) {
    return { kind: 'pseudo', dst: toReg(dst), src: toExpr(src), imm: toExpr(imm), span: spanOf(this) };
  },
};

const STATEMENT: BPFActionDict<InsnAst | Directive> = {
  Insn(insn) {
    return read(INSN, insn);
  },
  Directive(name, args) {
    const { sourceString } = args;
    return { kind: 'directive', name: name.sourceString, args: sourceString.trim(), span: spanOf(this) };
  },
};

/** A label without its colon. */
function toLabel(node: Node): Label {
  const name = node.children[0]!;
  return { name: name.sourceString, span: spanOf(name) };
}

/** What reads a matched `Line`. */
export const LINE: BPFActionDict<Line> = {
  Directive(_name, _args) {
    return { labels: [], stmt: read(STATEMENT, this), span: spanOf(this) };
  },
  Insn(insn) {
    return { labels: [], stmt: read(INSN, insn), span: spanOf(this) };
  },
  Labelled(labels, stmt) {
    const one = only(stmt);
    return {
      labels: labels.children.map(toLabel),
      stmt: one && read(STATEMENT, one),
      span: spanOf(this),
    };
  },
};
