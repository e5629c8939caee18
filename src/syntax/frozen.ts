import type { Source, Span } from '../text/source.js';

/**
 * A tree of the parser as JSON, so that what ships with the program need not be parsed each time it starts. Spans
 * become `["@", start, end]` and integers of any size `["#", "123"]`; nothing in a tree is an array that begins so.
 */
export type Frozen =
  | null
  | boolean
  | number
  | string
  | readonly Frozen[]
  | { readonly [member: string]: Frozen };

const isSpan = (value: object): value is Span => 'source' in value && 'start' in value && 'end' in value;

/** The tree as JSON. Members that are undefined are left out. Throws for a value that JSON cannot hold. */
export function freeze(value: unknown): Frozen {
  switch (typeof value) {
    case 'bigint':
      return ['#', String(value)];
    case 'boolean':
    case 'number':
    case 'string':
      return value;
    case 'object': {
      if (value === null) return null;
      if (Array.isArray(value)) return value.map(freeze);
      if (isSpan(value)) return ['@', value.start, value.end];
      if (Object.getPrototypeOf(value) !== Object.prototype) break;
      const members = Object.entries(value).filter(([, v]) => v !== undefined);
      return Object.fromEntries(members.map(([name, v]) => [name, freeze(v)]));
    }
    default:
  }
  throw new Error(`a tree holds a ${typeof value} that cannot be kept: ${String(value)}`);
}

/** The tree that was frozen; its spans are of `source`. The caller says what type it had. */
export function thaw(frozen: Frozen, source: Source): unknown {
  if (typeof frozen !== 'object' || frozen === null) return frozen;
  if (!isArray(frozen)) {
    const tree: Record<string, unknown> = {};
    for (const name in frozen) tree[name] = thaw(frozen[name]!, source);
    return tree;
  }
  if (frozen[0] === '@') return { source, start: frozen[1], end: frozen[2] };
  if (frozen[0] === '#') return BigInt(frozen[1] as string);
  return frozen.map((part) => thaw(part, source));
}

const isArray = (frozen: Frozen): frozen is readonly Frozen[] => Array.isArray(frozen);
