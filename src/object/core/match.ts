import type { Btf, BtfType } from '../btf.js';
import { essentialName, type LocalAccess, type Step } from './local.js';
import {
  resolveTarget,
  type TargetField,
  type TargetStruct,
  type TargetType,
  type TypeLookup,
  targetSize,
} from './target.js';
import type { FieldLocation } from './value.js';

/** Depth to which anonymous members and arrays are followed. */
const DEEPEST = 16;

/** Whether a field may have either type (bpf_core_fields_are_compat of libbpf). */
function areCompatible(btf: Btf, local: number, types: TypeLookup, target: TargetType, depth = 0): boolean {
  const { type } = btf.strip(local);
  const other = resolveTarget(types, target);
  if (other === undefined || depth > DEEPEST) return false;
  switch (type.kind) {
    case 'struct':
    case 'union':
      return other.kind === 'struct' || other.kind === 'union';
    case 'ptr':
      return other.kind === 'pointer';
    case 'int':
      return other.kind === 'int';
    case 'enum':
    case 'enum64': {
      if (other.kind !== 'enum') return false;
      const name = target.kind === 'named' ? target.name : (other.name ?? '');
      return name === '' || type.name === '' || essentialName(type.name) === name;
    }
    case 'array':
      return other.kind === 'array' && areCompatible(btf, type.of, types, other.of, depth + 1);
    case 'float':
      return other.kind === 'opaque';
    default:
      return false;
  }
}

interface Found {
  readonly field: TargetField;
  readonly bitOffset: number;
}

/** A field by its name, also inside of anonymous members. */
export function findField(
  types: TypeLookup,
  struct: TargetStruct,
  name: string,
  depth = 0,
): Found | undefined {
  for (const field of struct.fields) {
    const bitOffset = field.offset * 8 + (field.bits?.first ?? 0);
    if (field.name === name) return { field, bitOffset };
    if (field.name !== '' || depth > DEEPEST) continue;
    const inner = resolveTarget(types, field.type);
    if (inner?.kind !== 'struct' && inner?.kind !== 'union') continue;
    const found = findField(types, inner, name, depth + 1);
    if (found !== undefined) return { ...found, bitOffset: bitOffset + found.bitOffset };
  }
  return undefined;
}

/** The same access in the types of the target (bpf_core_spec_match of libbpf); undefined where it has no such field. */
export function targetPlace(
  btf: Btf,
  access: LocalAccess,
  types: TypeLookup,
  root: TargetStruct,
): FieldLocation | undefined {
  let type: TargetType = root;
  let bitOffset = access.index * root.size * 8;
  let bits = 0;
  let isMember = false;
  const step = (s: Step): boolean => {
    const known = resolveTarget(types, type);
    if (s.kind === 'member') {
      if (known?.kind !== 'struct' && known?.kind !== 'union') return false;
      const found = findField(types, known, s.name);
      if (found === undefined || !areCompatible(btf, s.type, types, found.field.type)) return false;
      bitOffset += found.bitOffset;
      bits = found.field.bits?.width ?? 0;
      type = found.field.type;
      isMember = true;
      return true;
    }
    if (known?.kind !== 'array' || (s.index >= known.count && known.count > 1)) return false;
    bitOffset += s.index * (targetSize(types, known.of) ?? Number.NaN) * 8;
    bits = 0;
    type = known.of;
    isMember = false;
    return true;
  };
  if (!access.steps.every(step)) return undefined;
  const known = resolveTarget(types, type);
  const size = targetSize(types, type);
  if (known === undefined || size === undefined || !Number.isSafeInteger(bitOffset)) return undefined;
  return {
    bitOffset,
    bits,
    size,
    shape: known.kind === 'pointer' || known.kind === 'int' ? known.kind : 'other',
    signed: 'signed' in known && known.signed,
    isMember,
  };
}

/** Whether the target's type has all that the local one has (type_matches; __bpf_core_types_match of libbpf). */
export function typesMatch(btf: Btf, local: BtfType, types: TypeLookup, target: TargetType): boolean {
  const other = resolveTarget(types, target);
  switch (local.kind) {
    case 'struct':
    case 'union':
      return (
        other?.kind === local.kind &&
        local.members.every((m) => {
          const found = findField(types, other, m.name);
          return found !== undefined && areCompatible(btf, m.type, types, found.field.type);
        })
      );
    case 'enum':
    case 'enum64':
      return (
        other?.kind === 'enum' &&
        other.size === local.size &&
        local.values.every((v) => other.values.has(essentialName(v.name)))
      );
    default:
      return false;
  }
}
