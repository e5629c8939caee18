import type { Address } from './address.js';
import { h } from './dom.js';
import type { OpenedFile } from './files.js';
import { helpAt } from './help/contents.js';
import { HelpPanel } from './panels/help.js';
import { Search } from './panels/search.js';

export interface GuideActions {
  readonly opened: (file: OpenedFile) => void;
  readonly pickGuard: (name: string) => void;
}

/** The help and the search: an address of the help is shown above the laboratory, which stays as it is. */
export class Guide {
  /** What lies above the page. */
  readonly element: HTMLElement;
  /** The ways in. */
  readonly links: readonly HTMLElement[];
  readonly search: Search;
  readonly #panel: HelpPanel;
  readonly #address: Address;
  /** Whether the laboratory is one step back. */
  #isAbove = false;

  constructor(address: Address, actions: GuideActions) {
    this.#address = address;
    this.#panel = new HelpPanel({
      close: () => this.#close(),
      opened: (file) => {
        this.#leave();
        actions.opened(file);
      },
    });
    this.element = this.#panel.element;
    this.search = new Search({
      go: (hash) => {
        address.flush();
        location.hash = hash;
      },
      pickGuard: actions.pickGuard,
    });
    const title = 'this page, the language, promises, diagnostics';
    const link = h('a', { href: '#help', title }, 'Help');
    link.addEventListener('click', () => address.flush());
    this.links = [link, this.search.element];
  }

  /** Whether an address asks for the help, or only leads back from it, so that the laboratory need do nothing. */
  takes(hash: string, isFirst: boolean): boolean {
    const place = helpAt(hash);
    if (place !== undefined) {
      if (!this.#panel.isOpen) this.#isAbove = !isFirst;
      this.#address.rest();
      this.#panel.show(place);
      return true;
    }
    if (!this.#panel.isOpen) return false;
    this.#panel.hide();
    return this.#address.resume();
  }

  #close(): void {
    if (this.#isAbove) history.back();
    else this.#leave();
  }

  /** The laboratory takes the place of the help. */
  #leave(): void {
    this.#panel.hide();
    this.#address.replace();
  }
}
