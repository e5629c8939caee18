import type { GuardWrite } from '../../lab/writes.js';
import { h, put } from '../dom.js';
import type { RunView } from '../protocol/protocol.js';
import type { StepChoice, StepCommand, StepView } from '../protocol/step.js';
import { legend } from '../timeline/legend.js';
import { zoomButtons } from '../timeline/timeline.js';
import { Viewport } from '../timeline/viewport.js';
import { type AnswerActions, AnswerBox } from './answer.js';
import { DataBox } from './data.js';
import { DifferenceLine } from './difference.js';
import { Pane } from './pane.js';
import type { Notes } from './scrubber.js';
import { Scrubber } from './scrubber.js';
import { sourceLinesView } from './source-lines.js';
import { StepPanel } from './step.js';

export interface ShownRunActions extends Omit<AnswerActions, 'show'> {
  /** The cursor is elsewhere. */
  readonly moved: () => void;
  /** Carries out a motion of the stepper; the message says why it cannot be. */
  readonly carryOut: (step: StepChoice) => Promise<StepView | string>;
  /** The stepper has gone to an instruction. */
  readonly stepped: (view: StepView) => void;
  /** Who wrote a value was asked for. */
  readonly wrote: (write: GuardWrite) => void;
  /** What is to be said beside the events. */
  readonly notesOn: (view: RunView | undefined) => Notes;
}

/** A run, beside another one if two guards are compared, with a cursor in it, and what is so there. */
export class ShownRun {
  /** What happened. */
  readonly element: HTMLElement;
  /** What is so at the cursor; nothing until something has run. */
  readonly moment: HTMLElement;
  readonly viewport = new Viewport();
  readonly scrubber: Scrubber;
  readonly #actions: ShownRunActions;
  readonly #answer: AnswerBox;
  readonly #pane: Pane;
  readonly #other: Pane;
  readonly #difference: DifferenceLine;
  readonly #place = h('div', { class: 'place-box' });
  readonly #steps: StepPanel;
  readonly #data = new DataBox();
  #cursor = 0;
  /** The event that shows what the run comes to. */
  #telling = 0;
  #differs: number | undefined;

  /** `above` is shown below the answer, and above the run. */
  constructor(actions: ShownRunActions, above: HTMLElement) {
    this.#actions = actions;
    const move = (event: number): void => this.move(event);
    const jump = (w: GuardWrite, column: number): void => this.#jump(w, column);
    this.#answer = new AnswerBox({ ...actions, show: move });
    this.#pane = new Pane(this.viewport, move, jump);
    this.#other = new Pane(this.viewport, move, jump);
    this.#other.element.hidden = true;
    this.#difference = new DifferenceLine(move);
    this.#steps = new StepPanel({
      cursor: () => this.#cursor,
      carryOut: actions.carryOut,
      moved: (view) => {
        this.move(Math.max(0, view.events - 1));
        actions.stepped(view);
      },
      holds: (view) => this.#data.show(view?.data),
    });
    this.scrubber = new Scrubber(
      move,
      zoomButtons(this.viewport, () => this.#cursor + 0.5),
    );
    this.element = h(
      'div',
      { class: 'shown-run' },
      this.#answer.element,
      above,
      this.scrubber.element,
      legend(),
      h('div', { class: 'panes' }, this.#pane.element, this.#other.element),
      // Of the run to compare with, below all that is there without it: nothing moves when one is chosen.
      this.#difference.element,
      this.#other.state,
    );
    this.moment = h(
      'div',
      { hidden: true },
      this.#pane.state,
      this.#place,
      this.#steps.element,
      this.#data.element,
    );
  }

  get view(): RunView | undefined {
    return this.#pane.view;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Whether the cursor is where it is put when nobody says where. */
  isAtFirst(event: number): boolean {
    return event === 0 && this.#telling === 0;
  }

  /** Shows a run with the cursor on an event; where none is given, on the one that shows what the run comes to. */
  show(view: RunView | undefined, other: RunView | undefined, at: number | undefined): void {
    this.#telling = this.#answer.show(view) ?? 0;
    const isStill = view !== undefined && view.events.length === 0;
    this.moment.hidden = view === undefined || isStill;
    this.moment.classList.toggle('still', isStill);
    this.#data.begin(view);
    this.#pane.show(view);
    this.#other.show(other, view);
    this.#steps.forget();
    this.#other.element.hidden = other === undefined;
    this.element.classList.toggle('comparing', other !== undefined);
    this.#differs = this.#difference.show(view, other);
    this.viewport.reset(this.#length, this.#pane.timeline.most);
    put(this.#place);
    this.#point(at ?? this.#telling);
  }

  /** There is nothing to compare with. */
  refuseOther(guard: string, why: string): void {
    this.#difference.refuse(guard, why);
  }

  /** What is shown will be of another run soon. */
  forget(): void {
    this.#steps.forget();
  }

  /** Puts the cursor on an event, or the nearest there is. */
  move(event: number): void {
    this.#point(event);
    this.#actions.moved();
  }

  step(command: StepCommand): void {
    void this.#steps.step(command);
  }

  /** Shows the moment at which so many instructions have been executed. */
  goTo(position: number): Promise<void> {
    return this.#steps.goTo(position);
  }

  get #length(): number {
    return Math.max(this.#pane.columns, this.#other.columns);
  }

  #point(event: number): void {
    const { view } = this;
    const events = view?.events ?? [];
    this.#cursor = Math.max(0, Math.min(event, this.#length - 1));
    const own = Math.min(this.#cursor, Math.max(0, events.length - 1));
    this.scrubber.show(events, own, this.#actions.notesOn(view));
    this.#pane.point(this.#cursor, this.#differs);
    this.#other.point(this.#cursor, this.#differs);
    this.viewport.reveal(this.#cursor);
    if (events.length > 0) void this.#steps.follow();
  }

  /** To what wrote a value: the event that came next, and the instruction. */
  #jump(w: GuardWrite, column: number): void {
    this.move(column);
    put(this.#place, sourceLinesView(w));
    this.#actions.wrote(w);
  }
}
