import type { Extension } from '@codemirror/state';
import { Decoration, type DecorationSet, type EditorView, ViewPlugin } from '@codemirror/view';

const MARK = Decoration.mark({ class: 'selected' });

/** Browsers show what is selected in what has the focus. */
function shownOf({ state, hasFocus }: EditorView): DecorationSet {
  const { from, to, empty } = state.selection.main;
  return empty || hasFocus ? Decoration.none : Decoration.set(MARK.range(from, to));
}

/** Shows what is selected while the focus is elsewhere: a value that is looked at selects what wrote it. */
export const selected: Extension = ViewPlugin.define(
  (view) => ({
    marks: shownOf(view),
    update({ docChanged, selectionSet, focusChanged }) {
      if (docChanged || selectionSet || focusChanged) this.marks = shownOf(view);
    },
  }),
  { decorations: (p) => p.marks },
);
