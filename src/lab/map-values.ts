import type { Kernel } from '../kernel/kernel.js';
import { MAP } from '../kernel/layout.js';
import { numberBytes } from '../kernel/map/bytes.js';
import { type BpfMap, copiedBytes, round8 } from '../kernel/map/storage.js';
import type { MapTypeInfo } from '../kernel/map/types.js';
import type { Expr } from '../syntax/ast.js';
import type { ElementAst } from '../syntax/lab-ast.js';
import type { Findings } from '../text/findings.js';
import { didYouMean } from '../text/nearest.js';
import { checkFits, wideBytes } from './map-numbers.js';

/** How programs write to maps whose elements are records. */
const WRITERS: Readonly<Partial<Record<MapTypeInfo['family'], string>>> = {
  ring: 'bpf_ringbuf_output or bpf_ringbuf_reserve',
  perf: 'bpf_perf_event_output',
};

/** Refuses what is done with the elements of a map that has none, but records. */
export function isOfRecords(map: BpfMap, { span }: ElementAst, findings: Findings): boolean {
  const writers = WRITERS[map.info.family];
  if (writers === undefined) return false;
  const { name, type } = map.definition;
  const what = `\`${name}\` is a map of type ${type}, which has no keys`;
  findings.error('B0407', what, { span, help: `programs write records with ${writers}` });
  return true;
}

interface Numbers {
  readonly number: (expr: Expr) => bigint | undefined;
  readonly findings: Findings;
}

/** The number of a program that a value names. */
function programBytes(kernel: Kernel, map: BpfMap, value: Expr, findings: Findings): Uint8Array | undefined {
  const { name, valueSize } = map.definition;
  const program = value.kind === 'name' ? kernel.programs.get(value.name) : undefined;
  if (program !== undefined) return numberBytes(BigInt(program.id), valueSize);
  const programs = [...kernel.programs.keys()];
  const help = value.kind === 'name' ? didYouMean(value.name, programs) : undefined;
  const what = `\`${name}\` holds programs`;
  const expected = programs.length === 0 ? 'a program' : programs.join(', ');
  findings.error('B0407', what, { span: value.span, expected, help });
  return undefined;
}

/** Offset of the number of a map. */
const idOf = (map: BpfMap): number => map.at + MAP.fields.id.offset;

/** The number of a map that a value names. */
function mapBytes(kernel: Kernel, map: BpfMap, value: Expr, findings: Findings): Uint8Array | undefined {
  const inner = value.kind === 'name' ? kernel.maps.get(value.name) : undefined;
  if (inner !== undefined) return kernel.memory.u8.slice(idOf(inner), idOf(inner) + 4);
  const maps = [...kernel.maps.keys()];
  const help = value.kind === 'name' ? didYouMean(value.name, maps) : undefined;
  const what = `\`${map.definition.name}\` holds maps`;
  findings.error('B0407', what, { span: value.span, expected: maps.join(', '), help });
  return undefined;
}

/** The bytes that an update passes: a number, one for every CPU where each has a value, a program or a map. */
export function updateBytes(
  kernel: Kernel,
  map: BpfMap,
  value: Expr,
  bySyscall: boolean,
  { number, findings }: Numbers,
): Uint8Array | undefined {
  const { name, valueSize } = map.definition;
  if (map.info.holdsMaps) return mapBytes(kernel, map, value, findings);
  if (map.info.family === 'pointers') return programBytes(kernel, map, value, findings);
  const said = number(value);
  if (said !== undefined) checkFits(said, valueSize, `a value of ${name}`, value.span, findings);
  const one = wideBytes(said ?? 0n, valueSize);
  if (!bySyscall) return one;
  const all = new Uint8Array(copiedBytes(map.definition, kernel.cpus));
  for (let at = 0; at < all.length; at += round8(valueSize)) all.set(one, at);
  return all;
}
