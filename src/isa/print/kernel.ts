import { signed } from '../../text/numbers.js';
import { helperById } from '../helpers.js';
import { type Insn, wideValue } from '../insn.js';
import { printReference } from '../kernel-references.js';

/** The value of a 64-bit load as bpftool names it, by what src says it is. */
function wideName(insn: Insn): string {
  const { ref } = insn;
  if (ref !== undefined) return ref.addend === 0n ? ref.name : `${ref.name}+${ref.addend}`;
  const reference = printReference(insn.op.name, insn.imm, insn.hi >>> 0);
  return reference ?? `0x${wideValue(insn).toString(16)}`;
}

function callee(insn: Insn): string {
  if (insn.ref !== undefined) return insn.ref.name;
  const { imm } = insn;
  if (insn.op.form === 'call_local') return `pc${signed(imm)}`;
  if (insn.op.form === 'call_kfunc') return `kernel-function#${imm}`;
  return `${helperById(imm)?.name ?? 'unknown'}#${imm}`;
}

/**
 * Prints an instruction in the kernel's spelling (kernel/bpf/disasm.c, as in `bpftool prog dump xlated` and verifier
 * logs), without the `index: (opcode)` before it. What bpftool has no name for (BTF ids) is named in the same manner.
 */
export function printKernel(insn: Insn): string {
  const { op } = insn;
  const letter = op.width === 64 ? 'r' : 'w';
  const dst = `${letter}${insn.dst}`;
  const src = `${letter}${insn.src}`;
  const at = (register: number): string => `(r${register} ${signed(insn.off)})`;
  const pointer = (register: number): string => `(u${op.size * 8} *)${at(register)}`;
  switch (op.form) {
    case 'mov_imm':
    case 'alu_imm':
      return `${dst} ${op.text} ${insn.imm}`;
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
      return `${dst} = addr_space_cast(${src}, ${insn.imm >>> 16}, ${insn.imm & 0xffff})`;
    case 'percpu':
      return `${dst} = ${op.text}(${src})`;
    case 'wide':
    case 'pseudo':
      return `${dst} = ${wideName(insn)}`;
    case 'goto':
      return `goto pc${signed(insn.off)}`;
    case 'gotol':
      return `gotol pc${signed(insn.imm)}`;
    case 'gotox':
      return `gotox ${dst}`;
    case 'may_goto':
      return `may_goto pc${signed(insn.off)}`;
    case 'jump_imm':
      return `if ${dst} ${op.text} 0x${(insn.imm >>> 0).toString(16)} goto pc${signed(insn.off)}`;
    case 'jump_reg':
      return `if ${dst} ${op.text} ${src} goto pc${signed(insn.off)}`;
    case 'call_helper':
    case 'call_local':
    case 'call_kfunc':
      return `call ${callee(insn)}`;
    case 'callx':
      return `callx ${dst}`;
    case 'exit':
      return 'exit';
    case 'load':
      return `r${insn.dst} = *(${op.text} *)${at(insn.src)}`;
    case 'store_imm':
      return `*(${op.text} *)${at(insn.dst)} = ${insn.imm}`;
    case 'store_reg':
      return `*(${op.text} *)${at(insn.dst)} = r${insn.src}`;
    case 'packet_abs':
      return `r0 = *(${op.text} *)skb[${insn.imm}]`;
    case 'packet_ind':
      return `r0 = *(${op.text} *)skb[r${insn.src} + ${insn.imm}]`;
    case 'lock':
      return `lock *${pointer(insn.dst)} ${op.text} r${insn.src}`;
    case 'this_cpu':
      return `this_cpu *${pointer(insn.dst)} ${op.text} r${insn.src}`;
    case 'fetch':
    case 'xchg':
    case 'this_cpu_fetch':
      return `r${insn.src} = ${op.kernelText}(${pointer(insn.dst)}, r${insn.src})`;
    case 'cmpxchg':
      return `r0 = ${op.kernelText}(${pointer(insn.dst)}, r0, r${insn.src})`;
    case 'acquire':
      return `r${insn.dst} = load_acquire(${pointer(insn.src)})`;
    case 'release':
      return `store_release(${pointer(insn.dst)}, r${insn.src})`;
    default:
      return op.form satisfies never;
  }
}
