import { constant, type Scalar, UNKNOWN, ZERO } from '../range/scalar.js';
import type { VerifiedMap } from '../request.js';
import { FLAGS, formatKind, type PointerKind, type RegisterKind } from './kind.js';

/** Whose structure it is: the kernel's, or one of the types that the program brings. */
interface Struct {
  readonly name: string;
  readonly from: 'kernel' | 'program';
  /** Type id in the program's BTF. */
  readonly id?: number;
}

/** What a dynptr looks at. */
export type DynptrKind = 'local' | 'ringbuf' | 'skb' | 'xdp' | 'skb_meta' | 'file';

/** What a pointer points to, where its kind is not all there is to say. */
export interface Target {
  /** Of map_ptr, map_value, map_key, insn. */
  readonly map?: VerifiedMap;
  /** Tells apart what lookups in a map of maps have given; 0 for a map of the program. */
  readonly mapUid?: number;
  /** Bytes of mem. */
  readonly size?: number;
  /** Of btf. */
  readonly struct?: Struct;
  /** Of stack: the frame it is in. */
  readonly frame?: number;
  /** Of func: the subprogram. */
  readonly subprogram?: number;
  /** Of packet and packet_meta: bytes from there that are in the packet; negative if it is at or beyond the end. */
  readonly range?: number;
  /** Of dynptr, and of slots that hold one. */
  readonly dynptr?: { readonly kind: DynptrKind; readonly first: boolean };
  /** Of slots that hold an iterator. */
  readonly iterator?: Iterator;
  /** Of slots that hold the flags of interrupts. */
  readonly irq?: 'native' | 'lock';
}

interface Iterator {
  readonly name: string;
  readonly state: 'active' | 'drained';
  readonly depth: number;
}

/** Where a packet pointer has been compared with the end and is not below it. */
export const AT_PACKET_END = -1;
export const BEYOND_PACKET_END = -2;

const NOTHING: Target = {};

interface Parts {
  readonly kind?: RegisterKind;
  readonly flags?: number;
  readonly scalar?: Scalar;
  readonly target?: Target;
  readonly id?: number;
  readonly parent?: number;
  readonly link?: 0 | 32 | 64;
  readonly delta?: number;
  readonly precise?: boolean;
}

/** What is known of a register or of eight bytes of stack that hold one (`struct bpf_reg_state`). Values do not change. */
export class Register {
  readonly kind: RegisterKind;
  readonly flags: number;
  /** The number, or the offset from what the pointer points to. */
  readonly scalar: Scalar;
  readonly target: Target;
  /**
   * Registers of one id came from one value: scalars are equal (but for `delta`), pointers are null together. Of a reference, its id.
   * 0: none.
   */
  readonly id: number;
  /** The id of what it belongs to: with that it becomes invalid. */
  readonly parent: number;
  /**
   * Of a scalar: it is the value of its id plus `delta`, added in so many bits; 0: it is that value. Of a pointer, `delta` is the part of its
   * offset that is apart from the rest, where a kernel keeps it so (`off` of older ones).
   */
  readonly link: 0 | 32 | 64;
  readonly delta: number;
  /** Its exact range has been relied on: pruning must compare it. */
  readonly precise: boolean;

  constructor(parts: Required<Parts>) {
    this.kind = parts.kind;
    this.flags = parts.flags;
    this.scalar = parts.scalar;
    this.target = parts.target;
    this.id = parts.id;
    this.parent = parts.parent;
    this.link = parts.link;
    this.delta = parts.delta;
    this.precise = parts.precise;
  }

  with(parts: Parts): Register {
    return new Register({
      kind: parts.kind ?? this.kind,
      flags: parts.flags ?? this.flags,
      scalar: parts.scalar ?? this.scalar,
      target: parts.target ?? this.target,
      id: parts.id ?? this.id,
      parent: parts.parent ?? this.parent,
      link: parts.link ?? this.link,
      delta: parts.delta ?? this.delta,
      precise: parts.precise ?? this.precise,
    });
  }

  // The changes that nearly every instruction makes are written out: objects of one shape are what engines are quick at.

  withScalar(scalar: Scalar): Register {
    if (scalar === this.scalar) return this;
    const { kind, flags, target, id, parent, link, delta, precise } = this;
    return new Register({ kind, flags, scalar, target, id, parent, link, delta, precise });
  }

  withPrecise(precise: boolean): Register {
    if (precise === this.precise) return this;
    const { kind, flags, scalar, target, id, parent, link, delta } = this;
    return new Register({ kind, flags, scalar, target, id, parent, link, delta, precise });
  }

  /** No longer tied to other scalars. */
  alone(): Register {
    return this.id === 0 && this.delta === 0 && this.link === 0 ? this : this.#tied(0, 0, 0);
  }

  /** Tied to the scalars of an id: it is their value plus a number, added in so many bits. */
  withLink(link: 0 | 32 | 64, delta: number): Register {
    return this.#tied(this.id, link, delta);
  }

  #tied(id: number, link: 0 | 32 | 64, delta: number): Register {
    const { kind, flags, scalar, target, parent, precise } = this;
    return new Register({ kind, flags, scalar, target, id, parent, link, delta, precise });
  }

  get isScalar(): boolean {
    return this.kind === 'scalar';
  }
  get isPointer(): boolean {
    return this.kind !== 'scalar' && this.kind !== 'none';
  }
  get isNullable(): boolean {
    return (this.flags & FLAGS.maybeNull) !== 0;
  }
  has(flag: keyof typeof FLAGS): boolean {
    return (this.flags & FLAGS[flag]) !== 0;
  }
  /** The number 0. */
  get isNull(): boolean {
    return this.kind === 'scalar' && this.scalar.isZero;
  }
  get isPacket(): boolean {
    return this.kind === 'packet' || this.kind === 'packet_meta';
  }
  /** The map of a pointer that has one. */
  get map(): VerifiedMap {
    const { map } = this.target;
    if (map === undefined) throw new Error(`a ${this.kind} without a map`);
    return map;
  }
  get type(): string {
    return formatKind(this.kind, this.flags);
  }
}

const PLAIN: Omit<Required<Parts>, 'kind' | 'scalar'> = {
  flags: 0,
  target: NOTHING,
  id: 0,
  parent: 0,
  link: 0,
  delta: 0,
  precise: false,
};

export const NONE = new Register({ ...PLAIN, kind: 'none', scalar: UNKNOWN });
/** A scalar of which nothing is known. */
export const ANY = new Register({ ...PLAIN, kind: 'scalar', scalar: UNKNOWN });
export const scalarRegister = (scalar: Scalar): Register => ANY.withScalar(scalar);
export const knownScalar = (word: bigint): Register => scalarRegister(constant(word));
export const NULL = knownScalar(0n);
export function pointer(kind: PointerKind, parts: Parts = {}): Register {
  const { flags = 0, scalar = ZERO, target = NOTHING, id = 0, parent = 0 } = parts;
  const { link = 0, delta = 0, precise = false } = parts;
  return new Register({ kind, flags, scalar, target, id, parent, link, delta, precise });
}
