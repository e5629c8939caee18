import type { Insn } from '../../src/isa/insn.js';
import type { Compute, Condition } from '../../src/isa/operation.js';

/** An instruction as the loop wants it; all of one shape. */
interface Prepared {
  readonly kind: number;
  readonly compute: Compute;
  readonly condition: Condition;
  readonly d: number;
  readonly s: number;
  readonly off: number;
  readonly imm: number;
}

const nothing: Compute = () => {};
const never: Condition = () => false;

/** Rejected: instructions as objects and one small switch over their kind, which calls the table's function. */
export function runTableCalls(insns: readonly Insn[], bytes: Uint8Array): { r0: bigint; executed: number } {
  const view = new DataView(bytes.buffer);
  const kinds: Readonly<Record<string, number>> = { exit: 4, ldxdw: 5, stxdw: 6 };
  const code = insns.map((i): Prepared => {
    const isImm = i.op.form.endsWith('_imm');
    const kind = kinds[i.op.name] ?? (i.op.condition !== undefined ? 2 : 0) + (isImm ? 1 : 0);
    const compute = i.op.compute ?? nothing;
    return {
      kind,
      compute,
      condition: i.op.condition ?? never,
      d: i.dst * 2,
      s: isImm ? 24 : i.src * 2,
      off: i.off,
      imm: i.imm,
    };
  });
  const w = new Int32Array(26);
  w[20] = bytes.length;
  let executed = 0;
  for (let pc = 0; ; pc += 1) {
    const i = code[pc]!;
    executed += 1;
    switch (i.kind) {
      case 1:
        w[24] = i.imm;
        w[25] = i.imm >> 31;
        i.compute(w, i.d, i.s);
        break;
      case 0:
        i.compute(w, i.d, i.s);
        break;
      case 3:
        w[24] = i.imm;
        w[25] = i.imm >> 31;
        if (i.condition(w, i.d, i.s)) pc += i.off;
        break;
      case 2:
        if (i.condition(w, i.d, i.s)) pc += i.off;
        break;
      case 5: {
        const at = w[i.s]! + i.off;
        w[i.d] = view.getInt32(at, true);
        w[i.d + 1] = view.getInt32(at + 4, true);
        break;
      }
      case 6: {
        const at = w[i.d]! + i.off;
        view.setInt32(at, w[i.s]!, true);
        view.setInt32(at + 4, w[i.s + 1]!, true);
        break;
      }
      default:
        return { r0: BigInt.asIntN(64, (BigInt(w[1]!) << 32n) | BigInt(w[0]! >>> 0)), executed };
    }
  }
}
