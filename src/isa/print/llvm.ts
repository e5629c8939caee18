import { type Insn, wideValue } from '../insn.js';
import { symbolText } from './symbol.js';

/** `0x2a`, `-0x5`: how llvm-objdump writes numbers. */
function hex(n: number | bigint): string {
  return n < 0 ? `-0x${(-n).toString(16)}` : `0x${n.toString(16)}`;
}

/** A jump distance always has its sign. */
function distance(n: number): string {
  return n < 0 ? hex(n) : `+${hex(n)}`;
}

function offset(n: number): string {
  return n < 0 ? `- ${hex(-n)}` : `+ ${hex(n)}`;
}

export interface LlvmStyle {
  /** Print 32-bit loads, stores and `lock … +=` with w registers, as for `-mcpu=v3` and later; llvm-objdump's default is r. */
  readonly alu32: boolean;
  /** Print so that text alone gives the same bytes again; with a byte column llvm-objdump's looser text will do. */
  readonly exact: boolean;
}

/** Prints an instruction as llvm-objdump 19 does (without symbols). */
export function printLlvm(insn: Insn, style: LlvmStyle): string {
  const { op } = insn;
  const wide = op.width === 64;
  const dst = `${wide ? 'r' : 'w'}${insn.dst}`;
  const src = `${wide ? 'r' : 'w'}${insn.src}`;
  const base = `r${insn.dst}`;
  const memoryRegister = wide || !style.alu32 ? 'r' : 'w';
  const at = (register: number): string => `(r${register} ${offset(insn.off)})`;
  const pointer = (register: number): string => `(u${op.size * 8} *)${at(register)}`;
  const symbol =
    insn.ref === undefined
      ? undefined
      : symbolText(insn.ref.name) +
        (insn.ref.addend === 0n ? '' : insn.ref.addend < 0n ? insn.ref.addend : `+${insn.ref.addend}`);
  switch (op.form) {
    case 'mov_imm':
    case 'alu_imm':
      return `${dst} ${op.text} ${hex(insn.imm)}`;
    case 'mov_reg':
    case 'alu_reg':
      return `${dst} ${op.text} ${src}`;
    case 'neg':
      return `${dst} = -${dst}`;
    case 'extend':
      return `${dst} = (${op.text})${src}`;
    case 'swap':
      return `${dst} = ${op.text} ${dst}`;
    case 'cast':
      return `${dst} = addr_space_cast(${src}, ${hex(insn.imm >>> 16)}, ${hex(insn.imm & 0xffff)})`;
    case 'percpu':
      return `${dst} = ${op.text}(${src})`;
    case 'wide':
      return `${dst} = ${symbol ?? hex(BigInt.asIntN(64, wideValue(insn)))} ll`;
    case 'pseudo':
      return `ld_pseudo\t${dst}, ${hex(op.select?.value ?? 0)}, ${hex(BigInt.asIntN(64, wideValue(insn)))}`;
    case 'goto':
      return `goto ${distance(insn.off)}`;
    case 'gotol':
      return `gotol ${distance(insn.imm)}`;
    case 'gotox':
      return `gotox ${dst}`;
    case 'may_goto':
      return `may_goto ${distance(insn.off)}`;
    case 'jump_imm':
      return `if ${dst} ${op.text} ${hex(insn.imm)} goto ${distance(insn.off)}`;
    case 'jump_reg':
      return `if ${dst} ${op.text} ${src} goto ${distance(insn.off)}`;
    case 'call_helper':
      return `call ${symbol ?? (style.exact && insn.imm < 0 ? `(${hex(insn.imm)})` : hex(insn.imm))}`;
    case 'call_local':
      return `call ${symbol ?? (style.exact ? distance(insn.imm) : hex(insn.imm))}`;
    case 'call_kfunc':
      return `call ${symbol ?? (style.exact ? `kfunc(${hex(insn.imm)})` : hex(insn.imm))}`;
    case 'callx':
      return `callx ${dst}`;
    case 'exit':
      return 'exit';
    case 'load':
      return `${op.signed ? 'r' : memoryRegister}${insn.dst} = *(${op.text} *)${at(insn.src)}`;
    case 'store_imm':
      return `*(${op.text} *)${at(insn.dst)} = ${hex(insn.imm)}`;
    case 'store_reg':
      return `*(${op.text} *)${at(insn.dst)} = ${memoryRegister}${insn.src}`;
    case 'packet_abs':
      return `r0 = *(${op.text} *)skb[${hex(insn.imm)}]`;
    case 'packet_ind':
      return `r0 = *(${op.text} *)skb[r${insn.src}${insn.imm === 0 ? '' : ` + ${hex(insn.imm)}`}]`;
    case 'lock':
      return `lock *${pointer(insn.dst)} ${op.text} ${op.text === '+=' ? `${memoryRegister}${insn.src}` : src}`;
    case 'fetch':
    case 'this_cpu_fetch':
      return `${src} = ${op.text}(${pointer(insn.dst)}, ${src})`;
    case 'xchg':
      return `${src} = ${op.text}(${base} ${offset(insn.off)}, ${src})`;
    case 'cmpxchg':
      return `${wide ? 'r0' : 'w0'} = ${op.text}(${base} ${offset(insn.off)}, ${wide ? 'r0' : 'w0'}, ${src})`;
    case 'acquire':
      return `${dst} = load_acquire(${pointer(insn.src)})`;
    case 'release':
      return `store_release(${pointer(insn.dst)}, ${src})`;
    case 'this_cpu':
      return `this_cpu *${pointer(insn.dst)} ${op.text} ${src}`;
    default:
      return op.form satisfies never;
  }
}
