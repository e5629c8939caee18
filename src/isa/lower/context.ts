import type { Expr, Operand, Reg } from '../../syntax/ast.js';
import { COPY_FRAME_POINTER } from '../../syntax/instead.js';
import type { Code } from '../../text/codes.js';
import { type Details, errorAt, InputError } from '../../text/diagnostic.js';
import { Findings } from '../../text/findings.js';
import { formatRange } from '../../text/range.js';
import type { Span } from '../../text/source.js';

export interface LowerOptions {
  /** Named constants: `.equ`, offsets in kernel structures. */
  readonly constants: ReadonlyMap<string, bigint>;
  /** Accept a leading zero as octal, as LLVM does. */
  readonly strictLlvm: boolean;
}

/** What fits in a field of an instruction, and how a value that does not is reported. */
export interface Field {
  readonly low: bigint;
  readonly high: bigint;
  readonly code: Code;
  readonly what: string;
}

const S32 = { low: -0x8000_0000n, high: 0x7fff_ffffn, code: 'B0203' } as const;

export const FIELD = {
  /** Values of 32 unsigned bits mean the signed number of the same bits. */
  immediate: { ...S32, high: 0xffff_ffffn, what: 'immediate' },
  /** What is added to an address, as in an object file. */
  addend: { ...S32, what: 'offset' },
  /** The low half of what a listing refers to, and the high half. */
  id: { ...S32, what: 'number' },
  idOffset: { low: 0n, high: 0xffff_ffffn, code: 'B0203', what: 'offset' },
  distance: { ...S32, code: 'B0302', what: 'distance' },
  off16: { low: -0x8000n, high: 0x7fffn, code: 'B0204', what: 'offset' },
  addressSpace: { low: 0n, high: 0xffffn, code: 'B0203', what: 'address space' },
} as const satisfies Readonly<Record<string, Field>>;

/** Data of a number of bits, signed or unsigned. */
export const dataOf = (bits: bigint): Field => ({
  low: -(1n << (bits - 1n)),
  high: (1n << bits) - 1n,
  code: 'B0203',
  what: 'value',
});

/** A number as written in the text; the value of an expression. */
function asWritten(expr: Expr, value: bigint): string {
  const isPlain = expr.kind === 'number' || (expr.kind === 'negative' && expr.operand.kind === 'number');
  return isPlain ? expr.span.source.text.slice(expr.span.start, expr.span.end) : String(value);
}

const intoRegister = (written: string): string =>
  `load it into a register of its own, \`r2 = ${written} ll\`, and use that`;

/** Collects what is wrong with the statements of one text while they are lowered. */
export class LowerContext {
  readonly findings: Findings;
  readonly options: LowerOptions;

  constructor(options: LowerOptions, findings: Findings = new Findings()) {
    this.options = options;
    this.findings = findings;
  }

  /** Leaves a statement that cannot be lowered. Throws `InputError`. */
  fail(code: Code, message: string, details: Details & { readonly span: Span }): never {
    throw new InputError(errorAt(code, message, details));
  }

  warn(code: Code, message: string, details: Details & { readonly span: Span }): void {
    this.findings.warning(code, message, details);
  }

  /** The value of a constant expression, or undefined if a name in it is not a constant. */
  tryEvaluate(expr: Expr): bigint | undefined {
    const { symbol, value } = this.linear(expr);
    return symbol === undefined ? value : undefined;
  }

  /** An expression as a constant, or as one symbol plus a constant; anything else with a symbol in it is refused. */
  linear(expr: Expr): { readonly symbol?: Expr & { kind: 'name' }; readonly value: bigint } {
    switch (expr.kind) {
      case 'number':
        return { value: this.#number(expr) };
      case 'name': {
        const value = this.options.constants.get(expr.name);
        return value === undefined ? { symbol: expr, value: 0n } : { value };
      }
      case 'negative': {
        const { symbol, value } = this.linear(expr.operand);
        return symbol === undefined ? { value: -value } : this.#notAnAddress(expr);
      }
      case 'binary': {
        const left = this.linear(expr.left);
        const right = this.linear(expr.right);
        const value = this.#binary(expr, left.value, right.value);
        if (left.symbol === undefined && right.symbol === undefined) return { value };
        const isSum = expr.op === '+' || (expr.op === '-' && right.symbol === undefined);
        if (!isSum || (left.symbol !== undefined && right.symbol !== undefined))
          return this.#notAnAddress(expr);
        return { symbol: left.symbol ?? right.symbol!, value };
      }
      default:
        return expr satisfies never;
    }
  }

  #notAnAddress(expr: Expr): never {
    return this.fail('B0209', 'only `symbol`, `symbol + N` and `symbol - N` can be an address', {
      span: expr.span,
    });
  }

  #number(expr: Expr & { kind: 'number' }): bigint {
    if (!expr.octal) return expr.value;
    const digits = expr.span.source.text.slice(expr.span.start, expr.span.end);
    const isOctal = /^[0-7]+$/.test(digits);
    if (this.options.strictLlvm && isOctal) return BigInt(`0o${digits}`);
    const decimal = digits.replace(/^0+(?=\d)/, '');
    return this.fail('B0107', `\`${digits}\` has a leading zero, which LLVM reads as octal`, {
      span: expr.span,
      help: isOctal
        ? `write ${decimal}, or 0x${BigInt(`0o${digits}`).toString(16)} if it is octal; \`tinybpf asm --strict-llvm\` accepts octal`
        : `write ${decimal}`,
    });
  }

  #binary(expr: Expr & { kind: 'binary' }, left: bigint, right: bigint): bigint {
    switch (expr.op) {
      case '+':
        return left + right;
      case '-':
        return left - right;
      case '*':
        return left * right;
      case '<<':
        if (right < 0n || right > 63n)
          this.fail('B0203', `shift by ${right}`, { span: expr.span, expected: '0 to 63' });
        return left << right;
      default:
        return expr.op satisfies never;
    }
  }

  /** The value of an expression that must be constant. */
  evaluate(expr: Expr): bigint {
    const { symbol, value } = this.linear(expr);
    if (symbol === undefined) return value;
    return this.notConstant(
      symbol,
      'B0209',
      `define it with \`.equ ${symbol.name}, VALUE\`; an address is loaded with \`r1 = ${symbol.name} ll\``,
    );
  }

  /** Refuses a name where a number belongs. */
  notConstant(symbol: Expr & { kind: 'name' }, code: Code, help: string): never {
    if (symbol.name === 'fp') {
      return this.fail('B0111', 'there is no register `fp`', {
        span: symbol.span,
        help: 'the frame pointer is r10',
      });
    }
    return this.fail(code, `\`${symbol.name}\` is not a constant`, { span: symbol.span, help });
  }

  checkRange(value: bigint, field: Field, at: Span, help: string): void {
    const { low, high, code, what } = field;
    if (value >= low && value <= high) return;
    this.fail(code, `${what} ${value} does not fit`, { span: at, expected: formatRange(low, high), help });
  }

  /** The value as a number, if it fits in a field; otherwise says so. */
  inRange(value: bigint, field: Field, at: Span, help: string): number {
    this.checkRange(value, field, at, help);
    return Number(value);
  }

  /**
   * A 32-bit immediate; values of 32 unsigned bits are accepted and returned as the signed number of the same bits.
   * `help` says what to write for a larger one, given as it was written.
   */
  imm32(expr: Expr, help: (written: string) => string = intoRegister): number {
    const value = this.evaluate(expr);
    const instead = help(asWritten(expr, value));
    return this.inRange(value, FIELD.immediate, expr.span, instead) | 0;
  }

  /**
   * Like `imm32`, for a 64-bit operation, which sign-extends: warns where that changes the number. `help` says how the
   * 64-bit number is used instead.
   */
  imm64(expr: Expr, listing: boolean, help: (written: string) => string = intoRegister): number {
    const imm = this.imm32(expr, help);
    const value = this.tryEvaluate(expr) ?? 0n;
    if (!listing && value > 0x7fff_ffffn) {
      const written = asWritten(expr, value);
      const instead = help(written);
      this.warn('B0202', `${written} is sign-extended to ${imm} here`, {
        span: expr.span,
        help: `${instead}${instead.endsWith('?') ? ' Write' : '; write'} ${imm} if that is what you want`,
      });
    }
    return imm;
  }

  /** A 32-bit distance, which unlike an immediate is never read as unsigned. */
  distance32(expr: Expr): number {
    const value = this.evaluate(expr);
    const help = 'the field has 32 bits';
    return this.inRange(value, FIELD.distance, expr.span, help);
  }

  off16(expr: Expr | undefined, what: string): number {
    if (expr === undefined) return 0;
    const help = 'add the distance to the base register before the access';
    return this.inRange(this.evaluate(expr), { ...FIELD.off16, what }, expr.span, help);
  }

  /** A 64-bit constant, signed or unsigned, as unsigned. */
  wide(expr: Expr, value: bigint): bigint {
    if (value < -(1n << 63n) || value >= 1n << 64n) {
      this.fail('B0203', `${value} does not fit in 64 bits`, {
        span: expr.span,
        expected: '-2^63 to 2^64-1',
      });
    }
    return BigInt.asUintN(64, value);
  }

  /** Refuses a w register where an address or another 64-bit register belongs. */
  wideRegister(reg: Reg, what: string): number {
    if (reg.width === 64) return reg.number;
    return this.fail('B0201', `${what} must be a 64-bit register`, {
      span: reg.span,
      help: `write r${reg.number}`,
    });
  }

  /** A register that is written; r10 may not be. */
  destination(reg: Reg): number {
    if (reg.number === 10) {
      this.fail('B0205', 'the frame pointer r10 cannot be written', {
        span: reg.span,
        help: COPY_FRAME_POINTER,
      });
    }
    return reg.number;
  }

  sameWidth(dst: Reg, src: Operand, spell: (letter: string) => string): void {
    if (src.kind !== 'reg' || src.width === dst.width) return;
    const letter = dst.width === 64 ? 'r' : 'w';
    this.fail('B0201', 'the operation mixes register widths', {
      span: src.span,
      help: `write \`${spell(letter)}\`; for the lower half of a register copy it with \`w1 = w2\` first`,
    });
  }
}

/** The value of a constant expression in a declaration; undefined where it has none, which is then among the findings. */
export function evaluateConstant(
  expr: Expr,
  constants: ReadonlyMap<string, bigint>,
  findings: Findings,
): bigint | undefined {
  const cx = new LowerContext({ constants, strictLlvm: false }, findings);
  return findings.attempt(() => cx.evaluate(expr));
}
