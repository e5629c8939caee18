import { button, h, put } from '../dom.js';
import { headline } from '../schedule-text.js';

/** The schedule that is carried out instead of the lab's own script. */
export class ScheduleBar {
  readonly element: HTMLElement;
  readonly #headline = h('span');
  readonly #text = h('textarea', { id: 'schedule', rows: 8, spellcheck: 'false', autocomplete: 'off' });

  /** `follow` carries out another one, or none. */
  constructor(follow: (schedule: string | undefined) => void) {
    this.element = h(
      'div',
      { class: 'schedule-bar', hidden: true },
      h('p', {}, h('strong', {}, 'Schedule: '), this.#headline),
      button('leave the schedule', 'run the lab as it is written', () => follow(undefined)),
      h(
        'details',
        {},
        h('summary', {}, 'turns'),
        h(
          'label',
          { for: 'schedule' },
          'whose turn it is, and for how many instructions; change it and replay',
        ),
        this.#text,
        button('replay', 'carry out the schedule', () => follow(this.#text.value)),
      ),
    );
  }

  show(schedule: string | undefined): void {
    this.element.hidden = schedule === undefined;
    put(this.#headline, schedule === undefined ? '' : headline(schedule));
    this.#text.value = schedule ?? '';
  }
}
