import type { Bytes } from './bytes.js';
import { type Section, sectionBytes } from './elf.js';
import { Strings } from './strings.js';

/** `struct btf_header` (linux/btf.h): magic 0, version 2, hdr_len 4, type_off 8, type_len 12, str_off 16, str_len 20. */
export const BTF_HEADER = {
  magic: 0,
  version: 2,
  length: 4,
  typeOff: 8,
  typeLen: 12,
  strOff: 16,
  strLen: 20,
} as const;
export const BTF_MAGIC = 0xeb9f;

/**
 * `struct btf_type`: name 0, info 4, size or type 8; what follows depends on the kind.
 *
 *     info  31       28..24   15..0
 *           kflag    kind     vlen
 */
const TYPE_SIZE = 12;

export interface BtfMember {
  readonly name: string;
  readonly type: number;
  readonly bitOffset: number;
  /** 0 for what is not a bit field. */
  readonly bitSize: number;
}

type Composite = 'struct' | 'union';
export type Modifier = 'typedef' | 'volatile' | 'const' | 'restrict' | 'type_tag';

export type BtfType =
  | { readonly kind: 'void'; readonly name: '' }
  | {
      readonly kind: 'int';
      readonly name: string;
      readonly size: number;
      readonly bits: number;
      readonly signed: boolean;
    }
  | { readonly kind: 'ptr'; readonly name: string; readonly type: number }
  | { readonly kind: 'array'; readonly name: string; readonly of: number; readonly count: number }
  | {
      readonly kind: Composite;
      readonly name: string;
      readonly size: number;
      readonly members: readonly BtfMember[];
    }
  | {
      readonly kind: 'enum' | 'enum64';
      readonly name: string;
      readonly size: number;
      readonly signed: boolean;
      readonly values: readonly { readonly name: string; readonly value: bigint }[];
    }
  | { readonly kind: 'fwd'; readonly name: string; readonly isUnion: boolean }
  | { readonly kind: Modifier; readonly name: string; readonly type: number }
  | {
      readonly kind: 'func';
      readonly name: string;
      readonly type: number;
      /** Who may call it (BTF_FUNC_STATIC and its neighbours). */
      readonly linkage: 'static' | 'global' | 'extern';
    }
  | {
      readonly kind: 'func_proto';
      readonly name: string;
      readonly returns: number;
      readonly parameters: readonly { readonly name: string; readonly type: number }[];
    }
  | { readonly kind: 'var'; readonly name: string; readonly type: number }
  | {
      readonly kind: 'datasec';
      readonly name: string;
      readonly size: number;
      readonly variables: readonly {
        readonly type: number;
        readonly offset: number;
        readonly size: number;
      }[];
    }
  | { readonly kind: 'float'; readonly name: string; readonly size: number }
  | { readonly kind: 'decl_tag'; readonly name: string; readonly type: number };

const LINKAGES = ['static', 'global', 'extern'] as const;

type Datasec = BtfType & { readonly kind: 'datasec' };

/** Kinds by number. */
export const BTF_KINDS = [
  'void',
  'int',
  'ptr',
  'array',
  'struct',
  'union',
  'enum',
  'fwd',
  'typedef',
  'volatile',
  'const',
  'restrict',
  'func',
  'func_proto',
  'var',
  'datasec',
  'float',
  'decl_tag',
  'type_tag',
  'enum64',
] as const;

/** Longest chain of modifiers and arrays that is followed, as in libbpf (MAX_RESOLVE_DEPTH). */
const DEEPEST = 32;

/** The types of an object, by their ids. */
export class Btf {
  readonly types: readonly BtfType[];
  readonly strings: Strings;
  readonly #bytes: Bytes;
  readonly #datasecs = new Map<string, Datasec>();

  constructor(types: readonly BtfType[], strings: Strings, bytes: Bytes) {
    for (const type of types) if (type.kind === 'datasec') this.#datasecs.set(type.name, type);
    this.types = types;
    this.strings = strings;
    this.#bytes = bytes;
  }

  get(id: number): BtfType {
    const type = this.types[id];
    if (type === undefined)
      throw this.#bytes.fail(0, `there is no type ${id}; there are ${this.types.length}`);
    return type;
  }

  /** The type that typedefs and qualifiers lead to, and its id. */
  strip(id: number): { readonly id: number; readonly type: BtfType } {
    let at = id;
    for (let i = 0; i < DEEPEST; i += 1) {
      const type = this.get(at);
      if (!isModifier(type)) return { id: at, type };
      at = type.type;
    }
    throw this.#bytes.fail(0, `type ${id} leads through more than ${DEEPEST} others`);
  }

  /** Bytes a value of a type takes; undefined where it has none or they cannot be counted. */
  sizeOf(id: number): number | undefined {
    let count = 1;
    let at = id;
    for (let i = 0; i < DEEPEST; i += 1) {
      const { type } = this.strip(at);
      switch (type.kind) {
        case 'int':
        case 'struct':
        case 'union':
        case 'enum':
        case 'enum64':
        case 'float':
        case 'datasec':
          return whole(count * type.size);
        case 'ptr':
          return whole(count * 8);
        case 'array':
          count *= type.count;
          at = type.of;
          break;
        case 'var':
          at = type.type;
          break;
        default:
          return undefined;
      }
    }
    return undefined;
  }

  /** The section of variables with that name. */
  datasec(name: string): Datasec | undefined {
    return this.#datasecs.get(name);
  }
}

const whole = (n: number): number | undefined => (Number.isSafeInteger(n) ? n : undefined);

export function isModifier(type: BtfType): type is BtfType & { readonly kind: Modifier } {
  switch (type.kind) {
    case 'typedef':
    case 'volatile':
    case 'const':
    case 'restrict':
    case 'type_tag':
      return true;
    default:
      return false;
  }
}

/** Reads one type after the other. */
class TypeReader {
  readonly #bytes: Bytes;
  readonly #strings: Strings;
  #at = 0;

  constructor(bytes: Bytes, strings: Strings) {
    this.#bytes = bytes;
    this.#strings = strings;
  }

  all(): BtfType[] {
    const types: BtfType[] = [{ kind: 'void', name: '' }];
    while (this.#at < this.#bytes.length) types.push(this.#next(types.length));
    return types;
  }

  #word(id: number): number {
    const value = this.#bytes.u32(this.#at, `type ${id}`);
    this.#at += 4;
    return value;
  }

  /** `count` records of `words` numbers each; checked to be there before anything is made. */
  #records<T>(id: number, count: number, words: number, make: (word: () => number) => T): T[] {
    this.#bytes.part(this.#at, count * words * 4, `type ${id}`);
    return Array.from({ length: count }, () => make(() => this.#word(id)));
  }

  #next(id: number): BtfType {
    const start = this.#at;
    this.#bytes.part(start, TYPE_SIZE, `type ${id}`);
    const nameAt = this.#word(id);
    const info = this.#word(id);
    const value = this.#word(id);
    const kind = BTF_KINDS[(info >>> 24) & 0x1f];
    const vlen = info & 0xffff;
    const flag = info >>> 31 === 1;
    const name = nameAt === 0 ? '' : this.#strings.at(nameAt, `type ${id}`);
    const string = (at: number): string => (at === 0 ? '' : this.#strings.at(at, `a part of type ${id}`));
    switch (kind) {
      case 'int': {
        const how = this.#word(id);
        return { kind, name, size: value, bits: how & 0xff, signed: ((how >>> 24) & 1) === 1 };
      }
      case 'ptr':
      case 'typedef':
      case 'volatile':
      case 'const':
      case 'restrict':
      case 'type_tag':
        return { kind, name, type: value };
      case 'func':
        return { kind, name, type: value, linkage: LINKAGES[vlen] ?? 'extern' };
      case 'array': {
        const [array] = this.#records(id, 1, 3, (word) => ({ of: word(), index: word(), count: word() }));
        return { kind, name, of: array!.of, count: array!.count };
      }
      case 'struct':
      case 'union': {
        const members = this.#records(id, vlen, 3, (word) => {
          const member = { name: string(word()), type: word() };
          const at = word();
          return flag
            ? { ...member, bitOffset: at & 0xff_ffff, bitSize: at >>> 24 }
            : { ...member, bitOffset: at, bitSize: 0 };
        });
        return { kind, name, size: value, members };
      }
      case 'enum': {
        const values = this.#records(id, vlen, 2, (word) => {
          const label = string(word());
          const bits = word();
          return { name: label, value: BigInt(flag ? bits | 0 : bits) };
        });
        return { kind, name, size: value, signed: flag, values };
      }
      case 'enum64': {
        const values = this.#records(id, vlen, 3, (word) => {
          const label = string(word());
          const low = word();
          const bits = (BigInt(word()) << 32n) | BigInt(low);
          return { name: label, value: flag ? BigInt.asIntN(64, bits) : bits };
        });
        return { kind, name, size: value, signed: flag, values };
      }
      case 'fwd':
        return { kind, name, isUnion: flag };
      case 'func_proto': {
        const parameters = this.#records(id, vlen, 2, (word) => ({ name: string(word()), type: word() }));
        return { kind, name, returns: value, parameters };
      }
      case 'var':
        this.#word(id);
        return { kind, name, type: value };
      case 'datasec': {
        const variables = this.#records(id, vlen, 3, (word) => ({
          type: word(),
          offset: word(),
          size: word(),
        }));
        return { kind, name, size: value, variables };
      }
      case 'float':
        return { kind, name, size: value };
      case 'decl_tag':
        this.#word(id);
        return { kind, name, type: value };
      default:
        throw this.#bytes.fail(start, `type ${id} is of kind ${(info >>> 24) & 0x1f}, which is not known`);
    }
  }
}

/** Reads `.BTF`; throws `InputError`. */
export const readBtf = (section: Section): Btf => readBtfBytes(sectionBytes(section, 'B1006'));

/**
 * Reads types as `.BTF` and the bpf system call have them (Documentation/bpf/btf.rst); throws `InputError`.
 * @internal
 */
export function readBtfBytes(bytes: Bytes): Btf {
  const magic = bytes.u16(BTF_HEADER.magic, 'the header');
  if (magic !== BTF_MAGIC) throw bytes.fail(0, `the magic number is 0x${magic.toString(16)}, not 0xeb9f`);
  const length = bytes.u32(BTF_HEADER.length, 'the header');
  const part = (off: number, len: number, what: string): Bytes =>
    bytes.within(length + bytes.u32(off, 'the header'), bytes.u32(len, 'the header'), what);
  const strings = new Strings(part(BTF_HEADER.strOff, BTF_HEADER.strLen, 'the strings'));
  const types = part(BTF_HEADER.typeOff, BTF_HEADER.typeLen, 'the types');
  return new Btf(new TypeReader(types, strings).all(), strings, types);
}
