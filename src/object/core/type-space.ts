import type { Btf, BtfMember, BtfType } from '../btf.js';
import { fromBtf } from './from-btf.js';
import { findField } from './match.js';
import type { TargetEnum, TargetField, TargetStruct, TargetTypedef, TargetTypes } from './target.js';

type Composite = BtfType & { readonly kind: 'struct' | 'union' };
type Kind = 'struct' | 'union' | 'enum' | 'typedef';

/** What objects brought into a machine's types. */
export interface BroughtTypes {
  /** Types that the emulated kernel does not have, such as `struct file`, as the object has them. */
  readonly taken: readonly string[];
  /** Fields of the emulated kernel's own types, such as `task_struct.mm`, that it does not have. */
  readonly appended: readonly string[];
}

export interface TypeSpaceOptions {
  /** Nothing is taken from objects. */
  readonly isStrict?: boolean;
  /** Types of the kernel that may get more fields, after their own. */
  readonly extensible?: ReadonlySet<string>;
  /** Types of the kernel that only count where no object has them, so that a program of another kernel finds its record. */
  readonly late?: (name: string) => TargetStruct | undefined;
}

/** Bytes between which a field lies that is put after others. */
const ALIGN = 8;

const kindOf = ({ kind }: BtfType): string => (kind === 'enum64' ? 'enum' : kind);
const keyOf = (kind: Kind, name: string): string => (kind === 'typedef' ? `typedef ${name}` : name);

/** A member by its name, also inside of anonymous ones. */
function memberOf(btf: Btf, { members }: Composite, name: string, depth = 0): BtfMember | undefined {
  for (const member of members) {
    if (member.name === name) return member;
    const inner = member.name === '' && depth < ALIGN ? btf.strip(member.type).type : undefined;
    if (inner?.kind !== 'struct' && inner?.kind !== 'union') continue;
    const found = memberOf(btf, inner, name, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The types of one machine: first those of its kernel, then what objects bring, each of which finds what those before it
 * have brought. What an object has in a flavour only (`struct request___old`) is a guess of its author about some kernel,
 * so it is not taken: to look for it gives that it does not exist.
 */
export class TypeSpace {
  readonly #types: Map<string, TargetStruct | TargetEnum | TargetTypedef>;
  readonly #isStrict: boolean;
  readonly #late: (name: string) => TargetStruct | undefined;
  readonly #own: Set<string>;
  readonly #extensible: Set<string>;
  readonly #ids = new Map<string, number>();
  /** Types of the objects that were read. */
  readonly #seen: Btf[] = [];
  readonly #taken: string[] = [];
  readonly #appended: string[] = [];

  constructor(
    own: TargetTypes,
    { isStrict = false, extensible = new Set(), late = () => undefined }: TypeSpaceOptions = {},
  ) {
    this.#types = new Map(own);
    this.#own = new Set(own.keys());
    this.#isStrict = isStrict;
    this.#late = late;
    this.#extensible = new Set(extensible);
  }

  get brought(): BroughtTypes {
    return { taken: this.#taken, appended: this.#appended };
  }

  get(name: string): TargetStruct | TargetEnum | TargetTypedef | undefined {
    return this.#types.get(name);
  }

  /** The structures that there are. */
  get structs(): string[] {
    return [...this.#types].flatMap(([name, { kind }]) => (kind === 'struct' ? [name] : []));
  }

  /** Remembers the types of an object, so that instances can be made of them. */
  see(btf: Btf): void {
    this.#seen.push(btf);
  }

  /** Adds a type of the kernel; false where it has one of that name. */
  declare(name: string, type: TargetStruct): boolean {
    if (this.#types.has(name)) return false;
    this.#types.set(name, type);
    this.#own.add(name);
    this.#extensible.add(name);
    return true;
  }

  /** A structure of which an instance is made: with a field, if an object that was read has that. */
  structWith(name: string, field?: string): TargetStruct | undefined {
    const all = this.#seen;
    for (const btf of all) {
      if (this.#types.has(name)) break;
      this.take(btf, 'struct', name);
    }
    const found = this.#types.get(name);
    if (found?.kind !== 'struct' || field === undefined) return found?.kind === 'struct' ? found : undefined;
    if (findField(this, found, field) !== undefined) return found;
    for (const btf of all) {
      const grown = this.append(btf, 'struct', name, field);
      if (grown !== undefined) return grown;
    }
    return found;
  }

  /** The number of a type, which nothing else has. */
  idOf(name: string): number {
    const id = this.#ids.get(name) ?? this.#ids.size + 1;
    this.#ids.set(name, id);
    return id;
  }

  /** Bytes of a structure of the kernel with all that was put after its own fields. */
  sizeOf(struct: { readonly name: string; readonly size: number }): number {
    const type = this.#types.get(struct.name);
    return type?.kind === 'struct' ? type.size : struct.size;
  }

  #unflavoured(
    btf: Btf,
    kind: Kind,
    name: string,
  ): { readonly id: number; readonly type: BtfType } | undefined {
    const id = btf.types.findIndex((t) => t.name === name && kindOf(t) === kind);
    return id < 0 ? undefined : { id, type: btf.get(id) };
  }

  /** The type that an object has by that name; undefined where it has none, or types are not taken from objects. */
  take(btf: Btf, kind: Kind, name: string): TargetStruct | TargetEnum | TargetTypedef | undefined {
    const key = keyOf(kind, name);
    if (name === '' || this.#types.has(key)) return undefined;
    const found = this.#isStrict ? undefined : this.#unflavoured(btf, kind, name);
    const type = found && fromBtf(btf, found.id);
    if (type === undefined) {
      const own = kind === 'struct' ? this.#late(name) : undefined;
      if (own !== undefined) this.#types.set(key, own);
      return own;
    }
    const taken: TargetStruct | TargetEnum | TargetTypedef | undefined =
      kind === 'typedef'
        ? { kind: 'typedef', to: type }
        : 'values' in type || 'fields' in type
          ? type
          : undefined;
    if (taken === undefined) return undefined;
    this.#types.set(key, taken);
    if (kind !== 'typedef') this.#taken.push(`${kind} ${name}`);
    return taken;
  }

  /** Whether a type is only declared in an object, which has a flavour of it; it is said that this is used. */
  takeFlavour(btf: Btf, kind: 'struct' | 'union', flavour: string, name: string): boolean {
    const isDeclared = btf.types.some(
      (t) => t.kind === 'fwd' && t.name === name && t.isUnion === (kind === 'union'),
    );
    if (this.#isStrict || flavour === name || !isDeclared) return false;
    const said = `${kind} ${flavour}`;
    if (!this.#taken.includes(said)) this.#taken.push(said);
    return true;
  }

  /**
   * Puts a field after those of a structure, as an object has it; undefined where the object does not have it, or the
   * structure cannot grow.
   */
  append(btf: Btf, kind: 'struct' | 'union', name: string, field: string): TargetStruct | undefined {
    const struct = this.#types.get(name);
    const isOwn = this.#own.has(name);
    if (this.#isStrict || kind !== 'struct' || struct?.kind !== kind) return undefined;
    if (isOwn && !this.#extensible.has(name)) return undefined;
    if (findField(this, struct, field) !== undefined) return undefined;
    const type = this.#unflavoured(btf, kind, name)?.type;
    const member = type?.kind === kind ? memberOf(btf, type, field) : undefined;
    const ofMember = member && fromBtf(btf, member.type);
    const size = member && btf.sizeOf(member.type);
    if (member === undefined || ofMember === undefined || size === undefined) return undefined;
    const offset = Math.ceil(struct.size / ALIGN) * ALIGN;
    const added: TargetField = {
      name: field,
      offset,
      type: ofMember,
      ...(member.bitSize > 0 && { bits: { first: 0, width: member.bitSize } }),
    };
    const grown = {
      ...struct,
      size: offset + Math.ceil(size / ALIGN) * ALIGN,
      fields: [...struct.fields, added],
    };
    this.#types.set(name, grown);
    if (isOwn) this.#appended.push(`${name}.${field}`);
    return grown;
  }
}
