import { button, h, put, setAttribute } from '../dom.js';
import type { StepChoice, StepCommand, StepView } from '../protocol/step.js';

export interface StepActions {
  /** The event under the cursor. */
  readonly cursor: () => number;
  /** Carries out a command; the message says why it cannot be. */
  readonly carryOut: (step: StepChoice) => Promise<StepView | string>;
  /** The run is elsewhere now. */
  readonly moved: (view: StepView) => void;
  /** What memory holds where it is; undefined where that is not known. */
  readonly holds: (view: StepView | undefined) => void;
}

/** Each motion back and on: command, name of the button, what it does. */
const MOTIONS: readonly (readonly [string, ...(readonly [StepCommand, string, string, string])[]])[] = [
  [
    'step',
    ['reverse-stepi', '◀', '◀ step', 'one instruction back (Shift-S)'],
    ['stepi', '▶', 'step ▶', 'one instruction on (s)'],
  ],
  [
    'over',
    ['reverse-nexti', '◀', '◀ over', 'one instruction of this function back (Shift-O)'],
    ['nexti', '▶', 'over ▶', 'to the next instruction of this function (o)'],
  ],
  [
    'out',
    ['reverse-finish', '◀', '◀ out', 'back to the call of this function (Shift-F)'],
    ['finish', '▶', 'out ▶', 'until this function has returned (f)'],
  ],
];

const HINT = 'right after the event under the cursor';

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
  readonly #frames = h('p', { class: 'frames quiet' });
  readonly #registers = h('pre', {
    tabindex: 0,
    role: 'group',
    'aria-label': 'registers',
    class: 'registers',
  });
  /** Where it is; undefined if the run has to be begun anew. */
  #at: StepView | undefined;
  /** Number of the run that is walked through: answers about earlier ones come too late. */
  #run = 0;

  /** Done when all that was asked has been answered. */
  #answered: Promise<void> = Promise.resolve();
  #waiting = 0;
  #isStepping = false;
  #isFollowing = false;

  constructor(actions: StepActions) {
    this.#actions = actions;
    this.element = h(
      'section',
      { class: 'steps' },
      h(
        'div',
        { class: 'controls' },
        ...MOTIONS.map(([name, ...buttons]) => {
          const [back, on] = buttons.map(([command, label, full, title]) =>
            button(label, title, () => void this.step(command), { 'aria-label': full }),
          );
          return h('span', { class: 'group' }, back, name, on);
        }),
      ),
      this.#where,
      this.#frames,
      h('div', { class: 'code' }, this.#listing, this.#registers),
    );
  }

  /** Another run is shown, or will be: code and registers of the last one would be taken for its own. */
  forget(): void {
    this.#run += 1;
    this.#at = undefined;
    put(this.#where, HINT);
    put(this.#frames);
    put(this.#listing);
    put(this.#registers);
  }

  async step(command: StepCommand): Promise<void> {
    // Keys that repeat come faster than answers.
    if (this.#isStepping) return;
    this.#isStepping = true;
    const found = await this.#ask(() => ({ command, from: this.#isHere ? this.#position : this.#event }));
    this.#isStepping = false;
    if (found !== undefined) this.#actions.moved(found);
  }

  /** Shows where the run is at the cursor. One of several moves that come while an answer is awaited counts, the last. */
  async follow(): Promise<void> {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    await this.#ask(() => {
      this.#isFollowing = false;
      return this.#isHere ? undefined : { command: 'here', from: this.#event };
    });
  }

  /** Shows where the run is when so many instructions have been executed. */
  async goTo(position: number): Promise<void> {
    const found = await this.#ask(() => ({ command: 'here', from: { position } }));
    if (found !== undefined) this.#actions.moved(found);
  }

  /** Whether what is shown is where the cursor is; a motion goes on from there, else from the cursor. */
  get #isHere(): boolean {
    return this.#at !== undefined && Math.max(0, this.#at.events - 1) === this.#actions.cursor();
  }

  get #position(): StepChoice['from'] {
    return { position: this.#at!.position };
  }

  get #event(): StepChoice['from'] {
    return { event: this.#actions.cursor() };
  }

  /** Asks for something once what was asked before has been answered; nothing if nothing is to be asked by then. */
  #ask(choose: () => StepChoice | undefined): Promise<StepView | undefined> {
    const run = this.#run;
    this.#waiting += 1;
    this.element.setAttribute('aria-busy', 'true');
    const answer = this.#answered.then(async () => {
      const choice = choose();
      if (choice === undefined || run !== this.#run) return undefined;
      const found = await this.#actions.carryOut(choice);
      return run === this.#run ? this.#take(found) : undefined;
    });
    this.#answered = answer.then(() => {
      this.#waiting -= 1;
      this.element.setAttribute('aria-busy', String(this.#waiting > 0));
    });
    return answer;
  }

  #take(found: StepView | string): StepView | undefined {
    if (typeof found === 'string') {
      this.#at = undefined;
      put(this.#where, found);
      this.#actions.holds(undefined);
      return undefined;
    }
    this.#at = found;
    this.#show(found);
    this.#actions.holds(found);
    return found;
  }

  #show({ where, at, listing, registers, frames, below }: StepView): void {
    put(this.#where, at === undefined ? where : `${where} · ${at.file}:${at.line}`);
    put(
      this.#listing,
      ...listing.map(({ text, isHere }) =>
        h('span', { class: isHere ? 'here' : undefined, title: text }, `${isHere ? '=> ' : '   '}${text}\n`),
      ),
    );
    const under = [...frames.slice(1), ...below.map((b) => `(${b})`)];
    const callers = under.length === 0 ? '' : `called by ${under.join(' ← ')}`;
    put(this.#frames, callers);
    setAttribute(this.#frames, 'title', callers);
    const kept = registers.filter((r) => !r.isLost);
    const lost = registers.filter((r) => r.isLost).map((r) => r.name);
    put(
      this.#registers,
      ...kept.map(({ text, changed }) => h('span', { class: changed ? 'here' : undefined }, `${text}\n`)),
      lost.length === 0 ? '' : h('span', { class: 'quiet' }, `${lost.join(' ')} lost in a call`),
    );
  }
}
