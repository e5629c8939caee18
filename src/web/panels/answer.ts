import { answerOf } from '../answer.js';
import { button, h, put } from '../dom.js';
import type { RunView } from '../protocol/protocol.js';
import { withNames } from './names.js';

export interface AnswerActions {
  readonly show: (event: number) => void;
  /** The next questions, where there is room for what answers them. */
  readonly next?: {
    /** Runs it beside another guard. */
    readonly another: () => void;
    readonly explore: () => void;
  };
}

/** What the run comes to, in a sentence, and the two questions that come next. */
export class AnswerBox {
  readonly element = h('div', { class: 'answer' });
  readonly #actions: AnswerActions;

  constructor(actions: AnswerActions) {
    this.#actions = actions;
  }

  /** Shows what a run comes to, and gives the event that shows it. */
  show(view: RunView | undefined): number | undefined {
    if (view === undefined) {
      this.element.className = 'answer';
      put(this.element);
      return undefined;
    }
    const { text, event, tone } = answerOf(view);
    const { next } = this.#actions;
    this.element.className = `answer ${tone}`;
    const counters = view.counters.map(({ program, runCnt, recursionMisses, linkMissed }) =>
      h(
        'span',
        { class: 'counter' },
        h('code', {}, program),
        ` run_cnt ${runCnt}`,
        h(
          'span',
          { class: recursionMisses > 0n ? 'bad' : undefined },
          ` recursion_misses ${recursionMisses}`,
        ),
        linkMissed > 0n ? h('span', { class: 'bad' }, ` link_missed ${linkMissed}`) : undefined,
      ),
    );
    put(
      this.element,
      h('p', { class: 'sentence' }, ...withNames(text)),
      h(
        'div',
        { class: 'controls' },
        ...counters,
        event === undefined
          ? undefined
          : button('show it', 'put the cursor on it', () => this.#actions.show(event)),
        ...(next === undefined
          ? []
          : [
              button('another guard', 'the same run under another guard, side by side', next.another),
              button('every schedule', 'try every order of tasks and interrupts (e)', next.explore),
            ]),
      ),
    );
    return event;
  }
}
