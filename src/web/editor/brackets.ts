import type { EditorState, Extension } from '@codemirror/state';
import { Decoration, type DecorationSet, ViewPlugin } from '@codemirror/view';

const PAIRS = ['()', '[]', '{}'] as const;
/** How far a bracket's other half is looked for. */
const FAR = 10_000;

/** Where the other half of a bracket is: undefined where there is none, or something else has to be closed first. */
function otherHalf(text: string, at: number): number | undefined {
  const pair = PAIRS.find((p) => p.includes(text[at]!));
  if (pair === undefined) return undefined;
  const step = text[at] === pair[0] ? 1 : -1;
  let depth = 0;
  for (let i = at; i >= 0 && i < text.length && Math.abs(i - at) < FAR; i += step) {
    if (text[i] === text[at]) depth += 1;
    else if (pair.includes(text[i]!)) depth -= 1;
    if (depth === 0) return i;
  }
  return undefined;
}

const MARK = Decoration.mark({ class: 'bracket' });

/** The bracket at the cursor and its other half. */
function bracketsAt({ doc, selection }: EditorState): DecorationSet {
  const { head, empty } = selection.main;
  if (!empty) return Decoration.none;
  const from = Math.max(0, head - FAR);
  const text = doc.sliceString(from, head + FAR);
  for (const at of [head - from - 1, head - from]) {
    const other = text[at] === undefined ? undefined : otherHalf(text, at);
    if (other !== undefined)
      return Decoration.set(
        [at, other].map((i) => MARK.range(from + i, from + i + 1)),
        true,
      );
  }
  return Decoration.none;
}

/** Marks the brackets that belong together where the cursor is. */
export const brackets: Extension = ViewPlugin.define(
  ({ state }) => ({
    marks: bracketsAt(state),
    update({ docChanged, selectionSet, state: now }) {
      if (docChanged || selectionSet) this.marks = bracketsAt(now);
    },
  }),
  { decorations: (p) => p.marks },
);
