import type { Insn } from '../../isa/insn.js';
import { printInsn } from '../../isa/print/listing.js';
import type { Findings } from '../../text/findings.js';
import { firstContextRead } from '../../verify/context-reads.js';
import { kindInfo, seesResult } from '../attach/kinds.js';
import type { Kernel, Program } from '../kernel.js';

function insnsOf({ machine }: Kernel, { fn }: Program): readonly Insn[] {
  const { start, end } = machine.text.functions[fn]!;
  const insns: Insn[] = [];
  for (let slot = start; slot < end; slot += 1) {
    const placed = machine.text.at(slot);
    if (placed !== undefined) insns.push(placed.insn);
  }
  return insns;
}

/**
 * Refuses programs that read arguments or results of functions and tracepoints of which nobody knows what they take: where fexit
 * finds a result depends on it. A kprobe finds registers, whatever they hold.
 */
export function refuseReadsOfUnknown(kernel: Kernel, findings: Findings): void {
  if (kernel.undeclared.every((u) => u.params !== undefined && u.isAtLeast !== true)) return;
  for (const program of kernel.programs.values()) {
    const { on, kind } = program.attach;
    const { site } = kindInfo(kind);
    const what = site === 'tracepoint' ? 'tracepoint' : 'function';
    if (site === 'none' || site === 'probe') continue;
    const isUnknown = seesResult(kind) ? kernel.hasUnknownResult(on) : kernel.hasUnknownArguments(what, on);
    if (!isUnknown) continue;
    const read = firstContextRead(insnsOf(kernel, program));
    if (read === undefined) continue;
    const text = printInsn(read, { style: 'llvm', alu32: true, bytes: false });
    findings.error(
      'B0417',
      `\`${program.name}\` reads what \`${on}\` is called with, and nobody knows its arguments`,
      {
        span: read.span ?? program.span,
        help:
          what === 'function'
            ? `say them in C: \`--function 'int ${on}(int first, void *second)'\`, or declare \`function ${on}(u64 first, u64 second) { … }\` in a lab`
            : `declare \`tracepoint ${on}(u64 first, u64 second)\` in a lab`,
        notes: [`it does so by \`${text}\``],
      },
    );
  }
}
