import { BTF_HEADER, BTF_KINDS, BTF_MAGIC } from '../btf.js';
import { Buffer, StringTable } from './buffer.js';

type Kind = Exclude<(typeof BTF_KINDS)[number], 'void'>;

/** Of variables and functions (enum btf_func_linkage, BTF_VAR_*). */
export const LINKAGE = { static: 0, global: 1, extern: 2 } as const;
const HEADER_BYTES = 24;
const VERSION = 1;
const SIGNED = 1 << 24;

interface Head {
  readonly vlen?: number;
  /** A size, or a type. */
  readonly value?: number;
}

export interface PlacedVariable {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

/** Makes `.BTF` (Documentation/bpf/btf.rst): types in the order in which they are asked for, those that are the same once. */
export class BtfWriter {
  readonly strings = new StringTable();
  readonly #types = new Buffer();
  readonly #known = new Map<string, number>();
  #count = 0;

  /** The id of a type; what follows its head is in words. */
  #add(kind: Kind, name: string, { vlen = 0, value = 0 }: Head, ...words: readonly number[]): number {
    const key = `${kind} ${name} ${vlen} ${value} ${words.join(' ')}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#types.words(this.strings.at(name), (BTF_KINDS.indexOf(kind) << 24) | vlen, value, ...words);
    this.#count += 1;
    this.#known.set(key, this.#count);
    return this.#count;
  }

  /** An integer by its name in C. */
  integer(name: string, bytes: number, signed: boolean): number {
    return this.#add('int', name, { value: bytes }, (signed ? SIGNED : 0) | (bytes * 8));
  }

  pointer(to: number): number {
    return this.#add('ptr', '', { value: to });
  }

  array(of: number, count: number): number {
    const index = this.integer('unsigned int', 4, false);
    return this.#add('array', '', {}, of, index, count);
  }

  /** A structure of which only the name counts. */
  opaque(name: string): number {
    return this.#add('struct', name, {});
  }

  /** A structure without a name whose members are pointers, one after the other; an array of no elements may be its last. */
  pointers(
    members: readonly { readonly name: string; readonly type: number }[],
    last?: { readonly name: string; readonly type: number },
  ): number {
    const all = last === undefined ? members : [...members, last];
    const words = all.flatMap((m, i) => [this.strings.at(m.name), m.type, i * 64]);
    return this.#add('struct', '', { vlen: all.length, value: members.length * 8 }, ...words);
  }

  prototype(
    returns: number,
    parameters: readonly { readonly name: string; readonly type: number }[],
  ): number {
    const words = parameters.flatMap((p) => [this.strings.at(p.name), p.type]);
    return this.#add('func_proto', '', { vlen: parameters.length, value: returns }, ...words);
  }

  /** A function; its linkage takes the place of a number of members. */
  func(name: string, prototype: number, linkage: number): number {
    return this.#add('func', name, { vlen: linkage, value: prototype });
  }

  variable(name: string, type: number, linkage: number): number {
    return this.#add('var', name, { value: type }, linkage);
  }

  section(name: string, size: number, variables: readonly PlacedVariable[]): number {
    const words = variables.flatMap((v) => [v.type, v.offset, v.size]);
    return this.#add('datasec', name, { vlen: variables.length, value: size }, ...words);
  }

  /** The section's bytes. Its strings are complete when `.BTF.ext` is. */
  get bytes(): Uint8Array {
    const out = new Uint8Array(HEADER_BYTES + this.#types.length + this.strings.bytes.length);
    const view = new DataView(out.buffer);
    view.setUint16(BTF_HEADER.magic, BTF_MAGIC, true);
    view.setUint8(BTF_HEADER.version, VERSION);
    view.setUint32(BTF_HEADER.length, HEADER_BYTES, true);
    view.setUint32(BTF_HEADER.typeLen, this.#types.length, true);
    view.setUint32(BTF_HEADER.strOff, this.#types.length, true);
    view.setUint32(BTF_HEADER.strLen, this.strings.bytes.length, true);
    out.set(this.#types.bytes, HEADER_BYTES);
    out.set(this.strings.bytes, HEADER_BYTES + this.#types.length);
    return out;
  }
}
