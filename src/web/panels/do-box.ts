import { button, h, put } from '../dom.js';
import { aroundObject } from '../files.js';
import type { Flaw, RunView } from '../protocol/protocol.js';

/** An action that a diagnostic proposes. */
const PROPOSED = /`cpu 0 \{ (.*?) \}`/;

/** What is to happen in a lab that is only there for the programs of an object: there is nothing else in it to be changed. */
export class DoBox {
  readonly element = h('form', { class: 'do', hidden: true });
  readonly #actions = h('input', { id: 'do', autocomplete: 'off', spellcheck: 'false' });
  readonly #made = h('p', { class: 'quiet' });
  #text = '';

  /** `run` runs a lab that does what is asked for. */
  constructor(run: (text: string) => void) {
    put(
      this.element,
      h('label', { for: 'do', class: 'field' }, h('span', {}, 'what to do'), this.#actions),
      button('Do', 'run it (Enter)', () => this.element.requestSubmit()),
      this.#made,
    );
    this.element.addEventListener('submit', (e) => {
      e.preventDefault();
      const around = aroundObject(this.#text);
      if (around !== undefined) run(around.doing(this.#actions.value.trim()));
    });
  }

  /** The lab that is there. */
  show(text: string): void {
    this.#text = text;
    const around = aroundObject(text);
    this.element.hidden = around === undefined;
    if (around?.actions !== undefined) this.#actions.value = around.actions;
  }

  /** What was made for its programs, and what could be done with them where nothing is done yet. */
  ran(runs: readonly RunView[], flaws: readonly Flaw[]): void {
    put(this.#made, runs[0]?.made ?? '');
    const proposed = flaws.map(({ message }) => PROPOSED.exec(message)?.[1]).find((one) => one !== undefined);
    if (this.#actions.value.trim() === '') this.#actions.value = proposed ?? '';
  }
}
