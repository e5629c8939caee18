import type { Insn } from '../../src/isa/insn.js';

type Step = (w: Int32Array, pc: number) => number;

/**
 * Rejected: every instruction a closure that calls the table's function, so that no code has to be generated. Each call
 * goes through a function value that V8 cannot predict.
 */
function closureOf(i: Insn, view: DataView): Step {
  const d = i.dst * 2;
  const s = i.op.form.endsWith('_imm') ? 24 : i.src * 2;
  const { imm, off } = i;
  const { compute, condition } = i.op;
  const isImm = i.op.form.endsWith('_imm');
  if (condition !== undefined) {
    return (w, pc) => {
      w[24] = imm;
      w[25] = imm >> 31;
      return condition(w, d, s) ? pc + 1 + off : pc + 1;
    };
  }
  if (compute !== undefined) {
    if (!isImm) {
      return (w, pc) => {
        compute(w, d, s);
        return pc + 1;
      };
    }
    return (w, pc) => {
      w[24] = imm;
      w[25] = imm >> 31;
      compute(w, d, s);
      return pc + 1;
    };
  }
  if (i.op.name === 'ldxdw') {
    return (w, pc) => {
      const at = w[s]! + off;
      w[d] = view.getInt32(at, true);
      w[d + 1] = view.getInt32(at + 4, true);
      return pc + 1;
    };
  }
  if (i.op.name === 'stxdw') {
    return (w, pc) => {
      const at = w[d]! + off;
      view.setInt32(at, w[s]!, true);
      view.setInt32(at + 4, w[s + 1]!, true);
      return pc + 1;
    };
  }
  if (i.op.name === 'exit') return () => -1;
  throw new Error(`${i.op.name} is not in this bench`);
}

export function runClosures(insns: readonly Insn[], bytes: Uint8Array): { r0: bigint; executed: number } {
  const view = new DataView(bytes.buffer);
  const steps = insns.map((i) => closureOf(i, view));
  const w = new Int32Array(26);
  w[20] = bytes.length;
  let executed = 0;
  for (let pc = 0; pc >= 0; ) {
    pc = steps[pc]!(w, pc);
    executed += 1;
  }
  return { r0: BigInt.asIntN(64, (BigInt(w[1]!) << 32n) | BigInt(w[0]! >>> 0)), executed };
}
