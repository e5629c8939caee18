import type { MapSizeAst } from '../../syntax/lab-ast.js';
import { didYouMean } from '../../text/nearest.js';
import { isMapField, MAP_FIELDS } from '../map/definition.js';
import type { MapSize } from '../map/from-object.js';
import type { BootContext } from './context.js';
import type { ObjectUnit } from './objects.js';

/** Reports a size of what is not a map of an object. */
function refuseOthers(
  cx: BootContext,
  size: MapSize,
  maps: readonly string[],
  own: ReadonlySet<string>,
): boolean {
  if (maps.includes(size.map)) return true;
  if (cx.findings.doubts(size.map)) return false;
  const isOwn = own.has(size.map);
  const what = isOwn ? `\`${size.map}\` is not a map of an object` : `no object has a map \`${size.map}\``;
  cx.findings.error('B0407', what, {
    span: size.at,
    expected: maps.length === 0 ? 'an object with maps' : maps.join(', '),
    help: isOwn ? 'say its size where it is declared' : didYouMean(size.map, maps),
  });
  return false;
}

/**
 * The sizes that a lab says of maps of objects, as user space does before it loads them (bpf_map__set_max_entries), and
 * those that were given otherwise, which count more.
 */
export function mapSizes(
  cx: BootContext,
  declared: { readonly sizes: readonly MapSizeAst[]; readonly maps: readonly { name: { name: string } }[] },
  given: readonly MapSize[],
  objects: readonly ObjectUnit[],
): readonly MapSize[] {
  const said = declared.sizes.flatMap(({ name, fields }) =>
    fields.flatMap(({ name: field, value }): MapSize[] => {
      if (!isMapField(field.name)) {
        cx.findings.error('B0403', `a map has no size \`${field.name}\``, {
          span: field.span,
          expected: MAP_FIELDS.join(', '),
          help: didYouMean(field.name, MAP_FIELDS),
        });
        return [];
      }
      const number = cx.evaluate(value);
      if (number === undefined) cx.findings.doubt(name.name);
      const size = { map: name.name, field: field.name, at: name.span, span: value.span };
      return number === undefined ? [] : [{ ...size, value: number }];
    }),
  );
  const maps = objects.flatMap(({ object, prefix }) => object.maps.map((m) => `${prefix}${m.name}`));
  const own = new Set(declared.maps.map((m) => m.name.name));
  return [...said, ...given].filter((size) => refuseOthers(cx, size, maps, own));
}
