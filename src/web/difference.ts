import { firstDifference } from './compare.js';
import { describeEvent } from './describe.js';
import { button, h, put } from './dom.js';
import type { RunView } from './protocol.js';

/** Says where two runs differ first, and leads there. */
export class DifferenceLine {
  readonly element = h('div', { class: 'difference-line', hidden: true });
  readonly #move: (event: number) => void;

  constructor(move: (event: number) => void) {
    this.#move = move;
  }

  /** The first event in which they differ. */
  show(view: RunView | undefined, other: RunView | undefined): number | undefined {
    this.element.hidden = view === undefined || other === undefined;
    if (view === undefined || other === undefined) return undefined;
    const at = firstDifference(view.events, other.events);
    if (at === undefined) {
      put(this.element, `${view.guard} and ${other.guard} decide alike here.`);
      return undefined;
    }
    const said = (run: RunView): string => {
      const e = run.events[at];
      return `${run.guard}: ${e === undefined ? 'it is over' : describeEvent(e)}`;
    };
    put(
      this.element,
      button(`first difference: event ${at + 1}`, 'go there', () => this.#move(at)),
      h('p', {}, said(view)),
      h('p', {}, said(other)),
    );
    return at;
  }

  /** There is no second run. */
  refuse(guard: string, why: string): void {
    this.element.hidden = false;
    put(this.element, `${guard} cannot be compared:`, h('p', {}, why));
  }
}
