import type { Emitter } from './emitter.js';
import { ALL32, keyOf, type Value } from './values.js';

const boundOf = (v: Value): bigint | undefined =>
  v.kind === 'var' ? v.max : v.kind === 'const' && v.value <= ALL32 ? v.value : undefined;

/** One variable for what a register holds on two paths; undefined where it is not a small number on one of them. */
export function join(
  name: string,
  values: readonly [Value, Value],
  ways: readonly [Emitter, Emitter],
): Value | undefined {
  if (keyOf(values[0]) === keyOf(values[1]) && values[0].kind !== 'lost') return values[0];
  if (values[0].kind === 'lost' && values[1].kind === 'lost') return values[0];
  const bounds = values.map(boundOf);
  if (bounds.some((b) => b === undefined)) return undefined;
  values.forEach((v, i) => {
    const way = ways[i]!;
    if (v.kind === 'const') {
      way.touched.add(name);
      way.emit(`${name} = ${BigInt.asIntN(32, v.value)};`);
    } else way.own(name, v);
  });
  const max = bounds[0]! > bounds[1]! ? bounds[0]! : bounds[1]!;
  return { kind: 'var', name, max };
}
