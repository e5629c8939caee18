import {
  type ContextAccess,
  type ContextAnswer,
  type ContextValue,
  isAligned,
  REFUSED,
  SCALAR,
} from './access.js';

/**
 * Widths in which a field is read: any up to four bytes (`narrow`), any up to its own (`any`), or that number of bytes only.
 * Fields that are `narrow` are written by four bytes.
 */
type Width = 'narrow' | 'any' | 1 | 4 | 8;

/** A structure that the kernel shows to programs (include/uapi/linux/bpf.h), whose accesses it rewrites. */
export interface FieldTable {
  readonly size: number;
  readonly fields: readonly {
    readonly name: string;
    readonly offset: number;
    readonly size: number;
    readonly width: Width;
  }[];
}

/** Reads rows of name, bytes, width: each field begins where the one before ends; `-` is a gap. */
export function fieldTable(text: string): FieldTable {
  let offset = 0;
  const fields = text
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', size = '', width = ''] = line.trim().split(/\s+/);
      const field = { name, offset, size: Number(size), width: widthOf(width) };
      offset += field.size;
      return field;
    });
  return { size: offset, fields: fields.filter((f) => f.name !== '-') };
}

function widthOf(word: string): Width {
  switch (word) {
    case 'narrow':
    case 'any':
      return word;
    case '1':
      return 1;
    case '4':
      return 4;
    default:
      return 8;
  }
}

/** What a kind of program may do with the fields of a structure. */
export interface FieldRules {
  readonly hidden: ReadonlySet<string>;
  readonly writable: ReadonlySet<string>;
  /** Fields that are read as pointers. */
  readonly pointers: Readonly<Record<string, ContextValue>>;
}

export function accessField(table: FieldTable, rules: FieldRules, access: ContextAccess): ContextAnswer {
  const { offset, size, isWrite, isSigned } = access;
  if (offset < 0 || offset >= table.size || !isAligned(access)) return REFUSED;
  const field = table.fields.find((f) => offset >= f.offset && offset < f.offset + f.size);
  if (field === undefined || rules.hidden.has(field.name)) return REFUSED;
  if (isWrite && !rules.writable.has(field.name)) return REFUSED;
  const isWide =
    field.width === 'narrow'
      ? isWrite
        ? size !== 4
        : size > 4
      : field.width === 'any'
        ? offset + size > field.offset + field.size
        : size !== field.width;
  if (isWide) return REFUSED;
  const value = rules.pointers[field.name];
  if (value === undefined || isWrite) return SCALAR;
  return isSigned ? REFUSED : value;
}
