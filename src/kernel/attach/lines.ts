// cspell:ignore stdw stxb stxh stxw
import { type AnyInsn, type Insn, makeInsn, slotsOf } from '../../isa/insn.js';
import { printInsn } from '../../isa/print/listing.js';
import { operation } from '../../isa/table.js';
import { type Source, span } from '../../text/source.js';

/** A line of code that the kernel generates; `to` is the label that a jump goes to. */
export type CodeLine =
  | { readonly kind: 'insn'; readonly insn: Insn; readonly to?: string }
  | { readonly kind: 'label'; readonly name: string };

/** Something in memory: bytes from what a register holds. */
export interface Place {
  readonly base: number;
  readonly offset: number;
}

export const R10 = 10;
export const R11 = 11;

const OPS = {
  lddw: operation('lddw'),
  copy: operation('mov64_reg'),
  set: operation('mov64_imm'),
  set32: operation('mov32_imm'),
  add: operation('add64_imm'),
  shiftLeft32: operation('lsh32_imm'),
  or32: operation('or32_imm'),
  load: operation('ldxdw'),
  clear: operation('stdw'),
  call: operation('call'),
  goTo: operation('ja'),
  exit: operation('exit'),
};
const STORES = [operation('stxb'), operation('stxh'), operation('stxw'), operation('stxdw')];
const JUMPS = {
  '==': operation('jeq64_imm'),
  '!=': operation('jne64_imm'),
  's<': operation('jslt64_imm'),
} as const;

const line = (op: keyof typeof OPS, fields: Partial<Omit<Insn, 'op'>> = {}): CodeLine => ({
  kind: 'insn',
  insn: makeInsn(OPS[op], fields),
});
const reference = (name: string): Pick<Insn, 'ref'> => ({ ref: { name, addend: 0n, span: undefined } });

/** `rD = NAME ll` */
export const address = (dst: number, name: string): CodeLine => line('lddw', { dst, ...reference(name) });
/** `rD = VALUE ll`: all 64 bits of it. */
export const wide = (dst: number, value: bigint): CodeLine =>
  line('lddw', { dst, imm: Number(BigInt.asIntN(32, value)), hi: Number(BigInt.asIntN(32, value >> 32n)) });
/** `rD = rS` */
export const copy = (dst: number, src: number): CodeLine => line('copy', { dst, src });
/** `rD = VALUE`: 32 bits, with their sign. */
export const set = (dst: number, imm: number): CodeLine => line('set', { dst, imm });
/** `wD = VALUE` */
export const set32 = (dst: number, imm: number): CodeLine => line('set32', { dst, imm });
/** `rD += VALUE` */
export const add = (dst: number, imm: number): CodeLine => line('add', { dst, imm });
/** `wD <<= BITS` */
export const shiftLeft32 = (dst: number, imm: number): CodeLine => line('shiftLeft32', { dst, imm });
/** `wD |= BITS` */
export const or32 = (dst: number, imm: number): CodeLine => line('or32', { dst, imm });
/** `rD = *(u64 *)(rB + OFFSET)` */
export const load = (dst: number, from: Place): CodeLine =>
  line('load', { dst, src: from.base, off: from.offset });
/** `*(uN *)(rB + OFFSET) = rS`: 1, 2, 4 or 8 bytes. Throws on others. */
export function store(to: Place, src: number, bytes = 8): CodeLine {
  const op = STORES.find((o) => o.size === bytes);
  if (op === undefined) throw new Error(`no store of ${bytes} bytes`);
  return { kind: 'insn', insn: makeInsn(op, { dst: to.base, off: to.offset, src }) };
}
/** `*(u64 *)(rB + OFFSET) = 0` */
export const clear = (to: Place): CodeLine => line('clear', { dst: to.base, off: to.offset });
/** `call NAME` */
export const call = (name: string): CodeLine => line('call', reference(name));
/** `if rD OPERATOR 0 goto LABEL` */
export const ifZero = (dst: number, is: keyof typeof JUMPS, to: string): CodeLine => ({
  kind: 'insn',
  insn: makeInsn(JUMPS[is], { dst }),
  to,
});
/** `goto LABEL`; without one, to the instruction after it. */
export const goTo = (to?: string): CodeLine => ({
  kind: 'insn',
  insn: makeInsn(OPS.goTo),
  ...(to !== undefined && { to }),
});
export const label = (name: string): CodeLine => ({ kind: 'label', name });
export const exit: CodeLine = line('exit');

/** Bytes from r10: what lies in the frame of the code's own. */
export const inFrame = (offset: number): Place => ({ base: R10, offset });

/** Everything that such code depends on, as a text. */
export function keyOf(lines: readonly CodeLine[]): string {
  const key = (l: CodeLine): string => {
    if (l.kind === 'label') return `${l.name}:`;
    const { op, dst, src, off, imm, hi, ref } = l.insn;
    return `${op.id} ${dst} ${src} ${off} ${imm} ${hi} ${ref?.name ?? ''} ${l.to ?? ''}`;
  };
  return lines.map(key).join('\n');
}

/** The line as assembly. */
function textOf(l: CodeLine): string {
  if (l.kind === 'label') return `${l.name}:`;
  const text = printInsn(l.insn, { style: 'llvm', alu32: true, bytes: false });
  return `    ${l.to === undefined ? text : text.replace(/\S+$/, l.to)}`;
}

/** The lines as a file would have them, with where each begins; made when somebody looks, since nobody reads most. */
class CodeText implements Source {
  readonly name: string;
  readonly #lines: readonly CodeLine[];
  #made: { readonly text: string; readonly starts: readonly number[] } | undefined;

  constructor(name: string, lines: readonly CodeLine[]) {
    this.name = name;
    this.#lines = lines;
  }

  #make(): { readonly text: string; readonly starts: readonly number[] } {
    if (this.#made !== undefined) return this.#made;
    const starts: number[] = [];
    let text = '';
    for (const l of this.#lines) {
      starts.push(text.length);
      text += `${textOf(l)}\n`;
    }
    this.#made = { text, starts };
    return this.#made;
  }

  get text(): string {
    return this.#make().text;
  }

  /** Where a line begins, without what it is indented by. */
  start(index: number): number {
    const { text, starts } = this.#make();
    const at = starts[index]!;
    return text.startsWith('    ', at) ? at + 4 : at;
  }

  end(index: number): number {
    const { text, starts } = this.#make();
    return (starts[index + 1] ?? text.length) - 1;
  }
}

/** The instructions of lines, with jumps to where their labels are, and the slots of the labels. Throws where there is no such label. */
export function instructionsOf(
  name: string,
  lines: readonly CodeLine[],
): { readonly insns: readonly AnyInsn[]; readonly labels: ReadonlyMap<string, number> } {
  const source = new CodeText(`${name} (generated)`, lines);
  const labels = new Map<string, number>();
  let slots = 0;
  for (const l of lines) {
    if (l.kind === 'label') labels.set(l.name, slots);
    else slots += slotsOf(l.insn);
  }
  const insns: Insn[] = [];
  let slot = 0;
  lines.forEach((l, i) => {
    if (l.kind === 'label') return;
    slot += slotsOf(l.insn);
    const to = l.to === undefined ? undefined : labels.get(l.to);
    if (l.to !== undefined && to === undefined)
      throw new Error(`generated code of ${name}: no label ${l.to}`);
    insns.push({
      ...l.insn,
      ...(to !== undefined && { off: to - slot }),
      get span() {
        return span(source, source.start(i), source.end(i));
      },
    });
  });
  return { insns, labels };
}
