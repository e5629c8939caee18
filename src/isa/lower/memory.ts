import type { Address, Deref, Operand, Reg, Rhs } from '../../syntax/ast.js';
import { plural } from '../../text/numbers.js';
import type { Span } from '../../text/source.js';
import type { Form } from '../forms.js';
import { type Insn, makeInsn } from '../insn.js';
import type { LowerContext } from './context.js';
import { bytesOf, operationFor } from './operation-for.js';

interface MemoryOperand {
  readonly base: number;
  readonly off: number;
}

export function lowerAddress(cx: LowerContext, address: Address): MemoryOperand {
  return {
    base: cx.wideRegister(address.base, 'the base of an address'),
    off: cx.off16(address.offset, 'offset'),
  };
}

/** The width an access of this many bytes has its value register in, when that register is `reg`. */
export function valueWidth(cx: LowerContext, size: number, reg: Reg, loose: boolean): 32 | 64 {
  const width = size === 8 ? 64 : 32;
  if (size === 8 && reg.width === 32) {
    cx.fail('B0201', 'a 64-bit access needs a 64-bit register', {
      span: reg.span,
      help: `write r${reg.number}`,
    });
  }
  if (!loose && width === 32 && reg.width === 64) {
    cx.fail('B0201', 'a 32-bit atomic operation works on w registers', {
      span: reg.span,
      help: `write w${reg.number}`,
    });
  }
  return width;
}

export function unsignedSize(cx: LowerContext, deref: Deref): number {
  if (deref.size.startsWith('u')) return bytesOf(deref.size);
  return cx.fail('B0206', 'only a load can be sign-extended', {
    span: deref.span,
    help: `write u${deref.size.slice(1)}`,
  });
}

export function lowerStore(cx: LowerContext, to: Deref, value: Operand, at: Span, listing: boolean): Insn {
  const size = unsignedSize(cx, to);
  const { base, off } = lowerAddress(cx, to.address);
  const text = `u${size * 8}`;
  if (value.kind === 'reg') {
    const width = valueWidth(cx, size, value, true);
    return makeInsn(operationFor(cx, at, { form: 'store_reg', text, width, size }), {
      dst: base,
      src: value.number,
      off,
    });
  }
  const bits = size * 8;
  const imm = size === 8 ? cx.imm64(value, listing) : cx.imm32(value, () => `a u${bits} has ${bits} bits`);
  if (!listing && bits < 32 && (imm < -(2 ** (bits - 1)) || imm >= 2 ** bits)) {
    cx.warn('B0212', `${imm} does not fit in the ${bits} bits that are stored`, {
      span: value.span,
      help: `only ${imm & (2 ** bits - 1)} reaches memory; write that, or store more bytes`,
    });
  }
  return makeInsn(operationFor(cx, at, { form: 'store_imm', text, width: 64, size }), {
    dst: base,
    off,
    imm,
  });
}

export function lowerAtomic(
  cx: LowerContext,
  { at, reg, span }: { readonly at: Deref; readonly reg: Reg; readonly span: Span },
  form: Form,
  text: string,
  loose: boolean,
): Insn {
  const size = unsignedSize(cx, at);
  const width = valueWidth(cx, size, reg, loose);
  const { base, off } = lowerAddress(cx, at.address);
  return makeInsn(operationFor(cx, span, { form, text, width, size }), { dst: base, src: reg.number, off });
}

export function tied(cx: LowerContext, dst: Reg, last: Reg): void {
  if (dst.number === last.number && dst.width === last.width) return;
  const name = (r: Reg): string => `${r.width === 64 ? 'r' : 'w'}${r.number}`;
  cx.fail('B0207', 'the result goes into the register of the last operand', {
    span: dst.span,
    help: `write \`${name(last)} = …\`, or \`${name(dst)}\` as the last operand`,
  });
}

export function lowerFetch(
  cx: LowerContext,
  dst: Reg,
  rhs: Rhs & { kind: 'fetch' | 'xchg' },
  span: Span,
  loose: boolean,
): Insn {
  const kernel = rhs.op.startsWith('atomic64_') || rhs.op === 'atomic_xchg' || rhs.op === 'atomic_cmpxchg';
  const compare = rhs.op.includes('cmpxchg');
  const wanted = compare ? 2 : 1;
  const last = rhs.args.at(-1);
  if (last === undefined || rhs.args.length !== wanted) {
    return cx.fail('B0211', `\`${rhs.op}\` takes ${plural(wanted, 'register')} after the address`, { span });
  }
  if (!compare) cx.destination(last);
  let size: number;
  let address: Address;
  if (rhs.kind === 'fetch') {
    size = unsignedSize(cx, rhs.at);
    address = rhs.at.address;
  } else {
    size = rhs.op.includes('32') ? 4 : 8;
    address = rhs.at;
  }
  const width = valueWidth(cx, size, last, loose || kernel);
  if (size === 4 && rhs.op.startsWith('atomic64_')) {
    cx.fail('B0206', `\`${rhs.op}\` works on u64`, {
      span,
      help: `write \`${rhs.op.replace('64', '')}\` for u32`,
    });
  }
  if (compare) {
    const first = rhs.args[0];
    if (dst.number !== 0 || first?.number !== 0) {
      cx.fail('B0207', 'cmpxchg compares with r0 and returns the old value in r0', {
        span: (dst.number !== 0 ? dst : (first ?? dst)).span,
        help:
          width === 64
            ? 'write `r0 = cmpxchg_64(r1 + 0, r0, r2)`'
            : 'write `w0 = cmpxchg32_32(r1 + 0, w0, w2)`',
      });
    }
  } else tied(cx, dst, last);
  const name = rhs.op.replace('atomic64_', 'atomic_');
  const exchange = compare ? 'cmpxchg' : 'xchg';
  const form: Form = compare
    ? 'cmpxchg'
    : name.includes('xchg')
      ? 'xchg'
      : name.startsWith('this_cpu_')
        ? 'this_cpu_fetch'
        : 'fetch';
  const text =
    form === 'fetch' || form === 'this_cpu_fetch'
      ? name
      : width === 64
        ? `${exchange}_64`
        : `${exchange}32_32`;
  const { base, off } = lowerAddress(cx, address);
  return makeInsn(operationFor(cx, span, { form, text, width, size }), { dst: base, src: last.number, off });
}
