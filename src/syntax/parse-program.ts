import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import type { Source } from '../text/source.js';
import type { Line } from './ast.js';
import { parseMnemonicLine } from './mnemonics.js';
import { type Parsed, parseLine } from './parse-line.js';
import { type Node, splitStatements } from './split.js';

export type Dialect = 'llvm' | 'mnemonic';

/** Parses statements of assembly. Every bad one is reported; the good ones are returned. */
export function parseLines(nodes: readonly Node[], dialect: Dialect = 'llvm'): Parsed<Line[]> {
  const lines: Line[] = [];
  const diagnostics: Diagnostic[] = [];
  const parse = dialect === 'mnemonic' ? parseMnemonicLine : parseLine;
  for (const node of nodes) {
    if (node.kind === 'block') {
      diagnostics.push(
        errorAt('B0102', 'a block cannot stand among instructions', {
          span: node.head.span,
          help: 'close the block before with `}`',
        }),
      );
      continue;
    }
    const parsed = parse(node);
    for (const d of parsed.diagnostics) diagnostics.push(d);
    if (parsed.value !== undefined) lines.push(parsed.value);
  }
  return { value: lines, diagnostics };
}

/** Parses a file that holds one program and nothing else: no declarations, no blocks. */
export function parseAssembly(source: Source, dialect: Dialect = 'llvm'): Parsed<Line[]> {
  const split = splitStatements(source);
  const parsed = parseLines(split.nodes, dialect);
  return { value: parsed.value ?? [], diagnostics: [...split.diagnostics, ...parsed.diagnostics] };
}
