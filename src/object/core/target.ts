/**
 * Types of the machine an object is run on, as CO-RE relocations need them: a small description that whoever has the
 * types gives. Names are without the `___flavour` that programs may add.
 */
export type TargetType =
  | { readonly kind: 'int'; readonly size: 1 | 2 | 4 | 8; readonly signed: boolean }
  /** `to` names what it points to, for readers; programs follow pointers themselves. */
  | { readonly kind: 'pointer'; readonly to?: string }
  | { readonly kind: 'array'; readonly of: TargetType; readonly count: number }
  /** Bytes that no single load reads, such as an integer of 128 bits. */
  | { readonly kind: 'opaque'; readonly size: number }
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
  /** Where it is not in the table under its name. */
  readonly name?: string;
  readonly size: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  readonly values: ReadonlyMap<string, bigint>;
  readonly id?: number;
}

/** Another name of a type; the table has it under `typedef NAME`. */
export interface TargetTypedef {
  readonly kind: 'typedef';
  readonly to: TargetType;
  readonly id?: number;
}

export type TargetTypes = ReadonlyMap<string, TargetStruct | TargetEnum | TargetTypedef>;

/** Where types are looked up. */
export type TypeLookup = Pick<TargetTypes, 'get'>;

export const NO_TARGET: TargetTypes = new Map();

/** A type that is more than a name; undefined where the table lacks it. */
export function resolveTarget(
  types: TypeLookup,
  type: TargetType,
): Exclude<TargetType, { kind: 'named' }> | undefined {
  if (type.kind !== 'named') return type;
  const found = types.get(type.name);
  return found?.kind === 'typedef' ? undefined : found;
}

/** Bytes of a type; undefined where the table lacks it. */
export function targetSize(types: TypeLookup, type: TargetType): number | undefined {
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
