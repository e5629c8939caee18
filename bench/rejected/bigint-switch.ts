// cspell:ignore dsts imms offs srcs
import type { Insn } from '../../src/isa/insn.js';

/** The operations the bench's program uses, numbered so that the switch below becomes a jump table. */
const CODES: Readonly<Record<string, number>> = {
  mov64_imm: 0,
  mov64_reg: 1,
  add64_imm: 2,
  add64_reg: 3,
  add32_reg: 4,
  mul64_imm: 5,
  xor64_reg: 6,
  lsh64_imm: 7,
  rsh64_imm: 8,
  ldxdw: 9,
  stxdw: 10,
  jne64_imm: 11,
  exit: 12,
};

/**
 * Rejected: registers in a BigInt64Array and a plain switch, the most readable form. V8 keeps additions in machine
 * registers, but boxes some shifts and comparisons.
 */
export function runBigintSwitch(insns: readonly Insn[], bytes: Uint8Array): { r0: bigint; executed: number } {
  const code = Uint8Array.from(insns, (i) => CODES[i.op.name] ?? 255);
  const dsts = Uint8Array.from(insns, (i) => i.dst);
  const srcs = Uint8Array.from(insns, (i) => i.src);
  const offs = Int16Array.from(insns, (i) => i.off);
  const imms = BigInt64Array.from(insns, (i) => BigInt(i.imm));
  const r = new BigInt64Array(12);
  const view = new DataView(bytes.buffer);
  r[10] = BigInt(bytes.length);
  let pc = 0;
  let executed = 0;
  for (;;) {
    const at = pc;
    const d = dsts[at]!;
    const s = srcs[at]!;
    pc += 1;
    executed += 1;
    switch (code[at]) {
      case 0:
        r[d] = imms[at]!;
        break;
      case 1:
        r[d] = r[s]!;
        break;
      case 2:
        r[d] = r[d]! + imms[at]!;
        break;
      case 3:
        r[d] = r[d]! + r[s]!;
        break;
      case 4:
        r[d] = BigInt.asUintN(32, r[d]! + r[s]!);
        break;
      case 5:
        r[d] = r[d]! * imms[at]!;
        break;
      case 6:
        r[d] = r[d]! ^ r[s]!;
        break;
      case 7:
        r[d] = r[d]! << imms[at]!;
        break;
      case 8:
        r[d] = BigInt.asUintN(64, r[d]!) >> imms[at]!;
        break;
      case 9:
        r[d] = view.getBigInt64(Number(r[s]!) + offs[at]!, true);
        break;
      case 10:
        view.setBigInt64(Number(r[d]!) + offs[at]!, r[s]!, true);
        break;
      case 11:
        if (r[d]! !== imms[at]!) pc += offs[at]!;
        break;
      case 12:
        return { r0: r[0]!, executed };
      default:
        throw new Error(`${insns[at]?.op.name} is not in this bench`);
    }
  }
}
