import type { MnemonicActionDict } from '#grammar/mnemonic.ohm-bundle.js';
import type { Line, MnemonicOperand, Reg } from './ast.js';
import { toNumber } from './expressions.js';
import { readListingLine } from './listing.js';
import type { Node } from './node.js';
import type { Language, Reading } from './reading.js';
import { explainMnemonicSlip } from './slips.js';
import type { Statement } from './split.js';
import { mnemonicGrammar, only, read, spanOf } from './tree.js';

const MNEMONICS: Language = { code: 'B0101', explain: explainMnemonicSlip };

type Numeral = MnemonicOperand & { readonly kind: 'number' };

function signedNumber(node: Node): Numeral {
  const [sign, number] = node.children;
  const written = sign!.sourceString;
  const value = toNumber(number!.sourceString);
  return {
    kind: 'number',
    value: written === '-' ? -value : value,
    octal: false,
    signed: written !== '',
    span: spanOf(node),
  };
}

function toReg(node: Node): Reg {
  const number = Number(/\d+$/.exec(node.sourceString)?.[0]);
  return { kind: 'reg', width: 64, number, span: spanOf(node) };
}

const OPERAND: MnemonicActionDict<MnemonicOperand> = {
  Tail(_comma, operand) {
    return read(OPERAND, operand);
  },
  Memory(_open, base, offset, _close) {
    const known = only(offset);
    return {
      kind: 'memory',
      base: toReg(base),
      offset: known && signedNumber(known),
      span: spanOf(this),
    };
  },
  Number(_sign, _number) {
    return signedNumber(this);
  },
  register(_percent, _r, _number) {
    return toReg(this);
  },
  name(_first, _rest) {
    return { kind: 'name', name: this.sourceString, span: spanOf(this) };
  },
};

const LINE: MnemonicActionDict<Line> = {
  Label(name, _colon) {
    const label = { name: name.sourceString, span: spanOf(this) };
    return { labels: [label], stmt: undefined, span: spanOf(this) };
  },
  Insn(name, tails) {
    const operands = tails.children.map((t) => read(OPERAND, t));
    const stmt = { kind: 'mnemonic', name: name.sourceString, operands, span: spanOf(this) } as const;
    return { labels: [], stmt, span: spanOf(this) };
  },
};

/** Turns one line of the mnemonic dialect into its tree; what is wrong with it is noted. */
export function parseMnemonicLine(reading: Reading, statement: Pick<Statement, 'text' | 'span'>): Line {
  const { span: at } = statement;
  const listing = readListingLine(statement.text);
  if (listing?.kind === 'section' || listing?.kind === 'skip')
    return { labels: [], stmt: undefined, span: at };
  const tree = reading.match(mnemonicGrammar, 'Line', statement, MNEMONICS);
  if (tree === undefined) return { labels: [], stmt: undefined, isUnread: true, span: at };
  return { ...read(LINE, tree), span: at };
}
