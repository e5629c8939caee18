import { type Extension, Prec, RangeSetBuilder, type Text } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view';
import { type Look, paintLine } from './language.js';

const marks = new Map<Look, Decoration>();
function markOf(look: Look): Decoration {
  const mark = marks.get(look) ?? Decoration.mark({ class: `tok-${look}` });
  marks.set(look, mark);
  return mark;
}

const nothing = (): void => {};

/** Paints the lines that are seen. */
class Painter {
  decorations: DecorationSet;
  /** Whether each line begins within a comment, as far as that is known: the first does not. */
  readonly #within = [false];

  constructor(view: EditorView) {
    this.decorations = this.#paint(view);
  }

  update({ docChanged, viewportChanged, changes, state, view }: ViewUpdate): void {
    if (!docChanged && !viewportChanged) return;
    if (docChanged) {
      let first = state.doc.length;
      changes.iterChangedRanges((_, __, from) => {
        first = Math.min(first, from);
      });
      this.#within.length = Math.min(this.#within.length, state.doc.lineAt(first).number);
    }
    this.decorations = this.#paint(view);
  }

  #isWithin(doc: Text, line: number): boolean {
    for (let known = this.#within.length; known < line; known += 1)
      this.#within.push(paintLine(doc.line(known).text, this.#within[known - 1]!, nothing));
    return this.#within[line - 1]!;
  }

  #paint({ state: { doc }, visibleRanges }: EditorView): DecorationSet {
    const builder = new RangeSetBuilder<Decoration>();
    let last = 0;
    for (const { from, to } of visibleRanges)
      for (let n = Math.max(last + 1, doc.lineAt(from).number); n <= doc.lines; n += 1) {
        const line = doc.line(n);
        if (line.from > to) break;
        last = n;
        paintLine(line.text, this.#isWithin(doc, n), (start, end, look) => {
          if (start < end) builder.add(line.from + start, line.from + end, markOf(look));
        });
      }
    return builder.finish();
  }
}

/** Colours for labs, within what marks more than a word. */
export const painted: Extension = Prec.high(
  ViewPlugin.fromClass(Painter, { decorations: (p) => p.decorations }),
);
