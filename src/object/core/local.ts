import { clipped } from '../../text/shown.js';
import type { Btf, BtfMember, BtfType } from '../btf.js';
import type { CoreRelocation } from '../btf-ext.js';
import { malformed } from '../malformed.js';
import type { FieldLocation } from './value.js';

/** Numbers in an access string. */
const MOST_STEPS = 64;

/** One step of an access: to a member of a name, or to an element of an array. */
export type Step =
  | { readonly kind: 'member'; readonly name: string; readonly type: number }
  | { readonly kind: 'element'; readonly index: number };

/** What a program accesses, in its own types. */
export interface LocalAccess {
  /** Elements of the type itself that are skipped: `p[2].x`. */
  readonly index: number;
  /** Members of anonymous structs and unions are found by their names alone, so these are not steps. */
  readonly steps: readonly Step[];
  readonly place: FieldLocation;
}

/** The numbers of `0:1:2`; throws `InputError` for anything else. */
export function accessNumbers(r: CoreRelocation): number[] {
  const numbers = r.access.split(':', MOST_STEPS + 1).map((n) => (/^\d{1,10}$/.test(n) ? Number(n) : -1));
  if (numbers.includes(-1) || numbers.length > MOST_STEPS)
    throw malformed('B1007', `${r.place}: \`${clipped(r.access, 80)}\` is not an access string`);
  return numbers;
}

/** The name without the flavour that follows `___` (bpf_core_essential_name_len of libbpf). */
export function essentialName(name: string): string {
  const at = name.lastIndexOf('___');
  return at > 0 && name[at - 1] !== '_' && at + 3 < name.length ? name.slice(0, at) : name;
}

function isFlexible(parent: BtfMember | undefined, members: readonly BtfMember[], count: number): boolean {
  return count <= 1 && parent !== undefined && members.at(-1) === parent;
}

/** Where a program accesses a field by its own types (bpf_core_parse_spec of libbpf); throws `InputError`. */
export function localAccess(btf: Btf, r: CoreRelocation): LocalAccess {
  const [index, ...numbers] = accessNumbers(r);
  const bad = (why: string): Error => malformed('B1007', `${r.place}: \`${r.access}\` ${why}`);
  const sizeOf = (id: number): number => {
    const size = btf.sizeOf(id);
    if (size === undefined) throw bad('is in something without a size');
    return size;
  };
  let id = btf.strip(r.type).id;
  let bitOffset = index! * sizeOf(id) * 8;
  let bits = 0;
  let member: BtfMember | undefined;
  let siblings: readonly BtfMember[] = [];
  const steps: Step[] = [];
  for (const n of numbers) {
    const { type }: { type: BtfType } = btf.strip(id);
    if (type.kind === 'struct' || type.kind === 'union') {
      member = type.members[n];
      siblings = type.members;
      if (member === undefined) throw bad(`names member ${n} of ${type.members.length}`);
      if (member.name !== '') steps.push({ kind: 'member', name: member.name, type: member.type });
      bitOffset += member.bitOffset;
      bits = member.bitSize;
      id = member.type;
    } else if (type.kind === 'array') {
      if (n >= type.count && !isFlexible(member, siblings, type.count))
        throw bad(`names element ${n} of ${type.count}`);
      steps.push({ kind: 'element', index: n });
      id = type.of;
      bitOffset += n * sizeOf(id) * 8;
      member = undefined;
      bits = 0;
    } else throw bad(`looks into a ${type.kind}`);
  }
  if (!Number.isSafeInteger(bitOffset)) throw bad('is too far');
  const { type } = btf.strip(id);
  return {
    index: index!,
    steps,
    place: {
      bitOffset,
      bits,
      size: sizeOf(id),
      shape: type.kind === 'ptr' ? 'pointer' : type.kind === 'int' ? 'int' : 'other',
      signed: 'signed' in type && type.signed,
      isMember: member !== undefined && member.name !== '',
    },
  };
}
