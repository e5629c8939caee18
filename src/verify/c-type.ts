// cspell:ignore blkcnt clockid fmode loff ssize umode
/** A type of C, as far as the verifier looks at types of the kernel. */
export type CType =
  | { readonly kind: 'void' }
  | { readonly kind: 'int' | 'enum'; readonly size: number }
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

/** Integers by their size in bytes: as BTF names them, as C spells them, and as the kernel's headers call them. */
const INTEGERS: ReadonlyMap<string, number> = new Map(
  (
    [
      [1, '_Bool, bool, char, signed char, unsigned char, u8, s8'],
      [2, 'short int, short unsigned int, short, unsigned short, u16, s16, umode_t'],
      [
        4,
        'int, unsigned int, unsigned, u32, s32, __u32, __s32, pid_t, clockid_t, gfp_t, dev_t, fmode_t, rwf_t',
      ],
      [8, 'long int, long unsigned int, long long int, long long unsigned int'],
      [8, 'long, unsigned long, long long, unsigned long long, u64, s64, __u64'],
      [8, 'size_t, ssize_t, loff_t, ktime_t, sector_t, blkcnt_t'],
      [16, '__int128, __int128 unsigned'],
    ] as const
  ).flatMap(([size, names]) => names.split(', ').map((name) => [name, size] as const)),
);

/**
 * Reads a type without qualifiers: `struct file*`, `long unsigned int[3]`. A name that is not known is that of `unknown`, and without
 * that it gives undefined.
 */
export function parseCType(text: string, unknown?: CType): CType | undefined {
  const word = text.trim();
  if (word.endsWith('*')) {
    const to = parseCType(word.slice(0, -1), unknown);
    return to && { kind: 'pointer', to };
  }
  const [, element, count] = /^(.*)\[(\d+)\]$/.exec(word) ?? [];
  if (element !== undefined) {
    const of = parseCType(element, unknown);
    return of && { kind: 'array', of, count: Number(count) };
  }
  const [, tag, name] = /^(struct|union|enum)\b ?(.*)$/.exec(word) ?? [];
  if (tag === 'enum') return { kind: 'enum', size: 4 };
  if (tag === 'struct' || tag === 'union') return { kind: tag, name: name ?? '' };
  if (word === 'void') return { kind: 'void' };
  if (word === 'func') return { kind: 'function' };
  const size = INTEGERS.get(word);
  return size === undefined ? unknown : { kind: 'int', size };
}
