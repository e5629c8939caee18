import type { Source } from '../text/source.js';
import type { Line } from './ast.js';
import { isSectionHeader } from './listing.js';
import { parseMnemonicLine } from './mnemonics.js';
import { parseLine } from './parse-line.js';
import { type Parsed, Reading } from './reading.js';
import { type Node, splitStatements, statementsOf } from './split.js';
import { isVerifierLog, listingOfLog } from './verifier-log.js';

export type Dialect = 'llvm' | 'mnemonic';

/** Adds the statements of some assembly to `lines`; what is wrong with them is noted. */
export function parseLines(
  reading: Reading,
  nodes: Iterable<Node>,
  lines: Line[],
  dialect: Dialect = 'llvm',
): void {
  const parse = dialect === 'mnemonic' ? parseMnemonicLine : parseLine;
  let isListed = false;
  for (const node of nodes) {
    if (node.kind === 'statement') {
      isListed ||= isSectionHeader(node.text);
      const line = parse(reading, node);
      lines.push(isListed ? { ...line, isListed } : line);
      continue;
    }
    const help = 'close the block before this with `}`';
    reading.findings.error('B0102', 'a block cannot be inside code', { span: node.head.span, help });
    lines.push({ labels: [], stmt: undefined, isUnread: true, span: node.head.span });
  }
}

/**
 * Parses a file that holds one program and nothing else: no declarations, no blocks. Reading ends with the first error
 * after `maxErrors`.
 */
export function parseAssembly(
  source: Source,
  dialect: Dialect = 'llvm',
  maxErrors?: number,
): Parsed<readonly Line[]> & { readonly value: readonly Line[] } {
  const reading = new Reading(maxErrors);
  const lines: Line[] = [];
  const isComplete = reading.findings.stage(() => {
    if (isVerifierLog(source.text)) {
      const { nodes, missing } = listingOfLog(splitStatements(source).nodes);
      parseLines(reading, nodes, lines, dialect);
      if (missing !== undefined) reading.findings.add(missing);
      return;
    }
    const { nodes, diagnostics } = statementsOf(source);
    parseLines(reading, nodes, lines, dialect);
    reading.findings.addAll(diagnostics);
  });
  return { value: lines, diagnostics: reading.findings.diagnostics, isComplete };
}
