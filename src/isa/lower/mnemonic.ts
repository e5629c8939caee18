import type { Expr, InsnAst, MnemonicOperand, Target } from '../../syntax/ast.js';
import { didYouMean } from '../../text/nearest.js';
import type { Span } from '../../text/source.js';
import { FORMS, type Form } from '../forms.js';
import { type Insn, makeInsn, type Reference } from '../insn.js';
import { SHAPES, type Shape } from '../mnemonic-shapes.js';
import type { Operation } from '../operation.js';
import { OPERATIONS } from '../table.js';
import { FIELD, type LowerContext } from './context.js';
import type { Lowered } from './insn.js';

const byMnemonic = new Map<string, Operation[]>();
for (const op of OPERATIONS) byMnemonic.set(op.mnemonic, [...(byMnemonic.get(op.mnemonic) ?? []), op]);

/** Other spellings of the same word: uBPF's `swap16`, rbpf's `add64`, and fetch written out where it is implied. */
function canonical(name: string): string {
  if (byMnemonic.has(name)) return name;
  const plain = name.replace(/^swap(?=\d)/, 'bswap').replace(/^lock fetch (?=(?:cmp)?xchg)/, 'lock ');
  return byMnemonic.has(plain) ? plain : plain.replace(/64$/, '');
}

type Mnemonic = InsnAst & { readonly kind: 'mnemonic' };

/** The mnemonic, which may have several words (`lock fetch add32`), and the operands after it. */
function splitWords(ast: Mnemonic): { name: string; operands: readonly MnemonicOperand[] } {
  let name = ast.name;
  let taken = 0;
  if (name === 'lock' || name === 'this_cpu' || name === 'call') {
    for (const operand of ast.operands) {
      if (
        operand.kind !== 'name' ||
        (name === 'call' && operand.name !== 'local' && operand.name !== 'runtime')
      )
        break;
      if (name.startsWith('call ')) break;
      name = `${name} ${operand.name}`;
      taken += 1;
    }
  }
  const operands = ast.operands.slice(taken);
  if (name === 'call' && operands[0]?.kind === 'reg') name = 'callx';
  return { name: canonical(name), operands };
}

function accepts(shape: Shape, operand: MnemonicOperand): boolean {
  switch (shape) {
    case 'dst':
    case 'src':
      return operand.kind === 'reg';
    case 'wide':
      // A name is for a linker to find.
      return operand.kind === 'number' || operand.kind === 'name';
    case 'imm':
    case 'to':
    case 'from':
      return operand.kind === 'number';
    case 'callee':
      return operand.kind === 'number' || operand.kind === 'name';
    case 'off_target':
    case 'imm_target':
      return operand.kind === 'name' || operand.kind === 'number';
    case 'at_dst':
    case 'at_src':
      return operand.kind === 'memory';
    default:
      return shape satisfies never;
  }
}

function fits(form: Form, operands: readonly MnemonicOperand[]): boolean {
  const shapes = SHAPES[form];
  return shapes.length === operands.length && shapes.every((s, i) => accepts(s, operands[i]!));
}

const asExpr = (o: MnemonicOperand & { kind: 'number' | 'name' }): Expr =>
  o.kind === 'name' ? o : { kind: 'number', value: o.value, octal: false, span: o.span };

function asTarget(o: MnemonicOperand & { kind: 'number' | 'name' }): Target {
  if (o.kind === 'number') return { kind: 'relative', offset: asExpr(o), span: o.span };
  return { kind: 'expression', expr: asExpr(o), span: o.span };
}

function describe(form: Form): string {
  const words: Readonly<Record<Shape, string>> = {
    dst: '%rD',
    src: '%rS',
    imm: 'N',
    wide: 'N or NAME',
    to: 'N',
    from: 'N',
    off_target: 'TARGET',
    imm_target: 'TARGET',
    callee: 'N',
    at_dst: '[%rD+N]',
    at_src: '[%rS+N]',
  };
  return SHAPES[form].map((s) => words[s]).join(', ') || 'no operands';
}

/** Turns one line of the mnemonic dialect into an instruction of the table. Throws `InputError`. */
export function lowerMnemonic(cx: LowerContext, ast: Mnemonic): Lowered {
  const { name, operands } = splitWords(ast);
  const rows = byMnemonic.get(name);
  const whole: Span = ast.span;
  if (rows === undefined) {
    return cx.fail('B0206', `there is no instruction \`${name}\``, {
      span: whole,
      help: didYouMean(name, byMnemonic.keys()),
    });
  }
  const op = rows.find((r) => fits(r.form, operands));
  if (op === undefined) {
    const expected = rows.map((r) => describe(r.form)).join(' or ');
    return cx.fail('B0211', `\`${name}\` does not take these operands`, { span: whole, expected });
  }
  const fields: { -readonly [K in keyof Insn]?: Insn[K] } = {};
  let target: Target | undefined;
  let callee: Reference | undefined;
  SHAPES[op.form].forEach((shape, i) => {
    const o = operands[i]!;
    if (o.kind === 'reg') {
      const writes = shape === 'dst' && FORMS[op.form].writes.includes('dst');
      fields[shape === 'src' ? 'src' : 'dst'] = writes ? cx.destination(o) : o.number;
    } else if (o.kind === 'memory') {
      fields[shape === 'at_src' ? 'src' : 'dst'] = o.base.number;
      fields.off = cx.off16(o.offset, 'offset');
    } else if (shape === 'off_target' || shape === 'imm_target') target = asTarget(o);
    else if (o.kind === 'name' && shape === 'wide') fields.ref = { name: o.name, addend: 0n, span: o.span };
    else if (o.kind === 'name') callee = { name: o.name, addend: 0n, span: o.span };
    else if (shape === 'wide') {
      const value = cx.wide(asExpr(o), o.value);
      fields.imm = Number(value & 0xffff_ffffn) | 0;
      fields.hi = Number(value >> 32n) | 0;
    } else if (shape === 'to' || shape === 'from') {
      const half = cx.inRange(o.value, FIELD.addressSpace, o.span, 'address spaces have 16 bits');
      fields.imm = shape === 'to' ? half << 16 : (fields.imm ?? 0) | half;
    } else {
      const help = (written: string): string =>
        `load it into a register of its own, \`lddw %r2, ${written}\`, and use that`;
      fields.imm = cx.imm32(asExpr(o), help);
    }
  });
  const insn = makeInsn(op, fields);
  return { insn, ...(target && { target }), ...(callee && { callee }) };
}
