import { firstDifference } from '../compare.js';
import { describeEvent } from '../describe-event.js';
import { button, h, put } from '../dom.js';
import type { RunView } from '../protocol/protocol.js';

/** Says where two runs differ first, and leads there. */
export class DifferenceLine {
  readonly element = h('div', { class: 'difference-line', hidden: true });
  readonly #move: (event: number) => void;

  constructor(move: (event: number) => void) {
    this.#move = move;
  }

  /** The first event of `view` in which they differ. */
  show(view: RunView | undefined, other: RunView | undefined): number | undefined {
    this.element.hidden = view === undefined || other === undefined;
    if (view === undefined || other === undefined) return undefined;
    const difference = firstDifference(view.events, other.events);
    if (difference === undefined) {
      put(this.element, `${view.guard} and ${other.guard} decide alike here.`);
      return undefined;
    }
    const [at, there] = difference;
    const said = (run: RunView, event: number): string => {
      const e = run.events[event];
      return `${run.guard}: ${e === undefined ? 'it is over' : describeEvent(e)}`;
    };
    put(
      this.element,
      button(`first difference: event ${at + 1}`, 'go there', () => this.#move(at)),
      h('p', {}, said(view, at)),
      h('p', {}, said(other, there)),
    );
    return at;
  }

  /** There is no second run. */
  refuse(guard: string, why: string): void {
    this.element.hidden = false;
    put(this.element, `${guard} cannot be compared:`, h('p', {}, why));
  }
}
