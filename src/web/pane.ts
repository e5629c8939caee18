import type { GuardWrite } from '../lab/writes.js';
import { h, put } from './dom.js';
import type { RunView } from './protocol.js';
import { indexWrites, stateTable, type WriteIndex } from './state.js';
import { Timeline } from './timeline/timeline.js';
import type { Viewport } from './timeline/viewport.js';

/** One run: its timeline, and what its guard decides by at the cursor. */
export class Pane {
  readonly timeline: Timeline;
  readonly element: HTMLElement;
  readonly #state = h('div', { class: 'state-box' });
  readonly #jump: (w: GuardWrite, view: RunView) => void;
  #view: RunView | undefined;
  #index: WriteIndex = new Map();

  constructor(
    viewport: Viewport,
    move: (event: number) => void,
    jump: (w: GuardWrite, view: RunView) => void,
  ) {
    this.timeline = new Timeline(viewport, move);
    this.#jump = jump;
    this.element = h('div', { class: 'pane' }, this.timeline.element, this.#state);
  }

  get view(): RunView | undefined {
    return this.#view;
  }

  show(view: RunView | undefined): void {
    this.#view = view;
    this.#index = indexWrites(view?.writes ?? []);
    this.timeline.show(view);
  }

  point(cursor: number, difference: number | undefined): void {
    this.timeline.point(cursor, difference);
    const view = this.#view;
    if (view === undefined || view.events.length === 0) {
      put(this.#state);
      return;
    }
    const at = Math.min(cursor, view.events.length - 1);
    put(
      this.#state,
      stateTable(view, this.#index, at, (w) => this.#jump(w, view)),
    );
  }
}
