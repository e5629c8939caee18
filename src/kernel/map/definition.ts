import type { Expr } from '../../syntax/ast.js';
import type { MapAst } from '../../syntax/lab-ast.js';
import { type Diagnostic, errorAt } from '../../text/diagnostic.js';
import { didYouMean } from '../../text/nearest.js';
import type { Span } from '../../text/source.js';

/** Kinds of maps, by the number `enum bpf_map_type` has for them. */
export const MAP_TYPES = { hash: 1, array: 2 } as const;
export type MapType = keyof typeof MAP_TYPES;

export interface MapDefinition {
  readonly name: string;
  readonly type: MapType;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly span: Span | undefined;
}

const FIELDS = ['key', 'value', 'max_entries'] as const;
type FieldName = (typeof FIELDS)[number];
/** Linux takes keys up to the size of a BPF stack and values up to what kmalloc gives. */
const LIMITS: Readonly<Record<FieldName, number>> = { key: 512, value: 1 << 20, max_entries: 1 << 20 };
/** All of a map has to fit into the emulated machine. */
export const LARGEST_MAP = 64 << 20;

const isMapType = (name: string): name is MapType => Object.hasOwn(MAP_TYPES, name);
const isField = (name: string): name is FieldName => (FIELDS as readonly string[]).includes(name);

/** Reads a map declaration; `evaluate` gives the value of a constant expression. */
export function defineMap(
  ast: MapAst,
  evaluate: (expr: Expr) => bigint,
  diagnostics: Diagnostic[],
): MapDefinition | undefined {
  const { name } = ast.type;
  const before = diagnostics.length;
  if (!isMapType(name)) {
    diagnostics.push(
      errorAt('B0403', `unknown map type \`${name}\``, {
        span: ast.type.span,
        expected: Object.keys(MAP_TYPES).join(', '),
        help: didYouMean(name, Object.keys(MAP_TYPES)),
      }),
    );
    return undefined;
  }
  const values = new Map<FieldName, number>();
  for (const field of ast.fields) {
    if (!isField(field.name.name)) {
      const help = didYouMean(field.name.name, FIELDS);
      diagnostics.push(
        errorAt('B0403', `a map has no field \`${field.name.name}\``, {
          span: field.name.span,
          expected: FIELDS.join(', '),
          help,
        }),
      );
      continue;
    }
    if (values.has(field.name.name))
      diagnostics.push(errorAt('B0403', `\`${field.name.name}\` stands twice`, { span: field.name.span }));
    const value = evaluate(field.value);
    const most = LIMITS[field.name.name];
    if (value < 1n || value > BigInt(most)) {
      diagnostics.push(
        errorAt('B0403', `\`${field.name.name}\` of map \`${ast.name.name}\` is ${value}`, {
          span: field.value.span,
          expected: `1 to ${most}`,
        }),
      );
    }
    values.set(field.name.name, Number(value));
  }
  const keySize = values.get('key') ?? (name === 'array' ? 4 : undefined);
  const valueSize = values.get('value');
  const maxEntries = values.get('max_entries');
  if (keySize === undefined || valueSize === undefined || maxEntries === undefined) {
    const missing = FIELDS.filter((f) => !values.has(f) && !(f === 'key' && name === 'array'));
    diagnostics.push(
      errorAt('B0403', `map \`${ast.name.name}\` lacks ${missing.join(' and ')}`, {
        span: ast.name.span,
        help: `write \`map ${ast.name.name} : ${name} { key 4, value 8, max_entries 1 }\``,
      }),
    );
    return undefined;
  }
  if (name === 'array' && keySize !== 4) {
    diagnostics.push(
      errorAt('B0403', 'the key of an array has 4 bytes', { span: ast.name.span, help: 'write `key 4`' }),
    );
  }
  if (maxEntries * (valueSize + keySize + 32) > LARGEST_MAP) {
    diagnostics.push(
      errorAt('B0607', `map \`${ast.name.name}\` needs more than ${LARGEST_MAP >> 20} MiB`, {
        span: ast.name.span,
        help: 'fewer or smaller entries',
      }),
    );
  }
  if (diagnostics.length > before) return undefined;
  return { name: ast.name.name, type: name, keySize, valueSize, maxEntries, span: ast.name.span };
}
