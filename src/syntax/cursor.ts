import { type Source, type Span, span } from '../text/source.js';
import type { Node } from './node.js';

/**
 * Where the statement being turned into a tree lies in its source. Ohm's semantic actions take no argument of ours
 * without every rule passing it on, so the place is set once before a (synchronous) walk and read by the actions.
 */
let source: Source = { name: '', text: '' };
let base = 0;

export function placeCursor(at: Source, offset: number): void {
  source = at;
  base = offset;
}

/** The span of a grammar node, in the whole source. */
export function spanOf(node: Node): Span {
  return span(source, base + node.source.startIdx, base + node.source.endIdx);
}
