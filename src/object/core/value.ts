/** A field in memory, by the types of one side. */
export interface FieldLocation {
  /** From the start of the accessed type. */
  readonly bitOffset: number;
  /** Width of a bit field; 0 for anything else. */
  readonly bits: number;
  /** Bytes of its type. */
  readonly size: number;
  readonly shape: 'pointer' | 'int' | 'other';
  readonly signed: boolean;
  /** False for an element of an array or the type itself. */
  readonly isMember: boolean;
}

/** Kinds of CO-RE relocations by number (enum bpf_core_relo_kind, linux/bpf.h), in LLVM's words. */
export const CORE_KINDS = [
  'byte_off',
  'byte_sz',
  'field_exists',
  'signed',
  'lshift_u64',
  'rshift_u64',
  'local_type_id',
  'target_type_id',
  'type_exists',
  'type_size',
  'enumval_exists',
  'enumval_value',
  'type_matches',
] as const;

export type CoreKind = (typeof CORE_KINDS)[number];
export type FieldKind = 'byte_off' | 'byte_sz' | 'signed' | 'lshift_u64' | 'rshift_u64';

/** The bytes that have to be loaded to read a field: offset and number; undefined if more than 8 were needed. */
function window(place: FieldLocation): { offset: number; size: number } | undefined {
  const { bitOffset, bits } = place;
  if (bits === 0) return { offset: Math.floor(bitOffset / 8), size: place.size };
  let { size } = place;
  for (;;) {
    const offset = Math.floor(bitOffset / 8 / size) * size;
    if (bitOffset + bits <= (offset + size) * 8) return { offset, size };
    if (size >= 8 || size <= 0) return undefined;
    size *= 2;
  }
}

/** What a relocation of a field asks for (bpf_core_calc_field_relo of libbpf); undefined where that has no answer. */
export function fieldValue(kind: FieldKind, place: FieldLocation): number | undefined {
  const bytes = window(place);
  if (bytes === undefined) return undefined;
  const bits = place.bits === 0 ? bytes.size * 8 : place.bits;
  if (!place.isMember && kind !== 'byte_off' && kind !== 'byte_sz') return undefined;
  switch (kind) {
    case 'byte_off':
      return bytes.offset;
    case 'byte_sz':
      return bytes.size;
    case 'signed':
      return place.signed ? 1 : 0;
    case 'lshift_u64':
      return 64 - (place.bitOffset + bits - bytes.offset * 8);
    case 'rshift_u64':
      return 64 - bits;
    default:
      return kind satisfies never;
  }
}

/** Whether the compiler has put the local value into the instruction, so that it can be checked. */
export const isChecked = (kind: CoreKind, place: FieldLocation): boolean =>
  !(place.bits > 0 && (kind === 'byte_off' || kind === 'byte_sz' || kind === 'lshift_u64'));
