import type { GuardWrite } from '../../lab/writes.js';
import { columnsBeside } from '../compare.js';
import { h, put } from '../dom.js';
import type { RunView } from '../protocol/protocol.js';
import { Timeline } from '../timeline/timeline.js';
import type { Viewport } from '../timeline/viewport.js';
import { indexWrites, stateTable, type WriteIndex } from './state.js';

/** One run: its timeline, and what its guard decides by at the cursor. */
export class Pane {
  readonly timeline: Timeline;
  readonly element: HTMLElement;
  /** What its guard decides by at the cursor. */
  readonly state = h('div', {
    class: 'state-box',
    tabindex: 0,
    role: 'group',
    'aria-label': 'what guards decide by',
  });
  readonly #jump: (w: GuardWrite, column: number) => void;
  #view: RunView | undefined;
  #index: WriteIndex = new Map();
  /** Of each event. */
  #columns: readonly number[] = [];

  constructor(
    viewport: Viewport,
    move: (event: number) => void,
    jump: (w: GuardWrite, column: number) => void,
  ) {
    this.timeline = new Timeline(viewport, move);
    this.#jump = jump;
    this.element = h('div', { class: 'pane' }, this.timeline.element);
  }

  get view(): RunView | undefined {
    return this.#view;
  }

  /** How many columns it takes. */
  get columns(): number {
    return (this.#columns.at(-1) ?? -1) + 1;
  }

  /** Shows a run, and beside another one so that what is compared is aligned. */
  show(view: RunView | undefined, beside?: RunView): void {
    this.#view = view;
    this.state.hidden = view === undefined;
    this.#index = indexWrites(view?.writes ?? []);
    const events = view?.events ?? [];
    this.#columns = beside === undefined ? events.map((_, i) => i) : columnsBeside(events, beside.events);
    this.timeline.show(view, this.#columns);
  }

  point(cursor: number, difference: number | undefined): void {
    this.timeline.point(cursor, difference);
    const view = this.#view;
    if (view === undefined || view.events.length === 0) {
      put(this.state);
      return;
    }
    const at = Math.max(
      0,
      this.#columns.findLastIndex((column) => column <= cursor),
    );
    const jump = (w: GuardWrite): void =>
      this.#jump(w, this.#columns[Math.min(w.event, view.events.length - 1)]!);
    put(this.state, stateTable(view, this.#index, at, jump));
  }
}
