import type { Node } from 'ohm-js';
import type { BPFSemantics } from '../../grammar/tinybpf.ohm-bundle.js';
import type { Address, Callee, Deref, Directive, Expr, InsnAst, Label, Line, Rhs, Target } from './ast.js';
import { spanOf } from './cursor.js';
import { toExpr, toOperand, toReg } from './expressions.js';

const toAddress = (node: Node): Address => node['address']() as Address;
const toDeref = (node: Node): Deref => node['deref']() as Deref;
const toTarget = (node: Node): Target => node['target']() as Target;

/** The spelling of an operator without the blanks LLVM allows in it (`s >>=`). */
const operator = (node: Node): string => node.sourceString.replace(/\s/g, '');

function addParts(semantics: BPFSemantics): void {
  semantics.addOperation<Address>('address', {
    Address_offset(base, terms) {
      return { base: toReg(base), offset: toExpr(terms), span: spanOf(this) };
    },
    Address_bare(base) {
      return { base: toReg(base), offset: undefined, span: spanOf(this) };
    },
  });
  semantics.addOperation<Deref>('deref', {
    Deref(_star, _open, size, _star2, _close, _open2, address, _close2) {
      return { size: size.sourceString, address: toAddress(address), span: spanOf(this) };
    },
    Pointer(_open, size, _star, _close, _open2, address, _close2) {
      return { size: size.sourceString, address: toAddress(address), span: spanOf(this) };
    },
  });
  semantics.addOperation<Expr>('relative', {
    Relative(_pc, terms) {
      return toExpr(terms);
    },
  });
  semantics.addOperation<Target>('target', {
    Target_relative(relative, _annotation) {
      return { kind: 'relative', offset: relative['relative']() as Expr, span: spanOf(this) };
    },
    Target_local(digits, direction) {
      const forward = direction.sourceString === 'f';
      return { kind: 'local', number: Number(digits.sourceString), forward, span: spanOf(this) };
    },
    Target_expression(expr, _annotation) {
      return { kind: 'expression', expr: toExpr(expr), span: spanOf(this) };
    },
  });
}

function addRhs(semantics: BPFSemantics): void {
  semantics.addOperation<Rhs>('rhs', {
    Rhs_neg(_minus, reg) {
      return { kind: 'negate', reg: toReg(reg) };
    },
    Rhs_swap(op, reg) {
      return { kind: 'swap', op: op.sourceString, reg: toReg(reg) };
    },
    Rhs_extend(_open, size, _close, reg) {
      return { kind: 'extend', size: size.sourceString, reg: toReg(reg) };
    },
    Rhs_packet(_star, _open, size, _star2, _close, _skb, _bracket, packet, _bracket2) {
      return {
        ...(packet['packet']() as { index: undefined; offset: undefined }),
        kind: 'packet',
        size: size.sourceString,
      };
    },
    Rhs_load(from) {
      return { kind: 'load', from: toDeref(from) };
    },
    Rhs_fetch(op, _open, at, _commas, regs, _close) {
      return { kind: 'fetch', op: op.sourceString, at: toDeref(at), args: regs.children.map(toReg) };
    },
    Rhs_acquire(_op, _open, from, _close) {
      return { kind: 'acquire', from: toDeref(from) };
    },
    Rhs_xchg(op, _open, at, _commas, regs, _close) {
      return { kind: 'xchg', op: op.sourceString, at: toAddress(at), args: regs.children.map(toReg) };
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
    Rhs_wide(expr, _ll) {
      return { kind: 'wide', expr: toExpr(expr) };
    },
    Rhs_plain(operand, _end) {
      return { kind: 'plain', operand: toOperand(operand) };
    },
  });
  semantics.addOperation<unknown>('packet', {
    Packet_sum(index, _plus, offset) {
      return { index: toReg(index), offset: toExpr(offset) };
    },
    Packet_one(operand) {
      const one = toOperand(operand);
      return one.kind === 'reg' ? { index: one, offset: undefined } : { index: undefined, offset: one };
    },
  });
}

function addInsn(semantics: BPFSemantics): void {
  semantics.addOperation<InsnAst>('insn', {
    Exit(_) {
      return { kind: 'exit', span: spanOf(this) };
    },
    Goto_indirect(_, reg) {
      return { kind: 'gotox', reg: toReg(reg), span: spanOf(this) };
    },
    Goto_direct(word, target) {
      return {
        kind: 'goto',
        long: word.sourceString === 'gotol',
        target: toTarget(target),
        span: spanOf(this),
      };
    },
    MayGoto(_, target) {
      return { kind: 'may_goto', target: toTarget(target), span: spanOf(this) };
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
    Call_register(_, reg) {
      return { kind: 'callx', reg: toReg(reg), span: spanOf(this) };
    },
    Call_kfunc(_call, _kfunc, _open, id, _close) {
      const callee: Callee = { kind: 'kfunc', id: toExpr(id), span: spanOf(id) };
      return { kind: 'call', callee, span: spanOf(this) };
    },
    Call_relative(_, relative) {
      const callee: Callee = {
        kind: 'relative',
        offset: relative['relative']() as Expr,
        span: spanOf(relative),
      };
      return { kind: 'call', callee, span: spanOf(this) };
    },
    Call_callee(_, expr) {
      const callee: Callee = { kind: 'expression', expr: toExpr(expr), span: spanOf(expr) };
      return { kind: 'call', callee, span: spanOf(this) };
    },
    Lock(_, at, op, reg) {
      return { kind: 'lock', at: toDeref(at), op: operator(op), reg: toReg(reg), span: spanOf(this) };
    },
    ThisCpu(_, at, op, reg) {
      return { kind: 'this_cpu', at: toDeref(at), op: operator(op), reg: toReg(reg), span: spanOf(this) };
    },
    Release(_op, _open, at, _comma, reg, _close) {
      return { kind: 'release', at: toDeref(at), reg: toReg(reg), span: spanOf(this) };
    },
    Pseudo(_op, dst, _comma, src, _comma2, imm) {
      return { kind: 'pseudo', dst: toReg(dst), src: toExpr(src), imm: toExpr(imm), span: spanOf(this) };
    },
    Store(to, _equals, value) {
      return { kind: 'store', to: toDeref(to), value: toOperand(value), span: spanOf(this) };
    },
    Assign_move(dst, _equals, rhs) {
      return { kind: 'assign', dst: toReg(dst), rhs: rhs['rhs']() as Rhs, span: spanOf(this) };
    },
    Assign_alu(dst, op, src) {
      return { kind: 'alu', dst: toReg(dst), op: operator(op), src: toOperand(src), span: spanOf(this) };
    },
  });
}

/** A matched `Stmt`: an instruction or a directive. */
function statement(stmt: Node): InsnAst | Directive {
  const only = stmt.children[0]!;
  return only.ctorName === 'Directive' ? (only['directive']() as Directive) : (only['insn']() as InsnAst);
}

/** Adds the operations that turn a matched `Line` into the tree of `ast.ts`. */
export function addInstructionOperations(semantics: BPFSemantics): void {
  addParts(semantics);
  addRhs(semantics);
  addInsn(semantics);
  semantics.addOperation<Directive>('directive', {
    Directive(name, args) {
      return {
        kind: 'directive',
        name: name.sourceString,
        args: args.sourceString.trim(),
        span: spanOf(this),
      };
    },
  });
  semantics.addOperation<Label>('label', {
    Label(name, _colon) {
      return { name: name.sourceString, span: spanOf(name) };
    },
  });
  semantics.addOperation<Line>('line', {
    Line_plain(stmt, _end) {
      return { labels: [], stmt: statement(stmt), span: spanOf(this) };
    },
    Line_labelled(labels, stmt) {
      const only = stmt.children[0];
      return {
        labels: labels.children.map((l) => l['label']() as Label),
        stmt: only === undefined ? undefined : statement(only),
        span: spanOf(this),
      };
    },
  });
}
