import { KIND, type Region, toAddress } from '../../machine/memory.js';
import { reserve } from '../boot-context.js';
import type { Kernel } from '../kernel.js';
import { MAP, MAP_OPS } from '../layout.js';
import { MAP_TYPES, type MapDefinition, type MapType } from './definition.js';
import { describeElement, initialiseElements, MapFields, mapBytes } from './elements.js';

/** Makes a map's structure and elements, and the symbol by which programs name it. */
export function createMap(kernel: Kernel, definition: MapDefinition): void {
  const { memory } = kernel;
  const structure = reserve(memory, `map ${definition.name}`, 'structure', MAP.size);
  memory.unpoison(structure.start, MAP.size, KIND.object);
  const fields = new MapFields(memory, structure.start);
  const describe: Region['describe'] = (offset) => describeElement(fields, definition, offset);
  const name = `the elements of map ${definition.name}`;
  const region = reserve(memory, name, 'map', mapBytes(definition), 8, describe);
  fields.set('map_type', MAP_TYPES[definition.type]);
  fields.set('key_size', definition.keySize);
  fields.set('value_size', definition.valueSize);
  fields.set('max_entries', definition.maxEntries);
  initialiseElements(memory, definition, fields, region);
  kernel.maps.set(definition.name, { definition, fields });
  const address = toAddress(structure.start);
  kernel.symbols.define(definition.name, { kind: 'address', address }, 'public');
}

/** How the kernel's functions for a kind of map are named: `htab_map_delete_elem`. */
const PREFIX: Readonly<Record<MapType, string>> = { hash: 'htab', array: 'array' };

/** Writes the tables of operations and points the maps at them; functions must have their addresses by then. */
export function writeMapOperations(kernel: Kernel): void {
  for (const type of Object.keys(MAP_TYPES) as MapType[]) {
    const ops = reserve(kernel.memory, `${PREFIX[type]}_map_ops`, 'structure', MAP_OPS.size);
    kernel.memory.unpoison(ops.start, MAP_OPS.size, KIND.object);
    for (const op of ['lookup', 'update', 'delete'] as const) {
      const fn = kernel.symbols.functionIndex(`${PREFIX[type]}_map_${op}_elem`);
      const field = MAP_OPS.fields[`map_${op}_elem`];
      kernel.memory.writeU64(ops.start + field.offset, kernel.machine.text.addressOf(fn));
    }
    for (const map of kernel.maps.values()) {
      if (map.definition.type !== type) continue;
      kernel.memory.writeU64(map.fields.at + MAP.fields.ops.offset, toAddress(ops.start));
    }
  }
}
