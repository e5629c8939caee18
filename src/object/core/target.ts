/**
 * Types of the machine an object is run on, as CO-RE relocations need them: a small description that whoever has the
 * types gives. Names are without the `___flavour` that programs may add.
 */
export type TargetType =
  | { readonly kind: 'int'; readonly size: 1 | 2 | 4 | 8; readonly signed: boolean }
  /** `to` names what it points to, for readers; programs follow pointers themselves. */
  | { readonly kind: 'pointer'; readonly to?: string }
  | { readonly kind: 'array'; readonly of: TargetType; readonly count: number }
  | TargetStruct
  | TargetEnum
  /** A struct, union or enum of the table. */
  | { readonly kind: 'named'; readonly name: string };

export interface TargetField {
  /** Empty for an anonymous struct or union, whose fields are then found as if they were this one's. */
  readonly name: string;
  /** Bytes from the start of the struct. */
  readonly offset: number;
  readonly type: TargetType;
  /** A bit field: its first bit, counted from bit 0 of the byte at `offset`, and its width. */
  readonly bits?: { readonly first: number; readonly width: number };
}

export interface TargetStruct {
  readonly kind: 'struct' | 'union';
  readonly size: number;
  readonly fields: readonly TargetField[];
  /** Its number in the BTF of the machine, if it has one. */
  readonly id?: number;
}

export interface TargetEnum {
  readonly kind: 'enum';
  readonly size: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  readonly values: ReadonlyMap<string, bigint>;
  readonly id?: number;
}

export type TargetTypes = ReadonlyMap<string, TargetStruct | TargetEnum>;

export const NO_TARGET: TargetTypes = new Map();

/** A type that is more than a name; undefined where the table lacks it. */
export function resolveTarget(
  types: TargetTypes,
  type: TargetType,
): Exclude<TargetType, { kind: 'named' }> | undefined {
  return type.kind === 'named' ? types.get(type.name) : type;
}

/** Bytes of a type; undefined where the table lacks it. */
export function targetSize(types: TargetTypes, type: TargetType): number | undefined {
  const known = resolveTarget(types, type);
  if (known === undefined) return undefined;
  switch (known.kind) {
    case 'pointer':
      return 8;
    case 'array': {
      const size = targetSize(types, known.of);
      return size === undefined ? undefined : size * known.count;
    }
    default:
      return known.size;
  }
}
