import { type Diagnostic, warningAt } from '../text/diagnostic.js';
import type { Btf, BtfMember } from './btf.js';
import { malformed } from './malformed.js';
import type { MapShape, ObjectMap } from './object.js';
import { SpecialFields } from './special-fields.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface PlacedMap extends ObjectMap {
  /** Where it is declared: the index of its section, and the byte in it. */
  readonly section: number;
  readonly offset: number;
}

export interface DeclaredMap {
  readonly shape: MapShape;
  readonly inner: MapShape | undefined;
  /** Byte of the declaration at which its initial entries begin. */
  readonly valuesAt: number | undefined;
}

/** A map as its declaration gives it: a struct whose members' types carry the values. */
export class MapReader {
  readonly #btf: Btf;
  readonly #warnings: Diagnostic[];
  readonly #known = new Map<number, DeclaredMap>();
  readonly #fields: SpecialFields;

  constructor(btf: Btf, warnings: Diagnostic[]) {
    this.#btf = btf;
    this.#warnings = warnings;
    this.#fields = new SpecialFields(btf);
  }

  /** `__uint(field, n)` is a pointer to an array of n, `__ulong(field, n)` an enumerator. */
  #number(map: string, m: BtfMember): bigint {
    const { type } = this.#btf.strip(m.type);
    if (type.kind === 'ptr') {
      const array = this.#btf.strip(type.type).type;
      if (array.kind === 'array') return BigInt(array.count);
    } else if ((type.kind === 'enum' || type.kind === 'enum64') && type.values.length > 0)
      return type.values[0]!.value;
    throw malformed('B1008', `map \`${map}\`: \`${m.name}\` has no number`, `write \`__uint(${m.name}, N)\``);
  }

  /** `__type(field, T)` is a pointer to T. */
  #pointee(map: string, m: BtfMember): number {
    const { type } = this.#btf.strip(m.type);
    if (type.kind === 'ptr') return type.type;
    throw malformed('B1008', `map \`${map}\`: \`${m.name}\` names no type`, `write \`__type(${m.name}, T)\``);
  }

  #size(map: string, m: BtfMember, before: number): number {
    const size = this.#btf.sizeOf(this.#pointee(map, m));
    if (size === undefined)
      throw malformed('B1008', `map \`${map}\`: the size of its ${m.name} is not known`);
    if (before !== 0 && before !== size)
      throw malformed('B1008', `map \`${map}\`: ${m.name}_size is ${before}, its type has ${size} bytes`);
    return size;
  }

  /** What the entries of a map of maps are like. */
  #inner(map: string, m: BtfMember): MapShape | undefined {
    const { type } = this.#btf.strip(m.type);
    if (type.kind !== 'array') throw malformed('B1008', `map \`${map}\`: \`${m.name}\` is not an array`);
    const entry = this.#btf.strip(type.of).type;
    const pointee = entry.kind === 'ptr' ? this.#btf.strip(entry.type).type : entry;
    return pointee.kind === 'struct' ? this.#shape(`${map}.inner`, pointee, false).shape : undefined;
  }

  /** A map by the type of its variable. Maps often share one, and then what it says is read once. */
  declared(map: string, type: number): DeclaredMap {
    const { id, type: struct } = this.#btf.strip(type);
    if (struct.kind !== 'struct') throw malformed('B1008', `map \`${map}\` is not a struct`);
    const known = this.#known.get(id) ?? this.#shape(map, struct, true);
    this.#known.set(id, known);
    return known;
  }

  #shape(map: string, struct: { readonly members: readonly BtfMember[] }, mayNest: boolean): DeclaredMap {
    const shape: Mutable<MapShape> = {
      type: 0,
      keySize: 0,
      valueSize: 0,
      maxEntries: 0,
      flags: 0,
      extra: 0n,
      kernelFields: [],
    };
    let inner: MapShape | undefined;
    let valuesAt: number | undefined;
    const number = (m: BtfMember): number => {
      const value = this.#number(map, m);
      if (value < 0n || value > 0xffff_ffffn)
        throw malformed('B1008', `map \`${map}\`: ${m.name} ${value} does not fit in 32 bits`);
      return Number(value);
    };
    for (const m of struct.members) {
      switch (m.name) {
        case 'type':
          shape.type = number(m);
          break;
        case 'max_entries':
          shape.maxEntries = number(m);
          break;
        case 'map_flags':
          shape.flags = number(m);
          break;
        case 'map_extra':
          shape.extra = this.#number(map, m);
          break;
        case 'key_size':
          shape.keySize = number(m);
          break;
        case 'value_size':
          shape.valueSize = number(m);
          break;
        case 'key':
          shape.keySize = this.#size(map, m, shape.keySize);
          break;
        case 'value':
          shape.valueSize = this.#size(map, m, shape.valueSize);
          shape.kernelFields = this.#fields.of(this.#pointee(map, m));
          break;
        case 'values':
          valuesAt = m.bitOffset / 8;
          if (mayNest) inner = this.#inner(map, m);
          // libbpf: a map of maps or programs has numbers of 4 bytes.
          if (shape.keySize === 0) shape.keySize = 4;
          if (shape.valueSize === 0) shape.valueSize = 4;
          break;
        case 'pinning':
        case 'numa_node':
          break;
        default:
          this.#warnings.push(warningAt('B1011', `map \`${map}\`: the field \`${m.name}\` is not known`));
      }
    }
    if (shape.type === 0) throw malformed('B1008', `map \`${map}\` has no type`, 'write `__uint(type, …)`');
    return { shape, inner, valuesAt };
  }
}
