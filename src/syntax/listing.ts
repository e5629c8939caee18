/**
 * Lines as disassemblers print them, cut down to the instruction in them, so that a listing can be pasted:
 * `llvm-objdump -d` (with or without byte columns, `-r` relocations, headers) and bpftool / verifier logs.
 */

export type ListingLine =
  | { readonly kind: 'skip' }
  | { readonly kind: 'symbol'; readonly name: string; readonly at: number }
  | { readonly kind: 'section'; readonly name: string; readonly at: number }
  | {
      readonly kind: 'code';
      readonly text: string;
      readonly at: number;
      readonly bytes?: Uint8Array;
      readonly opcode?: number;
    };

const OBJDUMP =
  /^([0-9a-f]+):[ \t]+((?:[0-9a-f]{2} ){7}[0-9a-f]{2}(?: (?:[0-9a-f]{2} ){7}[0-9a-f]{2})?)[ \t]+/;
const KERNEL = /^\d+: \(([0-9a-f]{2})\) /;
const SYMBOL = /^[0-9a-f]{8,16} <([^>]+)>:$/;
/** A section's name may have a colon itself: `uprobe/libc.so.6:malloc`. */
const SECTION = /^Disassembly of section (.+):$/;
const RELOCATION = /^[0-9a-f]{8,16}:[ \t]+(?:R_BPF_|CO-RE )/;
/** bpftool's line before a function: `int on_delete(unsigned long long * ctx):`. */
const PROTOTYPE = /^[A-Za-z_][\w *]*\([^()]*\):$/;
const FILE_FORMAT = /^\S*:[ \t]+file format elf64-bpf/;

function parseBytes(text: string): Uint8Array {
  return Uint8Array.from(text.split(' '), (byte) => Number.parseInt(byte, 16));
}

/** Beyond every helper's number: what the kernel's listings print after a name then is where its code lies. */
const MOST_HELPERS = 1024;

/**
 * bpftool prints `call name#12`, `call pc+5#name` and `call kernel-function#5`; of a program that runs the number is the
 * distance to the helper's code, and only the name says which it is.
 */
function plainCall(text: string): string {
  const call = /^(call )([^#]+)#(-?\d+|.*)$/.exec(text);
  if (call === null) return text;
  const [, head, name, id] = call;
  if (name?.startsWith('pc')) return `${head}${name}`;
  if (name === 'kernel-function') return `${head}kfunc(${id})`;
  const number = Number(id);
  const isNumber = (number > 0 && number < MOST_HELPERS) || name === 'unknown' || Number.isNaN(number);
  return `${head}${isNumber ? `(${id})` : name}`;
}

/** Whether a line is the one with which the listing of a section begins. */
export const isSectionHeader = (text: string): boolean => SECTION.test(text);

/** What a line of a listing says; undefined for a line that is not a listing's. `at` is where the rest begins. */
export function readListingLine(text: string): ListingLine | undefined {
  const objdump = OBJDUMP.exec(text);
  if (objdump !== null) {
    const at = objdump[0].length;
    return { kind: 'code', text: text.slice(at), at, bytes: parseBytes(objdump[2] ?? '') };
  }
  const kernel = KERNEL.exec(text);
  if (kernel !== null) {
    const at = kernel[0].length;
    const code = text
      .slice(at)
      .replace(/; (?:frame\d+: )?R\d+.*$/, '')
      .trimEnd();
    return { kind: 'code', text: plainCall(code), at, opcode: Number.parseInt(kernel[1] ?? '', 16) };
  }
  const symbol = SYMBOL.exec(text);
  if (symbol !== null) return { kind: 'symbol', name: symbol[1] ?? '', at: text.indexOf('<') + 1 };
  const section = SECTION.exec(text);
  if (section !== null)
    return { kind: 'section', name: section[1] ?? '', at: text.length - 1 - (section[1]?.length ?? 0) };
  if (RELOCATION.test(text) || FILE_FORMAT.test(text) || PROTOTYPE.test(text)) return { kind: 'skip' };
  return undefined;
}
