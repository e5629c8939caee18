import type { Expr } from '../../syntax/ast.js';
import type { MapAst } from '../../syntax/lab-ast.js';
import { warningAt } from '../../text/diagnostic.js';
import type { Findings } from '../../text/findings.js';
import { didYouMean } from '../../text/nearest.js';
import { formatRange } from '../../text/range.js';
import type { Span } from '../../text/source.js';
import { PAGE_SIZE } from '../model.js';
import {
  type EntriesRule,
  isMapType,
  MAX_STACK,
  type MapType,
  mapTypeInfo,
  mapTypeNames,
  type SizeRule,
} from './types.js';

/** What tells whether a map may be in a map of maps. */
export type InnerMap = Pick<MapDefinition, 'type' | 'keySize' | 'valueSize' | 'maxEntries'>;

/** A map that can be made: its numbers have been checked. A ring buffer has keys and values of 0 bytes. */
export interface MapDefinition {
  readonly name: string;
  readonly type: MapType;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** Of a perf event array the CPUs whose events it holds, of a hash map and of stack traces all CPUs, of storage of tasks how many there are. */
  readonly buffers: number;
  /** What the maps in it are like, of a map of maps. */
  readonly inner?: InnerMap;
  readonly span: Span | undefined;
}

const FIELDS = ['key', 'value', 'max_entries'] as const;
export type MapFieldName = (typeof FIELDS)[number];
type FieldName = MapFieldName;

/** What a declaration says, wherever it comes from: a field that it leaves out is undefined. */
export interface MapFieldValues {
  readonly name: string;
  readonly type: MapType;
  readonly key?: bigint | undefined;
  readonly value?: bigint | undefined;
  readonly max_entries?: bigint | undefined;
  readonly span: Span | undefined;
  /** The object file that declares it, in C: messages speak of that. */
  readonly object?: string | undefined;
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
/** What one of an object takes that would take more. */
const LARGE_OBJECT_MAP = 16 << 20;

export const isMapField = (name: string): name is FieldName => (FIELDS as readonly string[]).includes(name);
export const MAP_FIELDS: readonly MapFieldName[] = FIELDS;

/** How a map of a type is declared in a lab, as an example. */
function example(name: string, type: MapType): string {
  const info = mapTypeInfo(type);
  const entries = info.family === 'ring' ? PAGE_SIZE : 1;
  const fields = [
    ...(info.key === 'given' ? [`key ${info.keys === undefined ? 4 : 8}`] : []),
    ...(info.value === 'given' ? ['value 8'] : []),
    ...(info.entries === 'given' ? [`max_entries ${entries}`] : []),
    ...(info.holdsMaps ? ['inner MAP'] : []),
  ];
  return `write \`map ${name} : ${type} { ${fields.join(', ')} }\``;
}

/** What to write in C, or to say where the object is loaded, about a field. */
function exampleInC({ name }: MapFieldValues, field: FieldName, rule: FieldRule): string {
  const macro = field === 'max_entries' ? 'max_entries' : `${field}_size`;
  if (rule === 'none') {
    const typed = field === 'max_entries' ? '' : `, or \`__type(${field}, …)\`,`;
    return `leave \`__uint(${macro}, …)\`${typed} out of its declaration in C`;
  }
  if (typeof rule === 'object') return `write \`__uint(${macro}, ${rule.always})\` in C`;
  if (field !== 'max_entries') return `write \`__uint(${macro}, N)\` in C`;
  const said = 'if the program that loads it sets the size, say it here:';
  return `${said} \`--map ${name}=1024\`, or in a lab \`map ${name} max_entries 1024\``;
}

type FieldRule = SizeRule | EntriesRule;

/** The rule for a field of a type. */
function ruleOf(type: MapType, field: FieldName): FieldRule {
  const info = mapTypeInfo(type);
  return field === 'max_entries' ? info.entries : info[field];
}

function mostOf(type: MapType, field: FieldName): number {
  const info = mapTypeInfo(type);
  if (field === 'max_entries' && info.family === 'ring') return LARGEST_MAP;
  if (field === 'value' && info.family === 'stacks') return MAX_STACK * 8;
  if (field === 'key' && info.keys !== undefined) return info.keys[1];
  return field === 'value' && info.perCpu ? LARGEST_PERCPU_VALUE : LIMITS[field];
}

/** What the kernel answers who creates such a map. */
const KERNEL_REFUSES = 'the kernel answers -EINVAL';

/** The value of a field, or what is wrong with it. */
function checkField(said: MapFieldValues, field: FieldName, cpus: number, findings: Findings): number {
  const { name, type, object } = said;
  const rule = ruleOf(type, field);
  const { fillsIn } = mapTypeInfo(type);
  const value = fillsIn && said[field] === 0n ? undefined : said[field];
  const span = said.spans?.[field] ?? said.span;
  const wrong = (what: string, expected?: string): void => {
    if (object === undefined) {
      const help = expected === undefined ? example(name, type) : undefined;
      findings.error('B0403', what, { span, expected, help });
      return;
    }
    const isSaid = said.spans?.[field] !== undefined;
    const help = isSaid && expected !== undefined ? undefined : exampleInC(said, field, rule);
    const message = `map \`${name}\` of ${object}: ${what}`;
    findings.error('B0403', message, { span, expected, help, notes: [KERNEL_REFUSES] });
  };
  if (rule === 'none') {
    if (value !== undefined && value !== 0n) wrong(`a map of type ${type} has no \`${field}\``);
    return 0;
  }
  if (rule === 'cpus' && value === undefined) return cpus;
  if (value === undefined) return typeof rule === 'object' ? rule.always : 0;
  if (typeof rule === 'object') {
    if (value !== BigInt(rule.always))
      wrong(`the ${field} of a map of type ${type} has ${rule.always} bytes`);
    return rule.always;
  }
  const most = mostOf(type, field);
  const isRing = mapTypeInfo(type).family === 'ring';
  const least = field === 'key' ? (mapTypeInfo(type).keys?.[0] ?? 1) : 1;
  if (value < BigInt(least) || value > BigInt(most)) {
    const of = object === undefined ? ` of map \`${name}\`` : '';
    wrong(`\`${field}\`${of} is ${value}`, formatRange(least, most));
  } else if (field === 'value' && mapTypeInfo(type).family === 'stacks' && value % 8n !== 0n) {
    wrong(`\`value\` of a map of stack traces is ${value}`, 'a multiple of 8, as addresses have 8 bytes');
  } else if (isRing && (value % BigInt(PAGE_SIZE) !== 0n || (value & (value - 1n)) !== 0n)) {
    wrong(`a ring buffer of ${value} bytes`, `a power of two that is a multiple of ${PAGE_SIZE}`);
  }
  return Number(value);
}

/** A size that allows most of what can be done with a map whose own is not known. */
function placeholderSize(type: MapType, field: FieldName): number {
  if (field === 'max_entries') return mapTypeInfo(type).family === 'ring' ? PAGE_SIZE : 64;
  const rule = ruleOf(type, field);
  return typeof rule === 'object' ? rule.always : rule === 'none' ? 0 : 8;
}

/** A map in the place of one whose declaration is at fault: what is said of its elements would be said of a guess. */
export function placeholderMap(name: string, type: string, span: Span | undefined): MapDefinition {
  const known: MapType = isMapType(type) ? type : 'hash';
  const size = (field: FieldName): number => placeholderSize(known, field);
  return {
    ...{ name, type: known, span },
    ...{ keySize: size('key'), valueSize: size('value'), maxEntries: size('max_entries') },
    buffers: 1,
  };
}

/**
 * Checks the numbers of a map as the kernel's map_alloc_check and map_alloc of its type do; undefined where something is
 * wrong, which is then among the diagnostics.
 */
export function checkMap(said: MapFieldValues, cpus: number, findings: Findings): MapDefinition | undefined {
  const before = findings.errors;
  const { name, type, span } = said;
  const [keySize, valueSize, maxEntries] = FIELDS.map((f) => checkField(said, f, cpus, findings)) as [
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
  const { family } = mapTypeInfo(type);
  const entry =
    family === 'ring' ? 1 : family === 'perf' || family === 'tasks' ? 0 : valueSize + keySize + 48;
  const buffers =
    family === 'perf' ? Math.min(maxEntries, cpus) : family === 'hash' || family === 'stacks' ? cpus : 0;
  const whole = { name, type, keySize, valueSize, maxEntries, buffers, span };
  const bytes = maxEntries * entry;
  if (bytes > LARGEST_MAP && said.object !== undefined && family !== 'ring') {
    const fitting = Math.max(1, Math.floor(LARGE_OBJECT_MAP / entry));
    findings.add(
      warningAt(
        'B0607',
        `map \`${name}\` of ${said.object} has room for ${fitting} of its ${maxEntries} entries here`,
        {
          ...(span && { span }),
          help: `\`--map ${name}=N\` asks for fewer`,
        },
      ),
    );
    return { ...whole, maxEntries: fitting };
  }
  if (bytes > LARGEST_MAP) {
    const what = `map \`${name}\` needs more than ${LARGEST_MAP >> 20} MiB`;
    findings.error('B0607', what, { span, help: 'fewer or smaller entries' });
    return undefined;
  }
  return whole;
}

/** Reads a map declaration; `evaluate` gives the value of a constant expression. */
export function defineMap(
  ast: MapAst,
  evaluate: (expr: Expr) => bigint | undefined,
  cpus: number,
  findings: Findings,
): MapDefinition | undefined {
  const { name: type } = ast.type;
  if (!isMapType(type)) {
    const help = didYouMean(type, mapTypeNames());
    findings.error('B0403', `unknown map type \`${type}\``, {
      span: ast.type.span,
      expected: help ? undefined : mapTypeNames().join(', '),
      help,
    });
    return undefined;
  }
  const values: Partial<Record<FieldName, bigint>> = {};
  const spans: Partial<Record<FieldName, Span>> = {};
  const before = findings.errors;
  for (const { name: field, value } of ast.fields) {
    if (field.name === 'inner' && mapTypeInfo(type).holdsMaps) continue;
    if (!isMapField(field.name)) {
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
  const checked = checkMap(said, cpus, findings);
  return findings.errors > before || isPartial ? undefined : checked;
}
