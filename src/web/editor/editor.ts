import { history } from '@codemirror/commands';
import { EditorState } from '@codemirror/state';
import {
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { HIDDEN_IN_TEXT } from '../../text/shown.js';
import { h } from '../dom.js';
import type { Flaw } from '../protocol/protocol.js';
import { brackets } from './brackets.js';
import { FlawMarks, flawKeys } from './flaws.js';
import { editorKeys } from './keys.js';
import { painted } from './paint.js';
import { selected } from './selected.js';

export interface EditorOptions {
  readonly check: (text: string) => Promise<readonly Flaw[]>;
  readonly run: () => void;
  readonly changed: () => void;
}

/** The text of the lab. */
export class LabEditor {
  readonly element = document.createElement('div');
  readonly #view: EditorView;
  readonly #flaws: FlawMarks;
  readonly #extensions;

  constructor(options: EditorOptions) {
    this.element.className = 'editor';
    this.#flaws = new FlawMarks(options.check);
    this.#extensions = [
      lineNumbers(),
      EditorView.lineWrapping,
      this.#flaws.extension,
      history(),
      selected,
      // What cannot be seen, as everywhere else.
      highlightSpecialChars({
        specialChars: HIDDEN_IN_TEXT,
        render: (code, description) =>
          h('span', { class: 'cm-specialChar', title: description ?? '' }, String.fromCodePoint(code)),
      }),
      brackets,
      highlightActiveLine(),
      highlightActiveLineGutter(),
      painted,
      EditorState.languageData.of(() => [
        { commentTokens: { line: '//', block: { open: '/*', close: '*/' } } },
      ]),
      keymap.of([
        {
          key: 'Mod-Enter',
          run: () => {
            options.run();
            return true;
          },
        },
        ...flawKeys,
        ...editorKeys,
      ]),
      EditorView.contentAttributes.of({ 'aria-label': 'the lab’s text', tabindex: '0' }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) options.changed();
      }),
    ];
    this.#view = new EditorView({ parent: this.element, state: this.#state('') });
  }

  #state(text: string): EditorState {
    return EditorState.create({ doc: text, extensions: this.#extensions });
  }

  get text(): string {
    return this.#view.state.doc.toString();
  }

  /** Another text, with a history of its own; it is seen from an offset on. */
  load(text: string, from = 0): void {
    this.#view.setState(this.#state(text));
    this.#view.dispatch({ effects: EditorView.scrollIntoView(from, { y: 'start', yMargin: 0 }) });
    this.#flaws.checkLater(this.#view);
  }

  /** Looks again at what is wrong: a run has shown more. */
  recheck(): void {
    void this.#flaws.check(this.#view);
  }

  /** Selects a range and brings it into view, leaving the focus where it is. */
  select(from: number, to: number): void {
    const { length } = this.#view.state.doc;
    this.#view.dispatch({
      selection: { anchor: Math.min(from, length), head: Math.min(to, length) },
      effects: EditorView.scrollIntoView(Math.min(from, length), { y: 'center' }),
    });
  }

  /** Selects a line, counted from 1. */
  selectLine(line: number): void {
    const { doc } = this.#view.state;
    if (line > doc.lines) return;
    const { from, to } = doc.line(line);
    this.select(from, to);
  }

  focus(): void {
    this.#view.focus();
  }
}
