import { button, h, put } from '../dom.js';
import type { StepChoice, StepCommand, StepView } from '../protocol/step.js';

export interface StepActions {
  /** The event under the cursor. */
  readonly cursor: () => number;
  /** Carries out a command; the message says why it cannot be. */
  readonly carryOut: (step: StepChoice) => Promise<StepView | string>;
  /** The run is elsewhere now. */
  readonly moved: (view: StepView) => void;
}

const BUTTONS: readonly (readonly [StepCommand, string, string])[] = [
  ['reverse-stepi', '◀ step', 'one instruction back (Shift-S)'],
  ['stepi', 'step ▶', 'one instruction on (s)'],
  ['reverse-nexti', '◀ over', 'one instruction of this function back (Shift-O)'],
  ['nexti', 'over ▶', 'to the next instruction of this function (o)'],
  ['reverse-finish', '◀ out', 'back to the call of this function (Shift-F)'],
  ['finish', 'out ▶', 'until this function has returned (f)'],
];

const HINT = 'step goes on from the event under the cursor, as tinybpf step does';

/** Walks through the run instruction by instruction, in both directions, from where the cursor is. */
export class StepPanel {
  readonly element: HTMLElement;
  readonly #actions: StepActions;
  readonly #where = h('p', { class: 'status', role: 'status' }, HINT);
  readonly #listing = h('pre', {
    tabindex: 0,
    role: 'group',
    'aria-label': 'instructions',
    class: 'listing',
  });
  readonly #registers = h('pre', { tabindex: 0, role: 'group', 'aria-label': 'registers' });
  /** Where it is; undefined if the run has to be begun anew. */
  #at: StepView | undefined;
  /** Number of the run that is walked through: answers about earlier ones come too late. */
  #run = 0;
  #isBusy = false;

  constructor(actions: StepActions) {
    this.#actions = actions;
    this.element = h(
      'section',
      { class: 'steps' },
      h(
        'div',
        { class: 'controls' },
        h('h2', {}, 'Instructions'),
        ...BUTTONS.map(([command, label, title]) => button(label, title, () => void this.step(command))),
      ),
      this.#where,
      h('div', { class: 'code' }, this.#listing, this.#registers),
    );
  }

  /** Another run is shown, or will be: code and registers of the last one would be taken for its own. */
  forget(): void {
    this.#run += 1;
    this.#at = undefined;
    put(this.#where, HINT);
    put(this.#listing);
    put(this.#registers);
  }

  #busy(isBusy: boolean): void {
    this.#isBusy = isBusy;
    this.element.setAttribute('aria-busy', String(isBusy));
  }

  async step(command: StepCommand): Promise<void> {
    // Keys that repeat come faster than answers.
    if (this.#isBusy) return;
    this.#busy(true);
    const run = this.#run;
    const at = this.#at;
    const event = this.#actions.cursor();
    const isHere = at !== undefined && Math.max(0, at.events - 1) === event;
    const from = isHere ? { position: at.position } : { event };
    const found = await this.#actions.carryOut({ command, from });
    this.#busy(false);
    if (run !== this.#run) return;
    if (typeof found === 'string') {
      this.#at = undefined;
      put(this.#where, found);
      return;
    }
    this.#at = found;
    this.#show(found);
    this.#actions.moved(found);
  }

  #show({ where, at, listing, registers }: StepView): void {
    put(this.#where, at === undefined ? where : `${where} · ${at.file}:${at.line}`);
    put(
      this.#listing,
      ...listing.map(({ text, isHere }) =>
        h('span', { class: isHere ? 'here' : undefined }, `${isHere ? '=> ' : '   '}${text}\n`),
      ),
    );
    put(
      this.#registers,
      ...registers.map(({ text, changed }) =>
        h('span', { class: changed ? 'here' : undefined }, `${text}\n`),
      ),
    );
  }
}
