import type { Span } from '../../text/source.js';
import { defineMap, type MapDefinition, placeholderMap } from '../map/definition.js';
import type { MapSize } from '../map/from-object.js';
import { withInnerMaps } from '../map/inner.js';
import { mapTypeInfo } from '../map/types.js';
import type { BootContext } from './context.js';
import type { Declared } from './declared.js';
import { mapSizes } from './map-sizes.js';
import { mapsOf, type ObjectUnit } from './objects.js';

/** The machine that maps are for, and what is said of their sizes besides what the lab says. */
interface MapSurroundings {
  readonly cpus: number;
  readonly tasks: readonly unknown[];
  readonly sizes?: readonly MapSize[];
}

/** The first of each name; that others have the same has been reported. */
export function unique<T extends { readonly name: string }>(all: readonly T[]): readonly T[] {
  return [...new Map([...all].reverse().map((one) => [one.name, one])).values()].reverse();
}

/** All maps to make: the lab's and its objects', with placeholders for those that something is wrong with. */
export function mapDefinitions(
  cx: BootContext,
  { cpus, tasks, sizes = [] }: MapSurroundings,
  declared: Declared,
  objects: readonly ObjectUnit[],
): readonly MapDefinition[] {
  const { findings } = cx;
  const placeholder = (name: string, type: string, span: Span | undefined): MapDefinition => {
    findings.doubt(name);
    return placeholderMap(name, type, span);
  };
  const given = mapSizes(cx, declared, sizes, objects);
  const defined = unique([
    ...declared.maps.map((m) => {
      const one = defineMap(m, (e) => cx.evaluate(e), cpus, findings);
      return one ?? placeholder(m.name.name, m.type.name, m.name.span);
    }),
    ...objects.flatMap((unit) =>
      mapsOf(cx, unit, given, cpus).map(
        ({ name, definition }) => definition ?? placeholder(name, '', unit.span),
      ),
    ),
  ]);
  // A task for each that the scenario has, two of each CPU, and init.
  const most = tasks.length + 2 * cpus + 1;
  return withInnerMaps(defined, declared.maps, findings).map((m) =>
    mapTypeInfo(m.type).family === 'tasks' ? { ...m, buffers: most } : m,
  );
}
