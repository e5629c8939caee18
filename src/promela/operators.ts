import type { Insn } from '../isa/insn.js';
import type { Operation } from '../isa/operation.js';
import { OPERATIONS } from '../isa/table.js';
import { ALL32, ALL64, roundUp, type Value } from './values.js';

/** A number or a variable of the model. */
export type Operand = Extract<Value, { kind: 'const' | 'var' | 'wide' }>;

/** An expression of Promela where that can say it, else of C. `@` stands for the process's own variables in C. */
export interface Expression {
  readonly text: string;
  readonly isC: boolean;
  /** The greatest value; above 32 bits it needs a variable of C. */
  readonly max: bigint;
}

export const maxOf = (v: Operand): bigint =>
  v.kind === 'const' ? v.value : v.kind === 'var' ? v.max : ALL64;

const low32 = (v: Operand): Operand => (v.kind === 'const' ? { kind: 'const', value: v.value & ALL32 } : v);

/** The operand as Promela has it: a number is an `int` with the same 32 bits. */
export function promela(v: Operand): string {
  if (v.kind !== 'const') return v.name;
  const n = BigInt.asIntN(32, v.value);
  return n === -0x8000_0000n ? '(1 << 31)' : String(n);
}

/** The operand in C, as an unsigned number of `width` bits. */
export function inC(v: Operand, width: 32 | 64): string {
  if (v.kind === 'const') return width === 64 ? `${v.value}ULL` : `${v.value & ALL32}U`;
  const own = v.kind === 'var' ? `(u32)@->${v.name}` : `@->${v.name}`;
  return v.kind === 'var' && width === 32 ? own : `(u${width})${own}`;
}

/** Operators that mean in Promela what they mean in C, on `int` that wraps. */
const PLAIN: Readonly<Record<string, string>> = {
  '+=': '+',
  '-=': '-',
  '*=': '*',
  '&=': '&',
  '|=': '|',
  '^=': '^',
};

/** By the operator of the instruction table: `a` and `b` unsigned, `U` and `S` the types, `M` the mask of shift counts. */
const IN_C: Readonly<Record<string, string>> = {
  '+=': 'a + b',
  '-=': 'a - b',
  '*=': 'a * b',
  '&=': 'a & b',
  '|=': 'a | b',
  '^=': 'a ^ b',
  '<<=': 'a << (b & M)',
  '>>=': 'a >> (b & M)',
  's>>=': '(U)((S)(a) >> (b & M))',
  '/=': 'b == 0 ? 0 : a / b',
  '%=': 'b == 0 ? a : a % b',
  's/=': 'b == 0 ? 0 : b == (U)-1 ? 0 - a : (U)((S)(a) / (S)(b))',
  's%=': 'b == 0 ? a : b == (U)-1 ? 0 : (U)((S)(a) % (S)(b))',
  '-': '0 - a',
  s8: '(U)(S)(signed char)(a)',
  s16: '(U)(S)(short)(a)',
  s32: '(U)(S)(int)(a)',
  le16: 'a & 0xffff',
  le32: 'a & 0xffffffff',
  le64: 'a',
  be16: '__builtin_bswap16(a)',
  be32: '__builtin_bswap32(a)',
  be64: '__builtin_bswap64(a)',
  bswap16: '__builtin_bswap16(a)',
  bswap32: '__builtin_bswap32(a)',
  bswap64: '__builtin_bswap64(a)',
};

/** The operator of what an operation computes: an atomic one computes what the row of arithmetic with its meaning does. */
const OPERATORS = new Map(
  OPERATIONS.filter((o) => o.form === 'alu_reg').map((o) => [o.compute, o.text] as const),
);

const ones = (n: bigint): bigint => (1n << BigInt(n.toString(2).length)) - 1n;

function greatest(text: string, a: bigint, b: Operand, limit: bigint): bigint {
  const n = b.kind === 'const' ? b.value & (limit === ALL32 ? 31n : 63n) : undefined;
  switch (text) {
    case '+=':
      return a + maxOf(b);
    case '*=':
      return a * maxOf(b);
    case '&=':
      return a < maxOf(b) ? a : maxOf(b);
    case '|=':
    case '^=':
      return ones(a | maxOf(b));
    case '<<=':
      return n === undefined ? limit : a << n;
    case '>>=':
      return n === undefined ? a : a >> n;
    case '/=':
    case '%=':
      return a;
    case 'le16':
    case 'be16':
    case 'bswap16':
      return 0xffffn;
    case 'le32':
    case 'be32':
    case 'bswap32':
      return ALL32;
    default:
      return limit;
  }
}

function substitute(template: string, a: string, b: string, width: 32 | 64): string {
  const names: Readonly<Record<string, string>> = {
    a: `(${a})`,
    b: `(${b})`,
    U: `u${width}`,
    S: width === 64 ? 'long long' : 'int',
    M: String(width - 1),
  };
  return template.replace(/\b[abUSM]\b/g, (name) => names[name]!);
}

/** What an arithmetic operation computes of a destination and a source; undefined for one that has no meaning here. */
export function compute(op: Operation, dst: Operand, src: Operand): Expression | undefined {
  const text = OPERATORS.get(op.compute) ?? op.text;
  const width = op.form === 'swap' ? 64 : op.width;
  const [a, b] = width === 32 ? [low32(dst), low32(src)] : [dst, src];
  const template = IN_C[text];
  if (template === undefined) return undefined;
  const limit = width === 32 ? ALL32 : ALL64;
  const aMax = width === 32 && maxOf(a) > ALL32 ? ALL32 : maxOf(a);
  const exact = greatest(text, aMax, b, limit);
  const max = exact <= ALL32 ? roundUp(exact) : limit;
  const isNarrow = max <= ALL32 && a.kind !== 'wide' && b.kind !== 'wide';
  const plain = PLAIN[text];
  if (isNarrow && plain !== undefined)
    return { text: `${promela(a)} ${plain} ${promela(b)}`, isC: false, max };
  if (isNarrow && b.kind === 'const' && text === '<<=' && (b.value & BigInt(width - 1)) < 32n)
    return { text: `${promela(a)} << ${b.value & BigInt(width - 1)}`, isC: false, max };
  if (isNarrow && text === '<<=' && width === 32)
    return { text: `${promela(a)} << (${promela(b)} & 31)`, isC: false, max };
  if (isNarrow && text === '>>=' && aMax < 0x8000_0000n && b.kind === 'const' && (b.value & 63n) < 32n)
    return { text: `${promela(a)} >> ${b.value & BigInt(width - 1)}`, isC: false, max };
  return { text: substitute(template, inC(a, width), inC(b, width), width), isC: true, max };
}

/** What decides a conditional jump. */
export function condition(insn: Insn, dst: Operand, src: Operand): Expression {
  const { text, width } = insn.op;
  const [a, b] = width === 32 ? [low32(dst), low32(src)] : [dst, src];
  const isSigned = text.startsWith('s');
  const operator = isSigned ? text.slice(1) : text;
  const isNarrow = a.kind !== 'wide' && b.kind !== 'wide' && maxOf(a) <= ALL32 && maxOf(b) <= ALL32;
  const isSmall = maxOf(a) < 0x8000_0000n && maxOf(b) < 0x8000_0000n;
  const isEquality = ['==', '!=', '&'].includes(operator);
  if (isNarrow && (isEquality || isSmall || (isSigned && width === 32))) {
    const test = `${promela(a)} ${operator} ${promela(b)}`;
    return { text: operator === '&' ? `(${test}) != 0` : test, isC: false, max: 1n };
  }
  const type = isSigned ? (width === 64 ? '(long long)' : '(int)') : '';
  const test = `${type}(${inC(a, width)}) ${operator} ${type}(${inC(b, width)})`;
  return { text: operator === '&' ? `(${test}) != 0` : test, isC: true, max: 1n };
}
