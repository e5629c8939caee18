import { type AnyInsn, slotsOf } from '../isa/insn.js';
import { type Source, type Span, span } from '../text/source.js';
import type { Btf } from './btf.js';
import type { LineInfo } from './btf-ext.js';
import { decodeText } from './strings.js';

/** Longest piece of a source line that is kept. */
const LONGEST = 4096;

/** A line as text: it stays one line whatever bytes it has. */
export function cleanLine(bytes: Uint8Array): string {
  return decodeText(bytes).replace(/[\r\n]/g, ' ');
}

interface KnownLine {
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly text: string;
}

interface KnownFile {
  readonly source: Source;
  readonly lines: ReadonlyMap<number, KnownLine>;
}

/**
 * The C files an object was made of, as far as its line information has their lines: each is a source that holds only
 * the known lines and their real numbers. The text kept is bounded by the size of the string table, whatever the
 * records say.
 */
export class SourceLines {
  readonly #files = new Map<number, KnownFile>();
  readonly #btf: Btf;
  #budget: number;

  constructor(btf: Btf, infos: Iterable<readonly LineInfo[]>) {
    this.#btf = btf;
    this.#budget = btf.strings.length * 2;
    const wanted = new Map<number, Map<number, number>>();
    for (const list of infos) {
      for (const { file, line, text } of list) {
        if (line === 0) continue;
        const lines = wanted.get(file) ?? new Map<number, number>();
        wanted.set(file, lines);
        if (!lines.has(line)) lines.set(line, text);
      }
    }
    for (const [file, lines] of wanted) this.#files.set(file, this.#read(file, lines));
  }

  #read(file: number, wanted: ReadonlyMap<number, number>): KnownFile {
    const numbers = [...wanted.keys()].sort((a, b) => a - b);
    const lines = new Map<number, KnownLine>();
    let start = 0;
    const texts = numbers.map((number) => {
      const most = Math.min(LONGEST, Math.max(0, this.#budget));
      const bytes = this.#btf.strings.bytesAt(wanted.get(number)!, most);
      this.#budget -= bytes.length;
      const text = cleanLine(bytes);
      lines.set(number, { start, bytes, text });
      start += text.length + 1;
      return text;
    });
    // clang writes `././orc.h` for a file that is included from `./ctx.bpf.c`.
    const name = this.#btf.strings.at(file, 'a source file').replace(/^(\.\/)+/, '');
    return { source: { name, text: texts.join('\n'), lineNumbers: numbers }, lines };
  }

  /** Where a record points: one character, or the whole line if it has no column. */
  spanOf(info: LineInfo): Span | undefined {
    const file = this.#files.get(info.file);
    const line = file?.lines.get(info.line);
    if (file === undefined || line === undefined) return undefined;
    const before = decodeText(line.bytes.subarray(0, Math.max(0, info.column - 1))).length;
    const indent = line.text.length - line.text.trimStart().length;
    const from =
      info.column === 0 || before >= line.text.length ? Math.min(indent, line.text.length) : before;
    const end = info.column === 0 ? line.text.trimEnd().length : from + 1;
    return span(file.source, line.start + from, line.start + Math.min(Math.max(end, from), line.text.length));
  }
}

/**
 * The same instructions with the places in the C file they come from. A record holds from its instruction up to the
 * next record's; records must be in ascending order.
 */
export function withSpans(
  insns: readonly AnyInsn[],
  infos: readonly LineInfo[],
  lines: SourceLines,
): AnyInsn[] {
  let next = 0;
  let current: Span | undefined;
  let slot = 0;
  return insns.map((insn) => {
    for (; next < infos.length && infos[next]!.offset <= slot * 8; next += 1)
      current = lines.spanOf(infos[next]!) ?? current;
    slot += slotsOf(insn);
    return current === undefined ? insn : { ...insn, span: current };
  });
}
