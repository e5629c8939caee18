import type { Expr, InsnAst, Line, Reg, Rhs, Target } from '../../syntax/ast.js';
import type { Span } from '../../text/source.js';
import { type Insn, makeInsn, type Reference } from '../insn.js';
import { KERNEL_REFERENCES, readReference } from '../kernel-references.js';
import { OPERATIONS, operation } from '../table.js';
import { FIELD, type LowerContext } from './context.js';
import {
  lowerAddress,
  lowerAtomic,
  lowerFetch,
  lowerStore,
  tied,
  unsignedSize,
  valueWidth,
} from './memory.js';
import { bytesOf, operationFor } from './operation-for.js';

/** An instruction whose jump target or callee may still be a label of the same text. */
export interface Lowered {
  readonly insn: Insn;
  readonly target?: Target;
  /** A callee given by name: a label of the text, a helper, or something the linker knows. */
  readonly callee?: Reference;
}

/** The symbol in an expression, with what is added to it. */
function symbolOf(cx: LowerContext, expr: Expr): Reference | undefined {
  const { symbol, value } = cx.linear(expr);
  return symbol === undefined ? undefined : { name: symbol.name, addend: value, span: symbol.span };
}

function lowerWide(cx: LowerContext, dst: Reg, expr: Expr): Insn {
  const number = cx.destination({
    ...dst,
    number: cx.wideRegister(dst, 'the destination of a 64-bit constant'),
  });
  const ref = symbolOf(cx, expr);
  if (ref !== undefined) {
    const help = 'what is added to an address has 32 signed bits, as in an object file';
    cx.checkRange(ref.addend, FIELD.addend, expr.span, help);
    return makeInsn(operation('lddw'), { dst: number, ref });
  }
  const value = cx.wide(expr, cx.evaluate(expr));
  return makeInsn(operation('lddw'), {
    dst: number,
    imm: Number(value & 0xffff_ffffn) | 0,
    hi: Number(value >> 32n) | 0,
  });
}

function lowerKernelMap(cx: LowerContext, dst: Reg, text: string, at: Span): Insn {
  const read = readReference(text);
  if (read === undefined) {
    return cx.fail('B0101', 'not a map reference of a kernel listing', {
      span: at,
      expected: KERNEL_REFERENCES,
    });
  }
  const { op, low, high } = read;
  const imm = cx.inRange(low, FIELD.id, at, 'ids have 32 bits');
  const hi = cx.inRange(high, FIELD.idOffset, at, 'offsets have 32 bits');
  return makeInsn(operation(op), { dst: cx.destination(dst), imm, hi: hi | 0 });
}

/** Sign extension has s8, s16 and s32, the last in 64 bits only. */
function checkExtend(cx: LowerContext, size: string, dst: Reg, src: Reg, at: Span): void {
  const bits = Number(size.slice(1));
  const zeroExtend =
    bits === 32 ? `w${dst.number} = w${src.number}` : `r${dst.number} &= 0x${(2 ** bits - 1).toString(16)}`;
  if (bits === 64 || (size === 's32' && dst.width === 32)) {
    const letter = dst.width === 64 ? 'r' : 'w';
    const help = `write \`${letter}${dst.number} = ${letter}${src.number}\``;
    cx.fail('B0206', `\`(${size})\` changes nothing here, so there is no such instruction`, {
      span: at,
      help,
    });
  }
  if (size.startsWith('u')) {
    cx.fail('B0206', 'a register is sign-extended by `(s8)`, `(s16)` and `(s32)` only', {
      span: at,
      help: `zero-extend it with \`${zeroExtend}\``,
    });
  }
}

function lowerMove(cx: LowerContext, dst: Reg, rhs: Rhs, span: Span, line: Line): Insn {
  const listing = line.bytes !== undefined || line.opcode !== undefined;
  switch (rhs.kind) {
    case 'negate':
      tied(cx, dst, rhs.reg);
      return makeInsn(operationFor(cx, span, { form: 'neg', text: '-', width: dst.width }), {
        dst: cx.destination(dst),
      });
    case 'swap':
      cx.wideRegister(dst, 'the operand of a byte swap');
      tied(cx, dst, rhs.reg);
      return makeInsn(operationFor(cx, span, { form: 'swap', text: rhs.op, width: 64 }), {
        dst: cx.destination(dst),
      });
    case 'extend':
      checkExtend(cx, rhs.size, dst, rhs.reg, span);
      cx.sameWidth(dst, rhs.reg, (l) => `${l}${dst.number} = (${rhs.size})${l}${rhs.reg.number}`);
      return makeInsn(operationFor(cx, span, { form: 'extend', text: rhs.size, width: dst.width }), {
        dst: cx.destination(dst),
        src: rhs.reg.number,
      });
    case 'packet': {
      if (dst.number !== 0)
        cx.fail('B0207', 'a packet load goes into r0', {
          span: dst.span,
          help: 'write `r0 = *(u32 *)skb[4]`',
        });
      const imm = rhs.offset === undefined ? 0 : cx.imm32(rhs.offset);
      const src = rhs.index === undefined ? 0 : cx.wideRegister(rhs.index, 'the index of a packet load');
      const form = rhs.index === undefined ? 'packet_abs' : 'packet_ind';
      return makeInsn(operationFor(cx, span, { form, text: rhs.size, width: 64, size: bytesOf(rhs.size) }), {
        src,
        imm,
      });
    }
    case 'load': {
      const size = bytesOf(rhs.from.size);
      const { base, off } = lowerAddress(cx, rhs.from.address);
      const isSigned = rhs.from.size.startsWith('s');
      if (rhs.from.size === 's64') {
        cx.fail('B0206', 'a load of 64 bits has nothing to sign-extend', { span, help: 'write u64' });
      }
      if (isSigned) cx.wideRegister(dst, 'the destination of a sign-extending load');
      else valueWidth(cx, size, dst, true);
      const width = isSigned || size === 8 ? 64 : 32;
      return makeInsn(operationFor(cx, span, { form: 'load', text: rhs.from.size, width, size }), {
        dst: cx.destination(dst),
        src: base,
        off,
      });
    }
    case 'acquire': {
      const size = unsignedSize(cx, rhs.from);
      const width = valueWidth(cx, size, dst, listing);
      const { base, off } = lowerAddress(cx, rhs.from.address);
      return makeInsn(operationFor(cx, span, { form: 'acquire', text: rhs.from.size, width, size }), {
        dst: cx.destination(dst),
        src: base,
        off,
      });
    }
    case 'fetch':
    case 'xchg':
      return lowerFetch(cx, dst, rhs, span, listing);
    case 'cast': {
      const number = (e: Expr): number =>
        cx.inRange(cx.evaluate(e), FIELD.addressSpace, e.span, 'address spaces have 16 bits');
      const imm = (number(rhs.to) << 16) | number(rhs.from);
      cx.wideRegister(dst, 'the destination of a cast');
      return makeInsn(operation('addr_space_cast'), {
        dst: cx.destination(dst),
        src: cx.wideRegister(rhs.reg, 'the operand of a cast'),
        imm,
      });
    }
    case 'percpu':
      cx.wideRegister(dst, 'a per-CPU pointer');
      return makeInsn(operation('mov_percpu'), {
        dst: cx.destination(dst),
        src: cx.wideRegister(rhs.reg, 'a per-CPU pointer'),
      });
    case 'kernelmap':
      return lowerKernelMap(cx, dst, rhs.text, rhs.span);
    case 'wide':
      return lowerWide(cx, dst, rhs.expr);
    case 'plain': {
      const { operand } = rhs;
      if (operand.kind === 'reg') {
        cx.sameWidth(dst, operand, (l) => `${l}${dst.number} = ${l}${operand.number}`);
        return makeInsn(operationFor(cx, span, { form: 'mov_reg', text: '=', width: dst.width }), {
          dst: cx.destination(dst),
          src: operand.number,
        });
      }
      if (line.opcode === operation('lddw').opcode) return lowerWide(cx, dst, operand);
      const unknown = cx.linear(operand).symbol;
      if (unknown !== undefined) {
        cx.notConstant(unknown, 'B0208', `an address is loaded with \`r${dst.number} = ${unknown.name} ll\``);
      }
      const whole = (written: string): string => `\`r${dst.number} = ${written} ll\` loads all 64 bits`;
      const half = (written: string): string =>
        `did you mean \`w${dst.number} = ${written}\` or \`r${dst.number} = ${written} ll\`?`;
      const fits = cx.tryEvaluate(operand)! < 1n << 32n;
      const imm =
        dst.width === 64 ? cx.imm64(operand, listing, fits ? half : whole) : cx.imm32(operand, whole);
      return makeInsn(operationFor(cx, span, { form: 'mov_imm', text: '=', width: dst.width }), {
        dst: cx.destination(dst),
        imm,
      });
    }
    default:
      return rhs satisfies never;
  }
}

function lowerIf(cx: LowerContext, ast: InsnAst & { kind: 'if' }, listing: boolean): Lowered {
  const { left, right, op } = ast;
  if (left.kind === 'name' && /^[rw]\d+s$/.test(left.name)) {
    return cx.fail('B0112', `there must be a space between \`${left.name.slice(0, -1)}\` and \`s\``, {
      span: left.span,
      help: `write \`${left.name.slice(0, -1)} s${op}\``,
    });
  }
  if (left.kind !== 'reg') {
    return cx.fail('B0211', 'the left side of a comparison is a register', {
      span: left.span,
      help: right.kind === 'reg' ? 'swap the sides and mirror the operator' : 'load it into a register first',
    });
  }
  const letter = left.width === 64 ? 'r' : 'w';
  cx.sameWidth(
    left,
    right,
    (l) => `if ${l}${left.number} ${op} ${l}${right.kind === 'reg' ? right.number : ''} goto …`,
  );
  if (right.kind === 'reg') {
    const insn = makeInsn(operationFor(cx, ast.span, { form: 'jump_reg', text: op, width: left.width }), {
      dst: left.number,
      src: right.number,
    });
    return { insn, target: ast.target };
  }
  const unknown = cx.linear(right).symbol;
  if (unknown !== undefined) {
    cx.notConstant(
      unknown,
      'B0208',
      `load it first: \`r1 = ${unknown.name} ll\`, then compare ${letter}${left.number} with r1`,
    );
  }
  const imm = left.width === 64 ? cx.imm64(right, listing) : cx.imm32(right);
  return {
    insn: makeInsn(operationFor(cx, ast.span, { form: 'jump_imm', text: op, width: left.width }), {
      dst: left.number,
      imm,
    }),
    target: ast.target,
  };
}

const NUMBERS =
  'the numbers of helpers and kfuncs have 32 bits; `tinybpf list helpers` shows those of helpers';

function lowerCall(cx: LowerContext, ast: InsnAst & { kind: 'call' }): Lowered {
  const { callee } = ast;
  switch (callee.kind) {
    case 'relative':
      return { insn: makeInsn(operation('call_local'), { imm: cx.distance32(callee.offset) }) };
    case 'kfunc':
      return { insn: makeInsn(operation('call_kfunc'), { imm: cx.imm32(callee.id, () => NUMBERS) }) };
    case 'expression': {
      const ref = symbolOf(cx, callee.expr);
      if (ref === undefined)
        return { insn: makeInsn(operation('call'), { imm: cx.imm32(callee.expr, () => NUMBERS) }) };
      if (ref.addend !== 0n)
        cx.fail('B0209', 'a call names a function, without an offset', {
          span: callee.span,
          help: `write \`call ${ref.name}\``,
        });
      return { insn: makeInsn(operation('call')), callee: ref };
    }
    default:
      return callee satisfies never;
  }
}

function lowerPseudo(cx: LowerContext, ast: InsnAst & { kind: 'pseudo' }): Insn {
  const src = cx.evaluate(ast.src);
  const op = OPERATIONS.find(
    (o) => (o.form === 'pseudo' || o.form === 'wide') && BigInt(o.select?.value ?? -1) === src,
  );
  if (op === undefined)
    return cx.fail('B0206', `ld_pseudo has no kind ${src}`, { span: ast.src.span, expected: '0 to 6' });
  const value = cx.wide(ast.imm, cx.evaluate(ast.imm));
  const dst = cx.destination({
    ...ast.dst,
    number: cx.wideRegister(ast.dst, 'the destination of ld_pseudo'),
  });
  return makeInsn(op, { dst, imm: Number(value & 0xffff_ffffn) | 0, hi: Number(value >> 32n) | 0 });
}

/** Turns one instruction of the pseudo-C dialect into an instruction of the table. Throws `InputError`. */
export function lowerInsn(
  cx: LowerContext,
  ast: Exclude<InsnAst, { kind: 'mnemonic' }>,
  line: Line,
): Lowered {
  const listing = line.bytes !== undefined || line.opcode !== undefined;
  switch (ast.kind) {
    case 'exit':
      return { insn: makeInsn(operation('exit')) };
    case 'goto':
      return { insn: makeInsn(operation(ast.long ? 'ja32' : 'ja')), target: ast.target };
    case 'gotox':
      return { insn: makeInsn(operation('gotox'), { dst: cx.wideRegister(ast.reg, 'the target of gotox') }) };
    case 'may_goto':
      return { insn: makeInsn(operation('may_goto')), target: ast.target };
    case 'if':
      return lowerIf(cx, ast, listing);
    case 'call':
      return lowerCall(cx, ast);
    case 'callx':
      return { insn: makeInsn(operation('callx'), { dst: cx.wideRegister(ast.reg, 'the target of callx') }) };
    case 'lock':
      return { insn: lowerAtomic(cx, ast, 'lock', ast.op, listing || ast.op === '+=') };
    case 'this_cpu':
      return { insn: lowerAtomic(cx, ast, 'this_cpu', ast.op, listing) };
    case 'release':
      return { insn: lowerAtomic(cx, ast, 'release', ast.at.size, listing) };
    case 'pseudo':
      return { insn: lowerPseudo(cx, ast) };
    case 'store':
      return { insn: lowerStore(cx, ast.to, ast.value, ast.span, listing) };
    case 'assign':
      return { insn: lowerMove(cx, ast.dst, ast.rhs, ast.span, line) };
    case 'alu': {
      const { dst, src, op } = ast;
      cx.sameWidth(dst, src, (l) => `${l}${dst.number} ${op} ${l}${src.kind === 'reg' ? src.number : ''}`);
      if (src.kind === 'reg') {
        const row = operationFor(cx, ast.span, { form: 'alu_reg', text: op, width: dst.width });
        return { insn: makeInsn(row, { dst: cx.destination(dst), src: src.number }) };
      }
      const row = operationFor(cx, ast.span, { form: 'alu_imm', text: op, width: dst.width });
      const imm = dst.width === 64 ? cx.imm64(src, listing) : cx.imm32(src);
      return { insn: makeInsn(row, { dst: cx.destination(dst), imm }) };
    }
    default:
      return ast satisfies never;
  }
}
