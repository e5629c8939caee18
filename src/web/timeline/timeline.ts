import { plural } from '../../text/numbers.js';
import { isRefusal } from '../describe-event.js';
import { button, h, put, s, setAttribute } from '../dom.js';
import type { RunView } from '../protocol/protocol.js';
import { drawScene, GUTTER, heightOf, ROW, topOf } from './draw.js';
import { type Picture, pictureOf } from './slices.js';
import type { Viewport } from './viewport.js';

/** Pixels that a column needs at least: refusals that are next to each other are two. */
const NARROWEST = 2;
/** Pixels the pointer may move before a click is a drag. */
const STILL = 4;

/** The drawing of one run. */
export class Timeline {
  readonly element: HTMLElement;
  readonly #heading = h('h2');
  /** Where there is more than is seen, nothing else would say so. */
  readonly #part = h('p', { class: 'quiet' });
  readonly #svg = s('svg', { role: 'img' });
  /** It scrolls where there are many lanes. */
  readonly #box = h('div', { class: 'timeline-box', tabindex: 0, role: 'group', 'aria-label': 'lanes' });
  readonly #viewport: Viewport;
  readonly #move: (event: number) => void;
  #picture: Picture = { slices: [], lanes: [] };
  #cursor = 0;
  #difference: number | undefined;
  #pending = false;
  /** Whether the cursor has moved since it was drawn. */
  #isMoved = false;

  constructor(viewport: Viewport, move: (event: number) => void) {
    this.#viewport = viewport;
    this.#move = move;
    this.#box.append(this.#svg);
    this.element = h(
      'section',
      { class: 'timeline' },
      h('div', { class: 'controls' }, this.#heading, this.#part),
      this.#box,
    );
    viewport.onChange(() => this.#schedule());
    new ResizeObserver(() => this.#schedule()).observe(this.#box);
    this.#listen();
  }

  /** As many columns as can be told apart. */
  get most(): number {
    return Math.floor((this.#width - GUTTER) / NARROWEST);
  }

  get #width(): number {
    return Math.max(200, this.#box.clientWidth);
  }

  /** Shows a run, each event in its column. */
  show(view: RunView | undefined, columns: readonly number[]): void {
    const events = view?.events ?? [];
    this.#picture = pictureOf(events, view?.cpus ?? 1, columns);
    this.#isMoved = true;
    const refusals = events.filter(isRefusal).length;
    const label =
      view === undefined
        ? 'nothing has run'
        : `guard ${view.guard}: ${events.length} events, ${plural(refusals, 'refusal')}`;
    put(this.#heading, label);
    setAttribute(this.#svg, 'aria-label', `timeline, ${label}`);
    this.#schedule();
  }

  point(cursor: number, difference: number | undefined): void {
    this.#isMoved ||= this.#cursor !== cursor;
    this.#cursor = cursor;
    this.#difference = difference;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#pending) return;
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      this.#draw();
    });
  }

  #draw(): void {
    const width = this.#width;
    const part = this.#viewport.part;
    put(
      this.#part,
      part === undefined ? '' : `events ${part.first + 1} to ${part.last + 1} of ${part.count} are seen`,
    );
    setAttribute(this.#svg, 'width', String(width));
    setAttribute(this.#svg, 'height', String(heightOf(this.#picture)));
    put(
      this.#svg,
      ...drawScene({
        picture: this.#picture,
        viewport: this.#viewport,
        width,
        cursor: this.#cursor,
        difference: this.#difference,
      }),
    );
    if (this.#isMoved) this.#reveal();
    this.#isMoved = false;
  }

  /** Scrolls to the row of what is under the cursor, as little as it takes. */
  #reveal(): void {
    const box = this.#box;
    const top = topOf(this.#picture, this.#cursor);
    if (top === undefined) return;
    box.scrollTop = Math.max(top + ROW - box.clientHeight, Math.min(box.scrollTop, top));
  }

  #columnAt(clientX: number): number {
    const { left } = this.#svg.getBoundingClientRect();
    return this.#viewport.from + ((clientX - left - GUTTER) / (this.#width - GUTTER)) * this.#viewport.span;
  }

  #listen(): void {
    let drag: { readonly x: number; readonly from: number; moved: boolean } | undefined;
    const box = this.#box;
    box.addEventListener('pointerdown', (e) => {
      if (e.button === 0) drag = { x: e.clientX, from: this.#viewport.from, moved: false };
    });
    box.addEventListener('pointermove', (e) => {
      if (drag === undefined || e.buttons === 0) return;
      if (!drag.moved && Math.abs(e.clientX - drag.x) < STILL) return;
      if (!drag.moved) box.setPointerCapture(e.pointerId);
      drag.moved = true;
      const columns = ((e.clientX - drag.x) / (this.#width - GUTTER)) * this.#viewport.span;
      this.#viewport.panTo(drag.from - columns);
    });
    box.addEventListener('click', (e) => {
      const moved = drag?.moved === true;
      drag = undefined;
      if (moved) return;
      const slice = (e.target as Element).closest('[data-from]')?.getAttribute('data-from');
      this.#move(
        slice === undefined || slice === null ? Math.floor(this.#columnAt(e.clientX)) : Number(slice),
      );
    });
    box.addEventListener(
      'wheel',
      (e) => {
        const sideways = e.shiftKey ? e.deltaY : e.deltaX;
        if (e.ctrlKey || e.metaKey) this.#viewport.zoom(e.deltaY > 0 ? 1.25 : 0.8, this.#columnAt(e.clientX));
        else if (sideways !== 0) this.#viewport.pan((sideways / this.#width) * this.#viewport.span);
        else return;
        e.preventDefault();
      },
      { passive: false },
    );
  }
}

/** Buttons for what the mouse wheel and keys do too. */
export function zoomButtons(viewport: Viewport, at: () => number): HTMLElement {
  return h(
    'span',
    { class: 'group' },
    button('−', 'zoom out (-)', () => viewport.zoom(1.5, at()), { 'aria-label': 'zoom out' }),
    button('+', 'zoom in (+)', () => viewport.zoom(1 / 1.5, at()), { 'aria-label': 'zoom in' }),
    button('fit', 'see all of it (0)', () => viewport.fit()),
  );
}
