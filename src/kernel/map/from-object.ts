import type { ObjectMap } from '../../object/object.js';
import type { Findings } from '../../text/findings.js';
import type { Span } from '../../text/source.js';
import { checkMap, type MapDefinition } from './definition.js';
import { mapTypeByNumber, mapTypeNames } from './types.js';

/** A map of an object file, by the number of its type; held to the same rules as a declared one. */
export function definitionOfObjectMap(
  map: ObjectMap,
  name: string,
  span: Span | undefined,
  findings: Findings,
): MapDefinition | undefined {
  const type = mapTypeByNumber(map.type);
  if (type === undefined) {
    const message = `map \`${name}\` is of type ${map.type}, which this emulator does not have`;
    findings.error('B0403', message, { span, expected: mapTypeNames().join(', ') });
    return undefined;
  }
  const fields = {
    key: BigInt(map.keySize),
    value: BigInt(map.valueSize),
    max_entries: BigInt(map.maxEntries),
  };
  return checkMap({ name, type, ...fields, span }, findings);
}
