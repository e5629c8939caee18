import { h } from '../dom.js';

/** What the middle of the page is about. */
const MODES = ['run', 'explore', 'cost'] as const;
export type Mode = (typeof MODES)[number];

const LABELS: Readonly<Record<Mode, string>> = { run: 'Run', explore: 'Explore', cost: 'Cost' };
const TITLES: Readonly<Record<Mode, string>> = {
  run: 'what happens when the lab runs as it is written',
  explore: 'what happens in every order of tasks and interrupts',
  cost: 'what guards cost on this processor',
};

export const isMode = (text: string): text is Mode => (MODES as readonly string[]).includes(text);

/** Tabs for the middle of the page; arrow keys go from one to the next, as in any list of tabs. */
export class Modes {
  readonly tabs: HTMLElement;
  readonly panels: Readonly<Record<Mode, HTMLElement>>;
  readonly #buttons: Readonly<Record<Mode, HTMLButtonElement>>;
  readonly #chosen: (mode: Mode) => void;
  #mode: Mode = 'run';

  constructor(content: Readonly<Record<Mode, readonly HTMLElement[]>>, chosen: (mode: Mode) => void) {
    this.#chosen = chosen;
    const of = <T>(make: (mode: Mode) => T): Record<Mode, T> => ({
      run: make('run'),
      explore: make('explore'),
      cost: make('cost'),
    });
    this.panels = of((mode) =>
      h(
        'div',
        {
          id: `mode-${mode}`,
          class: `mode mode-${mode}`,
          role: 'tabpanel',
          'aria-labelledby': `tab-${mode}`,
        },
        ...content[mode],
      ),
    );
    this.#buttons = of((mode) => {
      const tab = h(
        'button',
        {
          type: 'button',
          role: 'tab',
          id: `tab-${mode}`,
          'aria-controls': `mode-${mode}`,
          title: TITLES[mode],
        },
        LABELS[mode],
      );
      tab.addEventListener('click', () => this.choose(mode));
      tab.addEventListener('keydown', (e) => this.#turn(e));
      return tab;
    });
    this.tabs = h(
      'div',
      { class: 'tabs', role: 'tablist', 'aria-label': 'what is asked' },
      ...Object.values(this.#buttons),
    );
    this.mode = 'run';
  }

  get mode(): Mode {
    return this.#mode;
  }

  /** Shows a mode without saying so. */
  set mode(mode: Mode) {
    this.#mode = mode;
    for (const m of MODES) {
      this.panels[m].hidden = m !== mode;
      this.#buttons[m].setAttribute('aria-selected', String(m === mode));
      this.#buttons[m].tabIndex = m === mode ? 0 : -1;
    }
  }

  choose(mode: Mode): void {
    if (mode === this.#mode) return;
    this.mode = mode;
    this.#chosen(mode);
  }

  #turn(e: KeyboardEvent): void {
    const by = e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    e.preventDefault();
    e.stopPropagation();
    const next = MODES[(MODES.indexOf(this.#mode) + by + MODES.length) % MODES.length]!;
    this.choose(next);
    this.#buttons[next].focus();
  }
}
