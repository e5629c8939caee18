import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import type { Node, Statement } from './split.js';

/**
 * What the verifier prints (BPF_LOG_LEVEL 1 and 2), as people paste it: instructions in the order in which paths were walked,
 * with states, notes and lines of C between them.
 */
const INSTRUCTION = /^(\d+): \(([0-9a-f]{2})\) /;
const NOTE =
  /^(?:func#\d+ @\d+|from \d+ to \d+(?: \([\w ]+\))?:|mark_precise:|\d+: (?:safe|R\d+(?:_\w+)?=|frame\d+:)|processed \d+ insns|last_idx \d+ first_idx)/m;
/** A 64-bit load, which takes two slots. */
const WIDE = '18';

export const isVerifierLog = (text: string): boolean =>
  NOTE.test(text) && /^\s*\d+: \([0-9a-f]{2}\) /m.test(text);

/**
 * The listing that a log contains: each instruction once, in the order of the program. Where the log has not all of them, since
 * the verifier never came to them or the log was cut, that is said.
 */
export function listingOfLog(nodes: readonly Node[]): {
  readonly nodes: readonly Node[];
  readonly missing: Diagnostic | undefined;
} {
  const byIndex = new Map<number, { readonly statement: Statement; readonly opcode: string }>();
  for (const node of nodes) {
    const m = node.kind === 'statement' ? INSTRUCTION.exec(node.text) : null;
    if (node.kind !== 'statement' || m === null) continue;
    const index = Number(m[1]);
    if (!byIndex.has(index)) byIndex.set(index, { statement: node, opcode: m[2]! });
  }
  const indices = [...byIndex.keys()].sort((a, b) => a - b);
  let next = 0;
  for (const index of indices) {
    if (index > next) {
      const help = '`bpftool prog dump xlated` prints a program whole';
      const { span } = byIndex.get(index)!.statement;
      const message = `this is a log of the verifier, and it does not show instruction ${next}`;
      return { nodes: [], missing: errorAt('B0113', message, { span, help }) };
    }
    next = index + (byIndex.get(index)!.opcode === WIDE ? 2 : 1);
  }
  return { nodes: indices.map((i) => byIndex.get(i)!.statement), missing: undefined };
}
