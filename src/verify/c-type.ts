/** A type of C, as far as the verifier looks at types of the kernel. */
export type CType =
  | { readonly kind: 'void' }
  | { readonly kind: 'int'; readonly name: string; readonly size: number; readonly signed: boolean }
  | { readonly kind: 'enum'; readonly name: string; readonly size: number }
  | { readonly kind: 'struct' | 'union'; readonly name: string }
  | { readonly kind: 'pointer'; readonly to: CType }
  | { readonly kind: 'array'; readonly of: CType; readonly count: number }
  | { readonly kind: 'function' };

export interface CMember {
  readonly name: string;
  /** From the beginning of the structure. */
  readonly bitOffset: number;
  /** Bits it takes: of a bit field those that it has. */
  readonly bits: number;
  readonly type: CType;
}

export interface CStruct {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Those of anonymous members are among them. */
  readonly members: readonly CMember[];
}

export interface CFunction {
  readonly name: string;
  readonly returns: CType;
  readonly parameters: readonly { readonly name: string; readonly type: CType }[];
}

/** What BTF says of the kernel for which a program is verified; undefined for what it does not have. */
export interface KernelTypes {
  struct(name: string): CStruct | undefined;
  function(name: string): CFunction | undefined;
  /** What a `btf_trace_*` typedef leads to, without the argument in front that is the registration's own. */
  tracepoint(name: string): CFunction | undefined;
  variable(name: string): CType | undefined;
}

/** Integers by the names that BTF has for them: bytes, and whether they are signed. */
const INTEGERS: Readonly<Record<string, readonly [number, boolean]>> = {
  _Bool: [1, false],
  char: [1, false],
  'signed char': [1, true],
  'unsigned char': [1, false],
  'short int': [2, true],
  'short unsigned int': [2, false],
  int: [4, true],
  'unsigned int': [4, false],
  'long int': [8, true],
  'long unsigned int': [8, false],
  'long long int': [8, true],
  'long long unsigned int': [8, false],
  __int128: [16, true],
  '__int128 unsigned': [16, false],
};

/** Reads a type as BTF's names spell it without qualifiers: `struct file*`, `long unsigned int[3]`; undefined for others. */
export function parseCType(text: string): CType | undefined {
  const word = text.trim();
  if (word.endsWith('*')) {
    const to = parseCType(word.slice(0, -1));
    return to && { kind: 'pointer', to };
  }
  const [, element, count] = /^(.*)\[(\d+)\]$/.exec(word) ?? [];
  if (element !== undefined) {
    const of = parseCType(element);
    return of && { kind: 'array', of, count: Number(count) };
  }
  const [, tag, name] = /^(struct|union|enum)\b ?(.*)$/.exec(word) ?? [];
  if (tag === 'enum') return { kind: 'enum', name: name ?? '', size: 4 };
  if (tag === 'struct' || tag === 'union') return { kind: tag, name: name ?? '' };
  if (word === 'void') return { kind: 'void' };
  if (word === 'func') return { kind: 'function' };
  const integer = INTEGERS[word];
  return integer && { kind: 'int', name: word, size: integer[0], signed: integer[1] };
}
