import { assemble } from '../isa/assemble.js';
import { decodeProgram } from '../isa/decode.js';
import { encodeProgram } from '../isa/encode.js';
import { type BareResult, type EngineFactory, runBare } from '../machine/bare.js';
import { summarizeFault } from '../machine/fault.js';
import { parseAssembly } from '../syntax/parse-program.js';
import { hasErrors } from '../text/diagnostic.js';
import { formatDiagnostics } from '../text/format.js';
import type { Source } from '../text/source.js';

/** One test of bpf_conformance: sections of its `.data` file. */
export interface ConformanceCase {
  readonly name: string;
  readonly asm: Source | undefined;
  readonly raw: Uint8Array | undefined;
  readonly memory: Uint8Array;
  /** Expected r0. */
  readonly result: bigint | undefined;
  /** Set where the program must be refused or fail. */
  readonly error: string | undefined;
}

export interface ConformanceOutcome {
  readonly name: string;
  readonly passed: boolean;
  readonly expected: string;
  readonly actual: string;
}

const hex = (n: bigint): string => `0x${n.toString(16)}`;

function parseNumber(text: string): bigint | undefined {
  return /^(0x[0-9a-f]+|\d+)$/i.test(text) ? BigInt.asUintN(64, BigInt(text)) : undefined;
}

function parseHexBytes(text: string): Uint8Array {
  return Uint8Array.from(
    text.split(/\s+/).filter((t) => t !== ''),
    (pair) => Number.parseInt(pair, 16),
  );
}

function parseRaw(lines: readonly string[]): Uint8Array {
  const words = lines.flatMap((l) => l.split(/\s+/)).filter((t) => t !== '');
  const bytes = new Uint8Array(words.length * 8);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => {
    view.setBigUint64(i * 8, BigInt.asUintN(64, BigInt(word.startsWith('0x') ? word : `0x${word}`)), true);
  });
  return bytes;
}

/** Reads a `.data` file. A line that contains `--` opens a section; `#` starts a comment. */
export function parseConformance(name: string, text: string): ConformanceCase {
  const sections = new Map<string, string[]>();
  let current: string[] | undefined;
  // Comments and other sections become blank lines, so that positions in diagnostics are those of the file.
  const asm: string[] = [];
  let section = '';
  for (const line of text.split('\n')) {
    const code = section === 'c' ? line : line.replace(/#.*$/, '');
    if (code.includes('--')) {
      section = code.replace(/^.*--\s*/, '').trim();
      current = [];
      sections.set(section, current);
      asm.push('');
      continue;
    }
    asm.push(section === 'asm' ? code : '');
    if (code.trim() !== '') current?.push(code.trim());
  }
  const raw = sections.get('raw');
  return {
    name,
    asm: sections.has('asm') ? { name, text: asm.join('\n') } : undefined,
    raw: raw === undefined ? undefined : parseRaw(raw),
    memory: parseHexBytes((sections.get('mem') ?? []).join(' ')),
    result: parseNumber((sections.get('result') ?? [])[0] ?? ''),
    error: sections.get('error')?.join(' '),
  };
}

/** Runs bytes as a program on a bare machine. */
export function runBytes(
  bytes: Uint8Array,
  memory: Uint8Array,
  engine: EngineFactory,
  budget?: number,
): BareResult {
  return runBare(decodeProgram(bytes), memory, { engine, ...(budget !== undefined && { budget }) });
}

/** What a bare run gave, in one line. */
export function describeBare(result: BareResult): string {
  switch (result.kind) {
    case 'done':
      return hex(result.r0);
    case 'refused':
      return `refused: ${result.diagnostics.map((d) => d.message).join('; ')}`;
    case 'fault':
      return `fault: ${summarizeFault(result.fault)}`;
    case 'budget':
      return `no end after ${result.executed} instructions`;
    default:
      return result satisfies never;
  }
}

function assembleCase(test: ConformanceCase): { bytes: Uint8Array } | { failure: string } {
  if (test.asm === undefined)
    return test.raw === undefined ? { failure: 'no asm and no raw section' } : { bytes: test.raw };
  const parsed = parseAssembly(test.asm, 'mnemonic');
  const assembled = assemble(parsed.value ?? [], { implicitExit: true });
  const diagnostics = [...parsed.diagnostics, ...assembled.diagnostics];
  if (hasErrors(diagnostics)) return { failure: formatDiagnostics(diagnostics).trimEnd() };
  const bytes = encodeProgram(assembled.insns);
  if (test.raw === undefined) return { bytes };
  const same = bytes.length === test.raw.length && bytes.every((b, i) => b === test.raw![i]);
  return same ? { bytes } : { failure: 'asm and raw sections are different programs' };
}

/** Runs one case; a case with an error section passes if the program is refused or fails. */
export function runConformance(test: ConformanceCase, engine: EngineFactory): ConformanceOutcome {
  const expected =
    test.error !== undefined
      ? `an error (${test.error})`
      : test.result === undefined
        ? 'a result section'
        : hex(test.result);
  const assembled = assembleCase(test);
  if ('failure' in assembled)
    return { name: test.name, passed: test.error !== undefined, expected, actual: assembled.failure };
  const result = runBytes(assembled.bytes, test.memory, engine);
  const passed =
    test.error !== undefined ? result.kind !== 'done' : result.kind === 'done' && result.r0 === test.result;
  return { name: test.name, passed, expected, actual: describeBare(result) };
}
