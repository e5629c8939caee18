import { h, put, setAttribute } from '../dom.js';
import { type Entry, found } from '../search.js';

export interface SearchActions {
  /** Goes to an address. */
  readonly go: (hash: string) => void;
  /** Chooses a guard for the lab that is there. */
  readonly pickGuard: (name: string) => void;
}

const optionId = (i: number): string => `found-${i}`;

/** A field that finds labs, guards, lessons, headings of the help and diagnostics: a combobox, as ARIA describes it. */
export class Search {
  readonly element: HTMLElement;
  readonly #actions: SearchActions;
  readonly #input = h('input', {
    id: 'search',
    type: 'search',
    role: 'combobox',
    placeholder: 'Search (/)',
    'aria-label': 'search labs, guards, lessons, help and diagnostics',
    'aria-expanded': 'false',
    'aria-controls': 'found',
    'aria-autocomplete': 'list',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  readonly #list = h('ul', { id: 'found', role: 'listbox', 'aria-label': 'what is found', hidden: true });
  readonly #none = h('p', { class: 'none', role: 'status', hidden: true });
  /** Loaded when the field is first entered. */
  #entries: Promise<readonly Entry[]> | undefined;
  #found: readonly Entry[] = [];
  #at = 0;

  constructor(actions: SearchActions) {
    this.#actions = actions;
    this.element = h('div', { class: 'search', role: 'search' }, this.#input, this.#list, this.#none);
    this.#input.addEventListener('focus', () => void this.#load());
    this.#input.addEventListener('input', () => void this.#ask());
    this.#input.addEventListener('keydown', (e) => this.#steer(e));
    this.#input.addEventListener('blur', () => this.#close());
    // Chosen before the field is left, which closes the list.
    this.#list.addEventListener('pointerdown', (e) => e.preventDefault());
    this.#list.addEventListener('click', (e) => {
      const option = e.target instanceof Element ? e.target.closest('li') : null;
      if (option !== null) this.#choose([...this.#list.children].indexOf(option));
    });
  }

  focus(): void {
    this.#input.focus();
    this.#input.select();
  }

  #load(): Promise<readonly Entry[]> {
    this.#entries ??= import('../help/entries.js').then(
      (loaded) => loaded.ENTRIES,
      () => {
        this.#entries = undefined;
        return [];
      },
    );
    return this.#entries;
  }

  async #ask(): Promise<void> {
    const asked = this.#input.value;
    const entries = await this.#load();
    if (asked !== this.#input.value) return;
    this.#found = found(entries, asked);
    this.#at = 0;
    put(this.#list, ...this.#found.map((entry, i) => this.#option(entry, i)));
    const isEmpty = asked.trim() === '';
    this.#list.hidden = this.#found.length === 0;
    this.#none.hidden = isEmpty || this.#found.length > 0;
    put(this.#none, entries.length === 0 ? 'the help could not be loaded' : 'nothing has all these words');
    setAttribute(this.#input, 'aria-expanded', String(!this.#list.hidden));
    this.#mark();
  }

  #option({ kind, name, title }: Entry, i: number): HTMLElement {
    return h(
      'li',
      { id: optionId(i), role: 'option' },
      h('span', { class: 'quiet' }, kind),
      h('span', {}, name === '' ? undefined : h('strong', {}, name), name === '' ? title : ` ${title}`),
    );
  }

  /** Shows which one Enter opens. */
  #mark(): void {
    [...this.#list.children].forEach((option, i) => {
      option.setAttribute('aria-selected', String(i === this.#at));
      if (i === this.#at) option.scrollIntoView({ block: 'nearest' });
    });
    if (this.#list.hidden) this.#input.removeAttribute('aria-activedescendant');
    else this.#input.setAttribute('aria-activedescendant', optionId(this.#at));
  }

  #steer(e: KeyboardEvent): void {
    const acts: Readonly<Record<string, () => void>> = {
      ArrowDown: () => this.#move(1),
      ArrowUp: () => this.#move(-1),
      Enter: () => this.#choose(this.#at),
      Escape: () => this.#clear(),
    };
    const act = acts[e.key];
    if (act === undefined || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    e.stopPropagation();
    act();
  }

  #move(by: number): void {
    const { length } = this.#found;
    if (length === 0) return;
    this.#at = (this.#at + by + length) % length;
    this.#mark();
  }

  #choose(i: number): void {
    const entry = this.#found[i];
    if (entry === undefined) return;
    this.#clear();
    if (entry.hash === undefined) this.#actions.pickGuard(entry.name);
    else this.#actions.go(entry.hash);
  }

  #clear(): void {
    this.#input.value = '';
    this.#found = [];
    this.#close();
  }

  #close(): void {
    this.#list.hidden = true;
    this.#none.hidden = true;
    setAttribute(this.#input, 'aria-expanded', 'false');
    this.#mark();
  }
}
