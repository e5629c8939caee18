import type { BaseActionDict, Grammar, MatchResult } from 'ohm-js';
import mnemonic from '#grammar/mnemonic.ohm-bundle.js';
import grammars from '#grammar/tinybpf.ohm-bundle.js';
import type { Source } from '../text/source.js';
import { placeCursor } from './cursor.js';
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

/**
 * A node of ohm's tree, seen where it is. Ohm shows its tree through the objects of a semantics only, two for each node,
 * and to make those takes a third of the time of the match; a test compares the two views.
 */
class View implements Node {
  readonly startIdx: number;
  readonly endIdx: number;
  readonly #input: string;
  readonly #cst: Cst;
  readonly #base: number;

  constructor(input: string, cst: Cst, start: number, base: number) {
    this.#input = input;
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
    return this.#input.slice(this.startIdx, this.endIdx);
  }

  get children(): View[] {
    const { children, childOffsets } = this.#cst;
    const views: View[] = [];
    if (children === undefined) return views;
    for (let i = 0; i < children.length; i += 1) {
      const child = children[i]!;
      const start = this.#base + childOffsets![i]!;
      views.push(new View(this.#input, child, start, child.isNonterminal() ? start : this.#base));
    }
    return views;
  }
}

/** The tree of a match that succeeded. Its nodes have their places in `source`, where the text begins at `offset`. */
export function treeOf(match: MatchResult, source: Source, offset: number): Node {
  const { _cst: cst, _cstOffset: start } = match as unknown as { _cst: Cst; _cstOffset: number };
  placeCursor(source, offset);
  return new View(match.input, cst, start, start);
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
