import { printInsn } from '../../isa/print/listing.js';
import type { Findings } from '../../text/findings.js';
import { firstContextRead } from '../../verify/context-reads.js';
import { kindInfo, seesResult } from '../attach/kinds.js';
import type { Kernel } from '../kernel.js';
import { placedInsns } from '../placed-insns.js';

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
    const read = firstContextRead(placedInsns(kernel, program));
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
