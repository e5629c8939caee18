import { h } from '../dom.js';
import type { Answer, RunView } from '../protocol/protocol.js';
import { TextBox } from './text-box.js';

/** What `tinybpf run` prints for these runs, to the letter. */
function textOf(runs: readonly RunView[], timeline: boolean): string {
  return runs.map((run) => `${timeline ? run.timelineText : run.text}\n`).join('\n');
}

/** The text of a run as the command line has it: with the timeline if that is ticked. */
export class Output {
  readonly element: HTMLElement;
  readonly #box = new TextBox('what the command line prints', 'output');
  readonly #tree = h('input', { type: 'checkbox', id: 'tree' });
  #answer: Answer = { runs: [], flaws: [], text: '' };
  #name = 'tinybpf';

  /** `beside` is what else can be done with what has run. */
  constructor(...beside: readonly HTMLElement[]) {
    this.#tree.addEventListener('change', () => this.#draw());
    this.element = h(
      'section',
      { class: 'text' },
      h(
        'div',
        { class: 'controls' },
        h('h2', {}, 'Run as text'),
        h('label', { for: 'tree' }, this.#tree, ' with the timeline'),
        ...beside,
        ...this.#box.tools,
      ),
      this.#box.pre,
    );
  }

  show(answer: Answer, name: string): void {
    this.#answer = answer;
    this.#name = name;
    this.#draw();
  }

  #draw(): void {
    const { runs, text: trouble } = this.#answer;
    this.#box.show(textOf(runs, this.#tree.checked), this.#name, trouble);
  }
}
