import { parseMnemonicLine } from '../syntax/mnemonics.js';
import { Reading } from '../syntax/reading.js';
import type { Diagnostic } from '../text/diagnostic.js';
import { Findings } from '../text/findings.js';
import { LowerContext } from './lower/context.js';
import { lowerMnemonic } from './lower/mnemonic.js';
import { printLlvm } from './print/llvm.js';

/** A line of the mnemonic dialect in LLVM's spelling, or undefined for anything else; labels stay labels. */
function rewriteMnemonic(d: Diagnostic): string | undefined {
  if (d.span === undefined) return undefined;
  const { source, start, end } = d.span;
  const reading = new Reading();
  const { stmt } = parseMnemonicLine(reading, { text: source.text.slice(start, end), span: d.span });
  if (reading.findings.diagnostics.length > 0 || stmt?.kind !== 'mnemonic') return undefined;
  const cx = new LowerContext({ constants: new Map(), strictLlvm: false });
  const lowered = new Findings().attempt(() => lowerMnemonic(cx, stmt));
  if (lowered === undefined) return undefined;
  const { insn, target, callee } = lowered;
  const text = printLlvm(insn, { alu32: true, exact: true });
  const name = target?.kind === 'expression' && target.expr.kind === 'name' ? target.expr.name : callee?.name;
  const plain = text.replace(
    /(?<!\w)(-?)0x([0-9a-f]+)\b/g,
    (_, sign: string, digits: string) => `${sign}${BigInt(`0x${digits}`)}`,
  );
  return name === undefined ? plain : plain.replace(/[-+]?0$/, name);
}

/** Adds to every slip into the mnemonic dialect how the line is written here. */
export function withRewrites(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.map((d) => {
    const rewritten = d.code === 'B0110' ? rewriteMnemonic(d) : undefined;
    return rewritten === undefined ? d : { ...d, help: `write \`${rewritten}\`; ${d.help ?? ''}` };
  });
}
