import type { CMember, CType, KernelTypes } from '../c-type.js';
import { NotJudged, refuse } from './refused.js';

/** What is at an offset of a structure: a number, a pointer to a structure, or a pointer to a number. */
export type Found =
  | { readonly kind: 'scalar' }
  | { readonly kind: 'pointer'; readonly struct: string; readonly member: string; readonly in: string }
  | { readonly kind: 'number pointer' };

/** Bytes of a type. */
export function sizeOfType(types: KernelTypes, type: CType): number {
  switch (type.kind) {
    case 'void':
    case 'function':
      return 1;
    case 'int':
    case 'enum':
      return type.size;
    case 'pointer':
      return 8;
    case 'array':
      return type.count * sizeOfType(types, type.of);
    case 'struct':
    case 'union': {
      const struct = types.struct(type.name);
      if (struct === undefined) throw new NotJudged(`struct ${type.name}`);
      return struct.size;
    }
    default:
      return type satisfies never;
  }
}

interface Place {
  readonly struct: string;
  readonly offset: number;
  readonly size: number;
}

const where = ({ struct, offset, size }: Place): string => `struct ${struct} with off ${offset} size ${size}`;

function inPointer(member: CMember, to: CType, start: number, place: Place): Found {
  const { struct, offset, size } = place;
  if (size !== 8 || offset !== start) {
    refuse('EACCES', `cannot access ptr member ${member.name} with moff ${start} in ${where(place)}`);
  }
  if (to.kind === 'struct' || to.kind === 'union') {
    return { kind: 'pointer', struct: to.name, member: member.name, in: struct };
  }
  return { kind: to.kind === 'int' || to.kind === 'enum' ? 'number pointer' : 'scalar' };
}

/** What a member has at the place, or `other` if that is not in it. */
function inMember(types: KernelTypes, member: CMember, place: Place): Found | 'other' {
  const { offset, size } = place;
  const start = member.bitOffset >> 3;
  if (member.bits % 8 !== 0 || member.bitOffset % 8 !== 0) {
    const end = (member.bitOffset + member.bits + 7) >> 3;
    return offset <= start && end <= offset + size ? { kind: 'scalar' } : 'other';
  }
  const end = start + (member.bits >> 3);
  if (start > offset || offset >= end) return 'other';
  let { type } = member;
  let at = start;
  while (type.kind === 'array') {
    const each = sizeOfType(types, type.of);
    if (each === 0) return 'other';
    at += Math.floor((offset - at) / each) * each;
    type = type.of;
  }
  if (type.kind === 'struct' || type.kind === 'union') {
    return findMember(types, { struct: type.name, offset: offset - at, size });
  }
  if (type.kind === 'pointer') return inPointer(member, type.to, at, place);
  if (offset + size > end) {
    refuse('EACCES', `access beyond the end of member ${member.name} (mend:${end}) in ${where(place)}`);
  }
  return { kind: 'scalar' };
}

/** How a structure begins whose types are not at hand: as on every machine that is known here. */
const BEGINNINGS: ReadonlyMap<string, CMember> = new Map([
  ['thread_info', { name: 'flags', bitOffset: 0, bits: 64, type: { kind: 'int', size: 8 } }],
]);

/** What a load of so many bytes at an offset of a structure gives (btf_struct_walk, kernel/bpf/btf.c). */
export function findMember(types: KernelTypes, place: Place): Found {
  const struct = types.struct(place.struct);
  if (struct === undefined) {
    const beginning = BEGINNINGS.get(place.struct);
    const found = beginning === undefined ? 'other' : inMember(types, beginning, place);
    if (found === 'other') throw new NotJudged(`struct ${place.struct}`);
    return found;
  }
  if (place.offset + place.size > struct.size) {
    refuse('EACCES', `access beyond struct ${place.struct} at off ${place.offset} size ${place.size}`);
  }
  for (const member of struct.members) {
    const found = inMember(types, member, place);
    if (found !== 'other') return found;
  }
  return refuse('EINVAL', `struct ${place.struct} doesn't have field at offset ${place.offset}`);
}
