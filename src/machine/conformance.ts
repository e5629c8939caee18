import { assemble } from '../isa/assemble.js';
import { decodeProgram } from '../isa/decode.js';
import { encodeProgram } from '../isa/encode.js';
import { parseAssembly } from '../syntax/parse-program.js';
import { type Diagnostic, hasErrors } from '../text/diagnostic.js';
import { formatDiagnostics } from '../text/format.js';
import type { Source } from '../text/source.js';
import { type BareHelper, type BareResult, type EngineFactory, runBare } from './bare.js';
import { summarizeFault } from './fault.js';

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
  /** What is wrong with the file itself. Such a case fails: what it asks for is not known. */
  readonly flaws: readonly string[];
}

export interface ConformanceOutcome {
  readonly name: string;
  readonly passed: boolean;
  readonly expected: string;
  readonly actual: string;
}

const hex = (n: bigint): string => `0x${n.toString(16)}`;

const HEX_OR_DECIMAL = /^(?:0x[0-9a-f]+|\d+)$/i;

function parseResult(lines: readonly string[], flaws: string[]): bigint | undefined {
  const [text] = lines;
  const value = text !== undefined && HEX_OR_DECIMAL.test(text) ? BigInt(text) : undefined;
  if (text !== undefined && lines.length === 1 && value !== undefined && value < 1n << 64n) return value;
  flaws.push(`the result section holds \`${lines.join(' ')}\`, not one number of 64 bits`);
  return undefined;
}

const wordsOf = (lines: readonly string[]): string[] =>
  lines.flatMap((l) => l.split(/\s+/)).filter((t) => t !== '');

/** Bytes of a mem section: pairs of hex digits, with or without blanks between them. */
function parseMemory(lines: readonly string[], flaws: string[]): Uint8Array {
  const words = wordsOf(lines);
  const bad = words.find((w) => !/^(?:[0-9a-f]{2})+$/i.test(w));
  if (bad !== undefined) flaws.push(`the mem section holds \`${bad}\`, which is not a hex byte`);
  const digits = bad === undefined ? words.join('') : '';
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Instructions of a raw section: a 64-bit little-endian word each. */
function parseRaw(lines: readonly string[], flaws: string[]): Uint8Array {
  const words = wordsOf(lines);
  const bad = words.find((w) => !/^(?:0x)?[0-9a-f]{1,16}$/i.test(w));
  if (bad !== undefined) {
    flaws.push(`the raw section holds \`${bad}\`, which is not a 64-bit hex word`);
    return new Uint8Array(0);
  }
  const bytes = new Uint8Array(words.length * 8);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => {
    view.setBigUint64(i * 8, BigInt(`0x${word.replace(/^0x/i, '')}`), true);
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
  const flaws: string[] = [];
  const raw = sections.get('raw');
  const result = sections.get('result');
  const error = sections.get('error')?.join(' ');
  if (raw === undefined && !sections.has('asm')) flaws.push('there is no asm and no raw section');
  if (result === undefined && error === undefined) flaws.push('there is no result and no error section');
  return {
    name,
    asm: sections.has('asm') ? { name, text: asm.join('\n') } : undefined,
    raw: raw === undefined ? undefined : parseRaw(raw, flaws),
    memory: parseMemory(sections.get('mem') ?? [], flaws),
    result: result === undefined ? undefined : parseResult(result, flaws),
    error,
    flaws,
  };
}

/** What every runner of bpf_conformance has: its tests call helper 5, by number and by `callx`. */
const HELPER: BareHelper = { number: 5 };

/** Runs bytes as a program on a bare machine. */
export function runBytes(
  bytes: Uint8Array,
  memory: Uint8Array,
  engine: EngineFactory,
  budget?: number,
): BareResult {
  return runBare(decodeProgram(bytes), memory, {
    engine,
    helper: HELPER,
    ...(budget !== undefined && { budget }),
  });
}

/** How many reasons are given: there may be one for every instruction. */
const MOST_REASONS = 10;

function refusals(diagnostics: readonly Diagnostic[]): string {
  const more = diagnostics.length - MOST_REASONS;
  const told = diagnostics.slice(0, MOST_REASONS).map((d) => d.message);
  return (more > 0 ? [...told, `and ${more} more`] : told).join('; ');
}

/** What a bare run gave, in one line. */
export function describeBare(result: BareResult): string {
  switch (result.kind) {
    case 'done':
      return hex(result.r0);
    case 'refused':
      return `refused: ${refusals(result.diagnostics)}`;
    case 'fault':
      return `fault: ${summarizeFault(result.fault)}`;
    case 'budget':
      return `no end after ${result.executed} instructions`;
    default:
      return result satisfies never;
  }
}

function assembleCase(test: ConformanceCase): { bytes: Uint8Array } | { failure: string } {
  if (test.asm === undefined) return { bytes: test.raw ?? new Uint8Array(0) };
  const parsed = parseAssembly(test.asm, 'mnemonic');
  const assembled = assemble(parsed.value, { implicitExit: true });
  const diagnostics = [...parsed.diagnostics, ...assembled.diagnostics];
  if (hasErrors(diagnostics)) return { failure: formatDiagnostics(diagnostics).trimEnd() };
  const bytes = encodeProgram(assembled.insns);
  if (test.raw === undefined) return { bytes };
  const same = bytes.length === test.raw.length && bytes.every((b, i) => b === test.raw![i]);
  return same ? { bytes } : { failure: 'asm and raw sections are different programs' };
}

/**
 * Runs one case. A case with an error section passes if the program is refused or fails; text that is not assembly is
 * a failure either way, since it may be a slip in the test.
 */
export function runConformance(
  test: ConformanceCase,
  engine: EngineFactory,
  budget?: number,
): ConformanceOutcome {
  const expected =
    test.error !== undefined
      ? `an error (${test.error})`
      : test.result === undefined
        ? 'a test'
        : hex(test.result);
  const failed = (actual: string): ConformanceOutcome => ({
    name: test.name,
    passed: false,
    expected,
    actual,
  });
  if (test.flaws.length > 0) return failed(`no test: ${test.flaws.join('; ')}`);
  const assembled = assembleCase(test);
  if ('failure' in assembled) return failed(assembled.failure);
  const result = runBytes(assembled.bytes, test.memory, engine, budget);
  const passed =
    test.error !== undefined ? result.kind !== 'done' : result.kind === 'done' && result.r0 === test.result;
  return { name: test.name, passed, expected, actual: describeBare(result) };
}
