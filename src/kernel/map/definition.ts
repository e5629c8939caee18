import type { Expr } from '../../syntax/ast.js';
import type { MapAst } from '../../syntax/lab-ast.js';
import type { Findings } from '../../text/findings.js';
import { didYouMean } from '../../text/nearest.js';
import { formatRange } from '../../text/range.js';
import type { Span } from '../../text/source.js';
import { PAGE_SIZE } from '../model.js';
import { isMapType, type MapType, mapTypeInfo, mapTypeNames, type SizeRule } from './types.js';

/** A map that can be made: its numbers have been checked. A ring buffer has keys and values of 0 bytes. */
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

/** What a declaration says, wherever it comes from: a field that it leaves out is undefined. */
export interface MapFieldValues {
  readonly name: string;
  readonly type: MapType;
  readonly key?: bigint | undefined;
  readonly value?: bigint | undefined;
  readonly max_entries?: bigint | undefined;
  readonly span: Span | undefined;
  /** Not all of the declaration could be read: what seems to be missing may be there. */
  readonly isPartial?: boolean | undefined;
  /** Where each field is. */
  readonly spans?: Readonly<Partial<Record<FieldName, Span>>>;
}

/** Linux takes keys up to the size of a BPF stack and values up to what kmalloc gives. */
const LIMITS: Readonly<Record<FieldName, number>> = { key: 512, value: 1 << 20, max_entries: 1 << 20 };
/** Most bytes of a per-CPU value, rounded up to 8 (PCPU_MIN_UNIT_SIZE, the largest per-CPU allocation). */
const LARGEST_PERCPU_VALUE = 32 << 10;
/** All of a map has to fit into the emulated machine. */
const LARGEST_MAP = 64 << 20;

const isField = (name: string): name is FieldName => (FIELDS as readonly string[]).includes(name);

/** How a map of a type is declared, as an example. */
function example(name: string, type: MapType): string {
  const info = mapTypeInfo(type);
  const entries = info.family === 'ring' ? PAGE_SIZE : 1;
  const fields = [
    ...(info.key === 'given' ? ['key 4'] : []),
    ...(info.value === 'given' ? ['value 8'] : []),
    `max_entries ${entries}`,
  ];
  return `write \`map ${name} : ${type} { ${fields.join(', ')} }\``;
}

/** The rule for a field of a type: `max_entries` is always given. */
function ruleOf(type: MapType, field: FieldName): SizeRule {
  return field === 'max_entries' ? 'given' : mapTypeInfo(type)[field];
}

function mostOf(type: MapType, field: FieldName): number {
  const info = mapTypeInfo(type);
  if (field === 'max_entries' && info.family === 'ring') return LARGEST_MAP;
  return field === 'value' && info.perCpu ? LARGEST_PERCPU_VALUE : LIMITS[field];
}

/** The value of a field, or what is wrong with it. */
function checkField(said: MapFieldValues, field: FieldName, findings: Findings): number {
  const { name, type } = said;
  const value = said[field];
  const rule = ruleOf(type, field);
  const span = said.spans?.[field] ?? said.span;
  const wrong = (what: string, expected?: string): void => {
    const help = expected === undefined ? example(name, type) : undefined;
    findings.error('B0403', what, { span, expected, help });
  };
  if (rule === 'none') {
    if (value !== undefined && value !== 0n) wrong(`a map of type ${type} has no \`${field}\``);
    return 0;
  }
  if (value === undefined) return rule === 'given' ? 0 : rule.always;
  if (rule !== 'given') {
    if (value !== BigInt(rule.always))
      wrong(`the ${field} of a map of type ${type} has ${rule.always} bytes`);
    return rule.always;
  }
  const most = mostOf(type, field);
  const isRing = mapTypeInfo(type).family === 'ring';
  if (value < 1n || value > BigInt(most))
    wrong(`\`${field}\` of map \`${name}\` is ${value}`, formatRange(1, most));
  else if (isRing && (value % BigInt(PAGE_SIZE) !== 0n || (value & (value - 1n)) !== 0n)) {
    wrong(`a ring buffer of ${value} bytes`, `a power of two that is a multiple of ${PAGE_SIZE}`);
  }
  return Number(value);
}

/** A size that allows most of what can be done with a map whose own is not known. */
function placeholderSize(type: MapType, field: FieldName): number {
  if (field === 'max_entries') return mapTypeInfo(type).family === 'ring' ? PAGE_SIZE : 64;
  const rule = ruleOf(type, field);
  return rule === 'none' ? 0 : rule === 'given' ? 8 : rule.always;
}

/** A map in the place of one whose declaration is at fault: what is said of its elements would be said of a guess. */
export function placeholderMap(name: string, type: string, span: Span | undefined): MapDefinition {
  const known: MapType = isMapType(type) ? type : 'hash';
  const size = (field: FieldName): number => placeholderSize(known, field);
  return {
    ...{ name, type: known, span },
    ...{ keySize: size('key'), valueSize: size('value'), maxEntries: size('max_entries') },
  };
}

/**
 * Checks the numbers of a map as the kernel's map_alloc_check and map_alloc of its type do; undefined where something is
 * wrong, which is then among the diagnostics.
 */
export function checkMap(said: MapFieldValues, findings: Findings): MapDefinition | undefined {
  const before = findings.errors;
  const { name, type, span } = said;
  const [keySize, valueSize, maxEntries] = FIELDS.map((f) => checkField(said, f, findings)) as [
    number,
    number,
    number,
  ];
  const missing = FIELDS.filter((f) => said[f] === undefined && ruleOf(type, f) === 'given');
  if (missing.length > 0 && said.isPartial !== true) {
    const what = `map \`${name}\` lacks ${missing.join(' and ')}`;
    findings.error('B0403', what, { span, help: example(name, type) });
  }
  if (findings.errors > before) return undefined;
  const bytes = mapTypeInfo(type).family === 'ring' ? maxEntries : maxEntries * (valueSize + keySize + 48);
  if (bytes > LARGEST_MAP) {
    const what = `map \`${name}\` needs more than ${LARGEST_MAP >> 20} MiB`;
    findings.error('B0607', what, { span, help: 'fewer or smaller entries' });
    return undefined;
  }
  return { name, type, keySize, valueSize, maxEntries, span };
}

/** Reads a map declaration; `evaluate` gives the value of a constant expression. */
export function defineMap(
  ast: MapAst,
  evaluate: (expr: Expr) => bigint | undefined,
  findings: Findings,
): MapDefinition | undefined {
  const { name: type } = ast.type;
  if (!isMapType(type)) {
    findings.error('B0403', `unknown map type \`${type}\``, {
      span: ast.type.span,
      expected: mapTypeNames().join(', '),
      help: didYouMean(type, mapTypeNames()),
    });
    return undefined;
  }
  const values: Partial<Record<FieldName, bigint>> = {};
  const spans: Partial<Record<FieldName, Span>> = {};
  const before = findings.errors;
  for (const { name: field, value } of ast.fields) {
    if (!isField(field.name)) {
      const known = FIELDS.filter((f) => ruleOf(type, f) !== 'none');
      findings.error('B0403', `a map has no field \`${field.name}\``, {
        span: field.span,
        expected: known.join(', '),
        help: didYouMean(field.name, known),
      });
      continue;
    }
    if (values[field.name] !== undefined)
      findings.error('B0403', `\`${field.name}\` is given twice`, {
        span: field.span,
        help: 'leave one of them out',
      });
    const number = evaluate(value);
    values[field.name] = number ?? BigInt(placeholderSize(type, field.name));
    spans[field.name] = value.span;
  }
  const isPartial = ast.unread !== undefined;
  const said = { ...values, name: ast.name.name, type, span: ast.name.span, spans, isPartial };
  const checked = checkMap(said, findings);
  return findings.errors > before || isPartial ? undefined : checked;
}
