import type { Insn } from '../isa/insn.js';
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import type { Findings } from '../text/findings.js';
import { plural } from '../text/numbers.js';
import { formatRange } from '../text/range.js';
import { baseOf, followAddress, startingAt } from './offsets.js';

/** Bytes a function of the kernel accesses at r1, which it says in its name: `this_cpu_add_return_4`. */
const accessedByCall = (insn: Insn): number =>
  Number(/^this_cpu_\w+_([1248])$/.exec(insn.ref?.name ?? '')?.[1] ?? 0);

/**
 * Accesses of a guard's function outside the area it asked for, as far as the offset is a constant: the area's address
 * comes in r1. After the area lies whatever the per-CPU allocator put there, a program's statistics for instance, so
 * such an access does not fault; an index in a register is not followed.
 */
export function checkArea(insns: readonly Insn[], size: number, findings: Findings): void {
  const flaws = new Map<Insn, Diagnostic>();
  const look = (insn: Insn, at: number, bytes: number): void => {
    if (at >= 0 && at + bytes <= size) return;
    const what = `the guard accesses ${plural(bytes, 'byte')} at offset ${at} of its area, which has ${size}`;
    flaws.set(
      insn,
      errorAt('B0509', what, {
        ...(insn.span && { span: insn.span }),
        expected: `offsets ${formatRange(0, size - 1)}`,
        help: at < 0 ? undefined : `ask for more with \`area size ${at + bytes}\`, or access less`,
      }),
    );
  };
  followAddress(insns, startingAt(1), (insn, before) => {
    const register = baseOf(insn);
    const base = register === undefined ? before[1]! : before[insn[register]]!;
    const bytes = register === undefined ? accessedByCall(insn) : insn.op.size;
    if (typeof base === 'number' && bytes > 0)
      look(insn, register === undefined ? base : base + insn.off, bytes);
  });
  findings.addAll(flaws.values());
}
