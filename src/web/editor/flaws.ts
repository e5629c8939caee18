import { type Extension, RangeSet, StateEffect, StateField, type Text } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  EditorView,
  GutterMarker,
  gutter,
  type KeyBinding,
} from '@codemirror/view';
import { h } from '../dom.js';
import type { Flaw } from '../protocol/protocol.js';

/** Milliseconds that a text has to rest before it is looked at. */
const REST = 300;

const setFlaws = StateEffect.define<readonly Flaw[]>();

/** Beside a line: the first of what is wrong there. */
class Mark extends GutterMarker {
  readonly #flaw: Flaw;
  constructor(flaw: Flaw) {
    super();
    this.#flaw = flaw;
  }
  override toDOM(): Node {
    const { severity, message } = this.#flaw;
    return h('span', { class: `flaw-mark ${severity}`, title: message }, '●');
  }
}

interface Shown {
  readonly marks: DecorationSet;
  readonly beside: RangeSet<GutterMarker>;
}

/** A range of at least a character, where there is one: nothing shorter can be seen. */
function rangeOf({ from = 0, to = from }: Flaw, doc: Text): { readonly from: number; readonly to: number } {
  const start = Math.min(from, doc.length);
  const end = Math.min(Math.max(to, start + 1), doc.length);
  return { from: Math.min(start, Math.max(0, end - 1)), to: end };
}

function shownOf(flaws: readonly Flaw[], doc: Text): Shown {
  const ranges = flaws.map((flaw) => ({ flaw, ...rangeOf(flaw, doc) }));
  const marks = ranges
    .filter(({ from, to }) => from < to)
    .map(({ flaw: { severity, message }, from, to }) =>
      Decoration.mark({ class: `flaw ${severity}`, attributes: { title: message } }).range(from, to),
    );
  const lines = new Map<number, Flaw>();
  for (const { flaw, from } of ranges) {
    const line = doc.lineAt(from).from;
    if (!lines.has(line) || flaw.severity === 'error') lines.set(line, flaw);
  }
  const beside = [...lines].map(([line, flaw]) => new Mark(flaw).range(line));
  return { marks: Decoration.set(marks, true), beside: RangeSet.of(beside, true) };
}

const shownFlaws = StateField.define<Shown>({
  create: () => ({ marks: Decoration.none, beside: RangeSet.empty }),
  update: ({ marks, beside }, { effects, changes, newDoc }) => {
    const found = effects.findLast((e) => e.is(setFlaws));
    if (found !== undefined) return shownOf(found.value as readonly Flaw[], newDoc);
    return { marks: marks.map(changes), beside: beside.map(changes) };
  },
  provide: (field) => EditorView.decorations.from(field, ({ marks }) => marks),
});

/** Selects what is wrong next, after the cursor or from the beginning. */
function goToNext(view: EditorView): boolean {
  const { marks } = view.state.field(shownFlaws);
  const { head } = view.state.selection.main;
  const starts: number[] = [];
  marks.between(0, view.state.doc.length, (from) => {
    starts.push(from);
  });
  const next = starts.find((from) => from > head) ?? starts[0];
  if (next === undefined) return false;
  view.dispatch({ selection: { anchor: next }, scrollIntoView: true });
  return true;
}

export const flawKeys: readonly KeyBinding[] = [{ key: 'F8', run: goToNext }];

/** What is wrong with a text, asked for when it rests and marked where it is. */
export class FlawMarks {
  readonly extension: Extension;
  readonly #check: (text: string) => Promise<readonly Flaw[]>;
  #timer: number | undefined;

  constructor(check: (text: string) => Promise<readonly Flaw[]>) {
    this.#check = check;
    this.extension = [
      shownFlaws,
      gutter({ class: 'flaw-gutter', markers: ({ state }) => state.field(shownFlaws).beside }),
      EditorView.updateListener.of(({ docChanged, view }) => {
        if (docChanged) this.checkLater(view);
      }),
    ];
  }

  checkLater(view: EditorView): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.check(view), REST);
  }

  /** Looks now; of a text that has changed meanwhile nothing is shown. */
  async check(view: EditorView): Promise<void> {
    clearTimeout(this.#timer);
    const { doc } = view.state;
    const flaws = await this.#check(doc.toString());
    if (view.state.doc === doc) view.dispatch({ effects: setFlaws.of(flaws) });
  }
}
