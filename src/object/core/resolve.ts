import type { Btf } from '../btf.js';
import type { CoreRelocation } from '../btf-ext.js';
import { malformed } from '../malformed.js';
import { accessNumbers, essentialName, type LocalAccess, localAccess } from './local.js';
import { targetPlace, typesMatch } from './match.js';
import {
  resolveTarget,
  type TargetEnum,
  type TargetStruct,
  type TargetType,
  type TargetTypedef,
  targetSize,
} from './target.js';
import type { TypeSpace } from './type-space.js';
import { CORE_KINDS, type CoreKind, type FieldLocation, fieldValue, isChecked } from './value.js';

/** What becomes of an instruction. */
export interface Resolution {
  /** What is in it now; undefined where that is not known. */
  readonly before: bigint | undefined;
  readonly value: bigint;
  /** Bytes that a load or store of the field accesses from now on, if that changes. */
  readonly width: { readonly size: number } | 'same' | 'impossible';
}

function given(before: bigint | undefined, value: bigint): Resolution {
  return { before, value, width: 'same' };
}

function kindOf(r: CoreRelocation): CoreKind {
  const kind = CORE_KINDS[r.kind];
  if (kind === undefined) throw malformed('B1007', `${r.place}: kind ${r.kind} of CO-RE is not known`);
  return kind;
}

/** Loads may become narrower or wider for pointers and for unsigned integers, as in bpf_core_calc_relo. */
function widthOf(local: FieldLocation, target: FieldLocation): Resolution['width'] {
  if (local.bits > 0 || target.bits > 0 || local.size === target.size) return 'same';
  const arePointers = local.shape === 'pointer' && target.shape === 'pointer';
  const areUnsigned = local.shape === 'int' && target.shape === 'int' && !local.signed && !target.signed;
  return arePointers || areUnsigned ? { size: target.size } : 'impossible';
}

/** A type that relocations can name, and under which name the table has it. */
interface Candidate {
  readonly name: string;
  readonly type: TargetStruct | TargetEnum | TargetTypedef;
}

/** Answers what relocations ask of the target's types. */
export class CoreResolver {
  readonly #btf: Btf;
  readonly #types: TypeSpace;

  constructor(btf: Btf, types: TypeSpace) {
    this.#btf = btf;
    this.#types = types;
  }

  /** The type of the target with the same name and of the same kind. */
  #candidate(r: CoreRelocation): Candidate | undefined {
    const local = this.#btf.get(r.type);
    const name = essentialName(local.name);
    const kind = local.kind === 'enum64' ? 'enum' : local.kind;
    if (kind !== 'struct' && kind !== 'union' && kind !== 'enum' && kind !== 'typedef') return undefined;
    const key = kind === 'typedef' ? `typedef ${name}` : name;
    const type = this.#types.get(key) ?? this.#types.take(this.#btf, kind, name);
    return type?.kind === kind ? { name, type } : undefined;
  }

  /** The structure that a candidate is, or is another name of. */
  #structOf({ type }: Candidate): TargetStruct | undefined {
    const known = type.kind === 'typedef' ? resolveTarget(this.#types, type.to) : type;
    return known?.kind === 'struct' || known?.kind === 'union' ? known : undefined;
  }

  /** Where an access lies in the target; a field that it lacks and the object has is put after the others. */
  #place(access: LocalAccess, candidate: Candidate): FieldLocation | undefined {
    const root = this.#structOf(candidate);
    if (root === undefined) return undefined;
    const place = targetPlace(this.#btf, access, this.#types, root);
    const [step] = access.steps;
    if (place !== undefined || step?.kind !== 'member' || candidate.type !== root) return place;
    const grown = this.#types.append(this.#btf, root.kind, candidate.name, step.name);
    return grown && targetPlace(this.#btf, access, this.#types, grown);
  }

  /**
   * Where a field lies of a type that the object only declares and has in a flavour: nobody knows better. Whether it exists
   * is another question, which decides for which kernel a program is.
   */
  #flavourPlace(r: CoreRelocation, kind: CoreKind, access: LocalAccess): FieldLocation | undefined {
    const { kind: what, name } = this.#btf.get(r.type);
    if (kind === 'field_exists' || (what !== 'struct' && what !== 'union')) return undefined;
    const isOnlyDeclared = this.#types.takeFlavour(this.#btf, what, name, essentialName(name));
    return isOnlyDeclared ? access.place : undefined;
  }

  #field(r: CoreRelocation, kind: CoreKind): Resolution | undefined {
    const access = localAccess(this.#btf, r);
    const candidate = this.#candidate(r);
    const place =
      candidate === undefined ? this.#flavourPlace(r, kind, access) : this.#place(access, candidate);
    if (kind === 'field_exists') return given(1n, place === undefined ? 0n : 1n);
    if (
      kind !== 'byte_off' &&
      kind !== 'byte_sz' &&
      kind !== 'signed' &&
      kind !== 'lshift_u64' &&
      kind !== 'rshift_u64'
    )
      return undefined;
    const before = fieldValue(kind, access.place);
    if (before === undefined)
      throw malformed('B1007', `${r.place}: \`${r.access}\` has no ${kind} in the object's own types`);
    const value = place === undefined ? undefined : fieldValue(kind, place);
    if (place === undefined || value === undefined) return undefined;
    return {
      before: isChecked(kind, access.place) ? BigInt(before) : undefined,
      value: BigInt(value),
      width: kind === 'byte_off' ? widthOf(access.place, place) : 'same',
    };
  }

  #type(r: CoreRelocation, kind: CoreKind): Resolution {
    const { type: local } = this.#btf.strip(r.type);
    if (r.access !== '0') throw malformed('B1007', `${r.place}: a type has the access string 0`);
    const candidate = this.#candidate(r);
    const target = candidate?.type;
    const meant: TargetType | undefined = target?.kind === 'typedef' ? target.to : target;
    // libbpf: what is asked of a type that does not exist is 0.
    switch (kind) {
      case 'local_type_id':
        return given(undefined, BigInt(r.type));
      case 'target_type_id':
        return given(undefined, BigInt(target?.id ?? (candidate ? this.#types.idOf(candidate.name) : 0)));
      case 'type_exists':
        return given(1n, target === undefined ? 0n : 1n);
      case 'type_matches':
        return given(1n, meant !== undefined && typesMatch(this.#btf, local, this.#types, meant) ? 1n : 0n);
      default: {
        const size = this.#btf.sizeOf(r.type);
        const before = size === undefined ? undefined : BigInt(size);
        return given(before, BigInt(meant === undefined ? 0 : (targetSize(this.#types, meant) ?? 0)));
      }
    }
  }

  #enumerator(r: CoreRelocation, kind: CoreKind): Resolution | undefined {
    const { type } = this.#btf.strip(r.type);
    const numbers = accessNumbers(r);
    const local = type.kind === 'enum' || type.kind === 'enum64' ? type.values[numbers[0]!] : undefined;
    if (local === undefined || numbers.length !== 1)
      throw malformed('B1007', `${r.place}: \`${r.access}\` is not an enumerator of type ${r.type}`);
    const target = this.#candidate(r)?.type;
    const value = target?.kind === 'enum' ? target.values.get(essentialName(local.name)) : undefined;
    if (kind === 'enumval_exists') return given(1n, value === undefined ? 0n : 1n);
    return value === undefined ? undefined : given(BigInt.asUintN(64, local.value), value);
  }

  /** Undefined where the target has no such thing. */
  resolve(r: CoreRelocation): Resolution | undefined {
    const kind = kindOf(r);
    switch (kind) {
      case 'byte_off':
      case 'byte_sz':
      case 'field_exists':
      case 'signed':
      case 'lshift_u64':
      case 'rshift_u64':
        return this.#field(r, kind);
      case 'local_type_id':
      case 'target_type_id':
      case 'type_exists':
      case 'type_size':
      case 'type_matches':
        return this.#type(r, kind);
      case 'enumval_exists':
      case 'enumval_value':
        return this.#enumerator(r, kind);
      default:
        return kind satisfies never;
    }
  }
}
