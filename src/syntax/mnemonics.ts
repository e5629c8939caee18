import type { Node } from 'ohm-js';
import grammar from '../../grammar/mnemonic.ohm-bundle.js';
import { span } from '../text/source.js';
import type { InsnAst, Label, Line, MnemonicOperand, Reg } from './ast.js';
import { placeCursor, spanOf } from './cursor.js';
import { toNumber } from './expressions.js';
import { type Parsed, refuseMonster, syntaxError } from './parse-line.js';
import { explainMnemonicSlip } from './slips.js';
import type { Statement } from './split.js';

const semantics = grammar.createSemantics();

function signedNumber(self: Node, sign: Node, number: Node): MnemonicOperand {
  const written = sign.sourceString;
  const value = toNumber(number.sourceString);
  return {
    kind: 'number',
    value: written === '-' ? -value : value,
    octal: false,
    signed: written !== '',
    span: spanOf(self),
  };
}

semantics.addOperation<MnemonicOperand>('operand', {
  Operand(inner) {
    return inner['operand']() as MnemonicOperand;
  },
  Memory(_open, base, offset, _close) {
    const known = offset.children[0]?.['operand']() as (MnemonicOperand & { kind: 'number' }) | undefined;
    return { kind: 'memory', base: base['operand']() as Reg, offset: known, span: spanOf(this) };
  },
  Offset(sign, number) {
    return signedNumber(this, sign, number);
  },
  Number(sign, number) {
    return signedNumber(this, sign, number);
  },
  register(_percent, _r, _number) {
    return {
      kind: 'reg',
      width: 64,
      number: Number(/\d+$/.exec(this.sourceString)?.[0]),
      span: spanOf(this),
    };
  },
  name(_first, _rest) {
    return { kind: 'name', name: this.sourceString, span: spanOf(this) };
  },
});

semantics.addOperation<InsnAst>('insn', {
  Insn(first, tails) {
    const operands = tails.children.map((t) => t['insnOperand']() as MnemonicOperand);
    return { kind: 'mnemonic', name: first.sourceString, operands, span: spanOf(this) };
  },
});
semantics.addOperation<MnemonicOperand>('insnOperand', {
  Tail(_comma, operand) {
    return operand['operand']() as MnemonicOperand;
  },
});
semantics.addOperation<Line>('line', {
  Line_label(label) {
    const written: Label = { name: label.children[0]?.sourceString ?? '', span: spanOf(label) };
    return { labels: [written], stmt: undefined, span: spanOf(this) };
  },
  Line_insn(insn) {
    return { labels: [], stmt: insn['insn']() as InsnAst, span: spanOf(this) };
  },
});

/** Turns one line of the mnemonic dialect into its tree, or says what is wrong with it. */
export function parseMnemonicLine(statement: Statement): Parsed<Line> {
  const monster = refuseMonster(statement.text, statement.span);
  if (monster !== undefined) return { diagnostics: [monster] };
  const match = grammar.match(statement.text, 'Line');
  if (match.failed()) {
    const at = match.getRightmostFailurePosition();
    return { diagnostics: [syntaxError(statement, at, match.getExpectedText(), explainMnemonicSlip)] };
  }
  placeCursor(statement.span.source, statement.span.start);
  const line = semantics(match)['line']() as Line;
  return {
    value: { ...line, span: span(statement.span.source, statement.span.start, statement.span.end) },
    diagnostics: [],
  };
}
