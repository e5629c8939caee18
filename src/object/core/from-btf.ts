import type { Btf, BtfMember } from '../btf.js';
import type { TargetField, TargetType } from './target.js';

/** Depth to which structures are in structures, and arrays in arrays. */
const DEEPEST = 16;

/** Bytes an integer can have that is loaded at once. */
function isWord(size: number): size is 1 | 2 | 4 | 8 {
  return size === 1 || size === 2 || size === 4 || size === 8;
}

function fieldOf(member: BtfMember, type: TargetType): TargetField {
  const { name, bitOffset, bitSize } = member;
  return {
    name,
    offset: Math.floor(bitOffset / 8),
    type,
    ...(bitSize > 0 && { bits: { first: bitOffset % 8, width: bitSize } }),
  };
}

/** Types of an object that were read already, by their numbers; undefined for what has no size. */
const known = new WeakMap<Btf, Map<number, TargetType | undefined>>();

/**
 * A type as an object has it, with the structures that lie inside of it; undefined for what cannot lie in memory, such as
 * a function, or a structure inside of itself.
 */
export function fromBtf(btf: Btf, id: number, depth = 0): TargetType | undefined {
  const read = known.get(btf) ?? new Map<number, TargetType | undefined>();
  known.set(btf, read);
  const at = btf.strip(id).id;
  if (read.has(at)) return read.get(at);
  // What is asked for while it is read lies inside of itself.
  read.set(at, undefined);
  const type = depth > DEEPEST ? undefined : convert(btf, at, depth);
  read.set(at, type);
  return type;
}

function convert(btf: Btf, id: number, depth: number): TargetType | undefined {
  const type = btf.get(id);
  switch (type.kind) {
    case 'int':
      return isWord(type.size)
        ? { kind: 'int', size: type.size, signed: type.signed }
        : { kind: 'opaque', size: type.size };
    case 'float':
      return { kind: 'opaque', size: type.size };
    case 'ptr': {
      const to = btf.strip(type.type).type.name;
      return { kind: 'pointer', ...(to !== '' && { to }) };
    }
    case 'array': {
      const of = fromBtf(btf, type.of, depth + 1);
      return of && { kind: 'array', of, count: type.count };
    }
    case 'struct':
    case 'union': {
      const fields: TargetField[] = [];
      for (const member of type.members) {
        const ofMember = fromBtf(btf, member.type, depth + 1);
        // Of a structure that is only declared nobody can say how large it is, so it is not inside of another.
        if (ofMember === undefined) return undefined;
        fields.push(fieldOf(member, ofMember));
      }
      return { kind: type.kind, size: type.size, fields };
    }
    case 'enum':
    case 'enum64': {
      if (!isWord(type.size)) return undefined;
      const values = new Map(type.values.map((v) => [v.name, BigInt.asUintN(64, v.value)]));
      const { name, size, signed } = type;
      return { kind: 'enum', ...(name !== '' && { name }), size, signed, values };
    }
    default:
      return undefined;
  }
}
