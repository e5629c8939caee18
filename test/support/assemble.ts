import { type Assembled, type AssembleOptions, assemble } from '../../src/isa/assemble.js';
import { type Dialect, parseAssembly } from '../../src/syntax/parse-program.js';
import { hexBytes } from '../../src/text/numbers.js';

export function assembleText(
  text: string,
  options: AssembleOptions = {},
  dialect: Dialect = 'llvm',
): Assembled {
  const parsed = parseAssembly({ name: 'test.s', text }, dialect);
  const assembled = assemble(parsed.value, options);
  return { ...assembled, diagnostics: [...parsed.diagnostics, ...assembled.diagnostics] };
}

export function toHex(bytes: Uint8Array): string {
  return hexBytes(bytes, '');
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
