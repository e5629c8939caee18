import type { LabEvent } from '../../lab/events.js';
import { describeEvent, isRefusal } from '../describe-event.js';
import { button, h, put, setAttribute } from '../dom.js';

export interface Notes {
  /** A remark on how many events there are. */
  readonly note: string;
  /** A remark on the last one. */
  readonly ending: string;
}

/** Goes through the events one by one, forwards and backwards. */
export class Scrubber {
  readonly element: HTMLElement;
  readonly #range = h('input', { type: 'range', min: 0, max: 0, value: 0, step: 1, 'aria-label': 'event' });
  readonly #where = h('p', { class: 'where' });
  readonly #what = h('p', { class: 'what' });
  readonly #move: (event: number) => void;
  #events: readonly LabEvent[] = [];
  #cursor = 0;
  /** Whether events differ in time: in a schedule the clock stands still. */
  #isTimed = false;

  constructor(move: (event: number) => void, ...more: readonly HTMLElement[]) {
    this.#move = move;
    this.#range.addEventListener('input', () => move(Number(this.#range.value)));
    this.element = h(
      'div',
      { class: 'scrubber' },
      h(
        'div',
        { class: 'controls' },
        h(
          'span',
          { class: 'group' },
          button('|◀', 'to the first event (Home)', () => move(0), { 'aria-label': 'first event' }),
          button('◀', 'one event back (←)', () => this.step(-1), { 'aria-label': 'one event back' }),
          button('▶', 'one event on (→)', () => this.step(1), { 'aria-label': 'one event on' }),
          button('▶|', 'to the last event (End)', () => move(Infinity), { 'aria-label': 'last event' }),
        ),
        this.#range,
        h(
          'span',
          { class: 'group' },
          button('✗◀', 'to the refusal before (p)', () => this.refusal(-1), {
            'aria-label': 'refusal before',
          }),
          button('✗▶', 'to the next refusal (n)', () => this.refusal(1), { 'aria-label': 'next refusal' }),
        ),
        ...more,
      ),
      this.#where,
      this.#what,
    );
  }

  focus(): void {
    this.#range.focus();
  }

  step(by: number): void {
    this.#move(this.#cursor + by);
  }

  refusal(direction: 1 | -1): void {
    for (let i = this.#cursor + direction; i >= 0 && i < this.#events.length; i += direction) {
      if (!isRefusal(this.#events[i]!)) continue;
      this.#move(i);
      return;
    }
  }

  show(events: readonly LabEvent[], cursor: number, { note, ending }: Notes): void {
    if (this.#events !== events) this.#isTimed = events.some((e) => e.time !== events[0]!.time);
    this.#events = events;
    this.#cursor = cursor;
    const e = events[cursor];
    this.#range.max = String(Math.max(0, events.length - 1));
    this.#range.value = String(cursor);
    this.#range.disabled = events.length === 0;
    this.#what.classList.toggle('refusal', e !== undefined && isRefusal(e));
    if (e === undefined) {
      put(this.#where, 'no events');
      put(this.#what, '\u00a0');
      return;
    }
    const what = describeEvent(e);
    const time = this.#isTimed ? ` · ${e.time} ns` : '';
    const end = cursor === events.length - 1 ? ending : '';
    put(
      this.#where,
      `event ${cursor + 1} of ${events.length}${note}${time} · CPU ${e.cpu} · ${e.task}${end}`,
    );
    put(this.#what, what);
    setAttribute(this.#range, 'aria-valuetext', `${cursor + 1} of ${events.length}: ${what}`);
  }
}
