import type { BaseActionDict, FailedMatchResult, Grammar, MatchResult } from 'ohm-js';
import mnemonic from '#grammar/mnemonic.ohm-bundle.js';
import grammars from '#grammar/tinybpf.ohm-bundle.js';
import { type Source, type Span, span } from '../text/source.js';
import type { Node } from './node.js';

export const bpfGrammar: Grammar = grammars.BPF;
export const labGrammar: Grammar = grammars.Lab;
export const mnemonicGrammar: Grammar = mnemonic;

/** What ohm keeps of a match. Offsets are from the beginning of the innermost node that a rule made. */
interface Cst {
  readonly ctorName: string;
  readonly matchLength: number;
  readonly children?: readonly Cst[];
  readonly childOffsets?: readonly number[];
  isNonterminal(): boolean;
}

/** What was matched, and where in its source that begins. */
interface Matched {
  readonly input: string;
  readonly source: Source;
  readonly offset: number;
}

/**
 * A node of ohm's tree, seen where it is. Ohm shows its tree through the objects of a semantics only, two for each
 * node, and making those takes a third of the time of the match; a test compares the two views.
 */
class View implements Node {
  readonly startIdx: number;
  readonly endIdx: number;
  readonly #matched: Matched;
  readonly #cst: Cst;
  readonly #base: number;

  constructor(matched: Matched, cst: Cst, start: number, base: number) {
    this.#matched = matched;
    this.#cst = cst;
    this.#base = base;
    this.startIdx = start;
    this.endIdx = start + cst.matchLength;
  }

  get ctorName(): string {
    return this.#cst.ctorName;
  }

  get source(): this {
    return this;
  }

  get sourceString(): string {
    return this.#matched.input.slice(this.startIdx, this.endIdx);
  }

  /** Where the node is in the whole source. */
  get span(): Span {
    const { source, offset } = this.#matched;
    return span(source, offset + this.startIdx, offset + this.endIdx);
  }

  get children(): View[] {
    const { children, childOffsets } = this.#cst;
    const views: View[] = [];
    if (children === undefined) return views;
    for (let i = 0; i < children.length; i += 1) {
      const child = children[i]!;
      const start = this.#base + childOffsets![i]!;
      views.push(new View(this.#matched, child, start, child.isNonterminal() ? start : this.#base));
    }
    return views;
  }
}

/** What is to be seen of a match that succeeded, wherever its text is. */
interface Seen {
  readonly cst: Cst;
  readonly start: number;
}

function seen(match: MatchResult): Seen {
  const { _cst: cst, _cstOffset: start } = match as unknown as { _cst: Cst; _cstOffset: number };
  return { cst, start };
}

/** The tree of a match that succeeded. Its nodes have their places in `source`, where the text begins at `offset`. */
export function treeOf(match: MatchResult, source: Source, offset: number): Node {
  const { cst, start } = seen(match);
  return new View({ input: match.input, source, offset }, cst, start, start);
}

/** How many matches are remembered of a grammar, and how long a text may be for that. */
const MOST_REMEMBERED = 2048;
const LONGEST_REMEMBERED = 120;
const remembered = new Map<Grammar, Map<string, Seen>>();

function memoryOf(grammar: Grammar): Map<string, Seen> {
  const known = remembered.get(grammar);
  if (known !== undefined) return known;
  const made = new Map<string, Seen>();
  remembered.set(grammar, made);
  return made;
}

/**
 * The tree of a statement, or the match that failed. What a text matches depends on the text alone, so it is remembered:
 * most statements that are read have been read before, as when somebody changes a line of a lab.
 */
export function matched(
  grammar: Grammar,
  rule: string,
  { text, span: at }: { readonly text: string; readonly span: Span },
):
  | { readonly tree: Node; readonly failed?: undefined }
  | { readonly tree?: undefined; readonly failed: FailedMatchResult } {
  const memory = memoryOf(grammar);
  const key = `${rule} ${text}`;
  let found = memory.get(key);
  if (found === undefined) {
    const match = grammar.match(text, rule);
    if (match.failed()) return { failed: match };
    found = seen(match);
    if (memory.size >= MOST_REMEMBERED) memory.clear();
    if (text.length <= LONGEST_REMEMBERED) memory.set(key, found);
  }
  return {
    tree: new View({ input: text, source: at.source, offset: at.start }, found.cst, found.start, found.start),
  };
}

/** The span of a node of a tree in the whole source. Ohm's typings of an action know no nodes but its own. */
export function spanOf(node: Node): Span {
  if (node instanceof View) return node.span;
  throw new Error(`no tree of a source has this ${node.ctorName}`);
}

/** Reads a node with the action of its rule, or with that of its only child's where the rule has none. */
export function read<T>(actions: BaseActionDict<T>, node: Node): T {
  const known = actions as Readonly<Record<string, (this: Node, ...children: readonly Node[]) => T>>;
  const action = known[node.ctorName];
  const { children } = node;
  if (action !== undefined) return Reflect.apply(action, node, children);
  const [only, more] = children;
  if (only === undefined || more !== undefined) throw new Error(`nothing reads a ${node.ctorName}`);
  return read(actions, only);
}

/** The items of `ListOf` and of its like. */
export function list(node: Node): readonly Node[] {
  const [first, , rest] = node.children;
  if (node.ctorName.endsWith('emptyListOf')) return [first!, ...rest!.children];
  return node.ctorName === 'EmptyListOf' ? [] : list(first!);
}

/** The one node of an optional part, if it is there. */
export const only = (node: Node): Node | undefined => node.children[0];
