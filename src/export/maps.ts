import type { InnerMap } from '../kernel/map/definition.js';
import { BPF_F_NO_PREALLOC } from '../kernel/map/from-object.js';
import type { BpfMap } from '../kernel/map/storage.js';
import { mapTypeInfo } from '../kernel/map/types.js';
import { type BtfWriter, LINKAGE } from '../object/write/btf.js';
import type { MapAst } from '../syntax/lab-ast.js';
import { bytesType, integerType } from './types.js';

export interface MapToWrite {
  readonly ast: MapAst;
  readonly map: BpfMap;
}

interface PlacedMap {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  /** Of its variable. */
  readonly type: number;
}

/** Families whose keys and values can be described to the kernel as numbers and bytes; of others the sizes are said. */
const DESCRIBED: readonly string[] = ['hash', 'array', 'tasks'];

interface Member {
  readonly name: string;
  readonly type: number;
}

/** What a declaration says of a map in `__uint` and `__type`; `max_entries` may be left to whoever loads it. */
function membersOf(btf: BtfWriter, map: InnerMap, saysEntries: boolean): Member[] {
  const { type, keySize, valueSize, maxEntries } = map;
  const info = mapTypeInfo(type);
  const int = integerType(btf, 32, true);
  const number = (name: string, value: number) => ({ name, type: btf.pointer(btf.array(int, value)) });
  const isDescribed = DESCRIBED.includes(info.family) && !info.holdsMaps;
  const size = (name: string, bytes: number) =>
    isDescribed ? { name, type: btf.pointer(bytesType(btf, bytes)) } : number(`${name}_size`, bytes);
  return [
    number('type', info.number),
    ...(saysEntries ? [number('max_entries', maxEntries)] : []),
    ...(info.growsAsNeeded === true ? [number('map_flags', BPF_F_NO_PREALLOC)] : []),
    ...(keySize > 0 ? [size('key', keySize)] : []),
    ...(valueSize > 0 ? [size('value', valueSize)] : []),
  ];
}

/** Declares maps, one after the other. */
export function declareMaps(btf: BtfWriter, maps: readonly MapToWrite[]): PlacedMap[] {
  let offset = 0;
  return maps.map(({ ast, map: { definition } }) => {
    const isSaid = ast.fields.some((f) => f.name.name === 'max_entries');
    const members = membersOf(btf, definition, isSaid);
    const { inner } = definition;
    const values = inner && btf.array(btf.pointer(btf.pointers(membersOf(btf, inner, true))), 0);
    const { name } = ast.name;
    const type = btf.pointers(members, values === undefined ? undefined : { name: 'values', type: values });
    const placed = { name, offset, size: members.length * 8, type: btf.variable(name, type, LINKAGE.global) };
    offset += placed.size;
    return placed;
  });
}
