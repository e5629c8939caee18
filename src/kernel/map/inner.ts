import type { ObjectMap } from '../../object/object.js';
import type { MapAst } from '../../syntax/lab-ast.js';
import type { Findings } from '../../text/findings.js';
import { didYouMean } from '../../text/nearest.js';
import type { Span } from '../../text/source.js';
import type { InnerMap, MapDefinition } from './definition.js';
import { definitionOfObjectMap, type ObjectMapPlace } from './from-object.js';
import { mapTypeInfo } from './types.js';

/** Reports a type of which no map can be in another (bpf_map_meta_alloc in kernel/bpf/map_in_map.c). */
function refuseInner(inner: InnerMap, span: Span | undefined, outer: string, findings: Findings): boolean {
  const { holdsMaps, family } = mapTypeInfo(inner.type);
  if (!holdsMaps && family !== 'pointers') return false;
  findings.error('B0403', `a map of type ${inner.type} cannot be in a map`, {
    span,
    notes: [`${outer} says so`],
  });
  return true;
}

/** A map of maps of a lab with what its maps are like: like the one that its field `inner` names. */
function withInner(
  map: MapDefinition,
  ast: MapAst,
  all: ReadonlyMap<string, MapDefinition>,
  findings: Findings,
): MapDefinition {
  if (!mapTypeInfo(map.type).holdsMaps) return map;
  const field = ast.fields.find((f) => f.name.name === 'inner');
  const named = field?.value.kind === 'name' ? all.get(field.value.name) : undefined;
  if (named === undefined) {
    const span = field?.value.span ?? ast.name.span;
    const what =
      field === undefined
        ? `map \`${map.name}\` does not say what its maps are like`
        : 'no map has this name';
    const help =
      field?.value.kind === 'name'
        ? didYouMean(field.value.name, all.keys())
        : 'write `inner MAP`, the name of a map that is like them';
    findings.error('B0403', what, { span, help });
    return map;
  }
  refuseInner(named, field?.value.span, `map \`${map.name}\``, findings);
  return { ...map, inner: named };
}

/** All maps, those of maps with what their maps are like. What could not be defined is left as it is. */
export function withInnerMaps(
  maps: readonly MapDefinition[],
  declared: readonly MapAst[],
  findings: Findings,
): readonly MapDefinition[] {
  const all = new Map(maps.map((m) => [m.name, m]));
  const asts = new Map(declared.map((ast) => [ast.name.name, ast]));
  return maps.map((map) => {
    const ast = asts.get(map.name);
    return ast === undefined || findings.doubts(map.name) ? map : withInner(map, ast, all, findings);
  });
}

/** The same of an object, which has that in its BTF. */
export function withObjectInner(
  map: MapDefinition,
  { inner }: ObjectMap,
  place: ObjectMapPlace,
  cpus: number,
  findings: Findings,
): MapDefinition {
  if (!mapTypeInfo(map.type).holdsMaps) return map;
  const { name, object, span } = place;
  if (inner === undefined) {
    const what = `map \`${name}\` of ${object} does not say what its maps are like`;
    const help =
      'write `__array(values, struct NAME)` in C, where `struct NAME` is how such a map is declared';
    findings.error('B0403', what, { span, help, notes: ['the kernel answers -EINVAL'] });
    return map;
  }
  const defined = definitionOfObjectMap(inner, { ...place, name: `${name}.inner` }, [], cpus, findings);
  if (defined === undefined || refuseInner(defined, span, `map \`${name}\` of ${object}`, findings))
    return map;
  return { ...map, inner: defined };
}
