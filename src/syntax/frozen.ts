import type { Source, Span } from '../text/source.js';

/**
 * A tree of the parser as JSON, so that what ships with the program need not be parsed each time it starts. Spans
 * become `["@", start, length]`, where the start is counted from that of the span before: trees of functions that are
 * alike are alike then, and a page loads half as much. Integers of any size become `["#", "123"]`. Nothing in a tree is an
 * array that begins so.
 */
export type Frozen =
  | null
  | boolean
  | number
  | string
  | readonly Frozen[]
  | { readonly [member: string]: Frozen };

const isSpan = (value: object): value is Span => 'source' in value && 'start' in value && 'end' in value;

/** Where the last span began, in the order of the tree. */
interface Last {
  start: number;
}

/** The tree as JSON. Members that are undefined are left out. Throws for a value that JSON cannot hold. */
export const freeze = (value: unknown): Frozen => frozenAfter({ start: 0 }, value);

function frozenAfter(last: Last, value: unknown): Frozen {
  switch (typeof value) {
    case 'bigint':
      return ['#', String(value)];
    case 'boolean':
    case 'number':
    case 'string':
      return value;
    case 'object': {
      if (value === null) return null;
      if (Array.isArray(value)) return value.map((part) => frozenAfter(last, part));
      if (isSpan(value)) {
        const from = value.start - last.start;
        last.start = value.start;
        return ['@', from, value.end - value.start];
      }
      if (Object.getPrototypeOf(value) !== Object.prototype) break;
      const members = Object.entries(value).filter(([, v]) => v !== undefined);
      return Object.fromEntries(members.map(([name, v]) => [name, frozenAfter(last, v)]));
    }
    default:
  }
  throw new Error(`a tree holds a ${typeof value} that cannot be kept: ${String(value)}`);
}

/** The tree that was frozen; its spans are of `source`. The caller says what type it had. */
export const thaw = (frozen: Frozen, source: Source): unknown => thawedAfter({ start: 0 }, frozen, source);

function thawedAfter(last: Last, frozen: Frozen, source: Source): unknown {
  if (typeof frozen !== 'object' || frozen === null) return frozen;
  if (!isArray(frozen)) {
    const tree: Record<string, unknown> = {};
    for (const name in frozen) tree[name] = thawedAfter(last, frozen[name]!, source);
    return tree;
  }
  if (frozen[0] === '@') {
    last.start += frozen[1] as number;
    return { source, start: last.start, end: last.start + (frozen[2] as number) };
  }
  if (frozen[0] === '#') return BigInt(frozen[1] as string);
  return frozen.map((part) => thawedAfter(last, part, source));
}

const isArray = (frozen: Frozen): frozen is readonly Frozen[] => Array.isArray(frozen);
