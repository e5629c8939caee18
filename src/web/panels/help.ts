import { button, h, put } from '../dom.js';
import { kindOf, type OpenedFile } from '../files.js';
import type { Article, Piece, Section } from '../help/article.js';
import { HELP_PAGES, type HelpPlace, helpAt, helpHash } from '../help/contents.js';
import { labNamed } from '../labs.js';

export interface HelpActions {
  /** Back to the laboratory. */
  readonly close: () => void;
  /** A text of the help is to be opened in the laboratory, as a file would be. */
  readonly opened: (file: OpenedFile) => void;
}

/** An element's, to which its address leads. */
const idOf = (page: string, { anchor }: Section): string => helpHash(page, anchor).slice(1);

/** A link to another page, in full: what is not in this document is nothing to be skipped to. */
const outOf = (hash: string): string => new URL(hash, location.href).href;

/** The address of the shipped lab that a command runs, if it runs one. */
function labOfCommand(text: string): string | undefined {
  const [, command, name = ''] =
    /^\$ npx tinybpf (run|explore)\b[^\n]* programs\/([\w/-]+)\.bpf/.exec(text) ?? [];
  if (labNamed(name) === undefined) return undefined;
  return `#lab=${name}${command === 'explore' ? '&mode=explore' : ''}`;
}

/** The pages of the help, above the laboratory. What they say is loaded when it is asked for. */
export class HelpPanel {
  readonly element = h('dialog', { class: 'help-pages', 'aria-label': 'help' });
  readonly #actions: HelpActions;
  readonly #pages = h('nav', { 'aria-label': 'pages of the help' });
  readonly #headings = h('nav', { class: 'headings', 'aria-label': 'headings of the page' });
  readonly #text = h('article', { tabindex: 0, 'aria-label': 'help' });
  #place: HelpPlace | undefined;
  /** The page that is drawn. */
  #drawn = '';

  constructor(actions: HelpActions) {
    this.#actions = actions;
    put(
      this.element,
      h(
        'div',
        { class: 'controls' },
        this.#pages,
        button('✕', 'back to the laboratory (Escape)', actions.close, {
          'aria-label': 'back to the laboratory',
        }),
      ),
      h('div', { class: 'pages' }, this.#headings, this.#text),
    );
    this.element.addEventListener('cancel', (e) => {
      e.preventDefault();
      actions.close();
    });
    this.element.addEventListener('click', (e) => this.#follow(e));
  }

  get isOpen(): boolean {
    return this.element.open;
  }

  hide(): void {
    this.element.close();
  }

  show(place: HelpPlace): void {
    this.#place = place;
    put(
      this.#pages,
      ...HELP_PAGES.map(({ name, title }) =>
        h('a', { href: helpHash(name), ...(name === place.page && { 'aria-current': 'page' }) }, title),
      ),
    );
    if (!this.isOpen) this.element.showModal();
    void this.#fill(place);
  }

  /** Links within the help lead to another place of it; the way back stays the way to the laboratory. */
  #follow(e: MouseEvent): void {
    if (e.defaultPrevented || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    const link = e.target instanceof Element ? e.target.closest('a') : null;
    const hash = link?.hash ?? '';
    const place = helpAt(hash);
    if (place === undefined) return;
    e.preventDefault();
    history.replaceState(null, '', hash);
    this.show(place);
  }

  async #fill(place: HelpPlace): Promise<void> {
    const said = await import('../help/articles.js').catch(() => undefined);
    if (this.#place !== place) return;
    const article = said?.ARTICLES.find((a) => a.name === place.page);
    if (article === undefined) {
      put(this.#text, h('p', { class: 'bad' }, 'The help could not be loaded; reload the page.'));
      return;
    }
    if (this.#drawn !== article.name) this.#draw(article);
    const section = article.sections.find((s) => s.anchor === place.anchor);
    this.#text.focus({ preventScroll: true });
    if (place.anchor === '' || section === undefined) this.#text.scrollTop = 0;
    else document.getElementById(idOf(article.name, section))?.scrollIntoView({ block: 'start' });
  }

  #draw({ name, title, sections }: Article): void {
    this.#drawn = name;
    this.#text.setAttribute('aria-label', title);
    const named = sections.filter((s) => s.anchor !== '');
    this.#headings.hidden = named.length === 0;
    put(
      this.#headings,
      ...named.map((s) => h('a', { href: helpHash(name, s.anchor), class: `level-${s.level}` }, s.title)),
    );
    put(
      this.#text,
      ...sections.flatMap((s) => [this.#heading(name, s), ...s.body.map((piece) => this.#piece(piece))]),
    );
  }

  #heading(page: string, section: Section): HTMLElement {
    const { anchor, title, level } = section;
    if (anchor === '') return h('h2', {}, title);
    return h(
      level === 2 ? 'h2' : 'h3',
      { id: idOf(page, section) },
      h('a', { href: helpHash(page, anchor) }, title),
    );
  }

  #piece(piece: Piece): Node | string {
    if (typeof piece === 'string') return piece;
    const [tag, { href, lang }, content] = piece;
    if (tag === 'pre') return this.#code(content.join(''), lang);
    return h(tag, { href: href && outOf(href) }, ...content.map((p) => this.#piece(p)));
  }

  /** A block of code, with a way to what it shows. */
  #code(text: string, lang: string | undefined): HTMLElement {
    const href = labOfCommand(text);
    const label = 'open in the laboratory';
    return h(
      'figure',
      {},
      h('pre', { tabindex: 0 }, h('code', {}, text)),
      lang === 'bpf'
        ? button(label, 'as a file with this text would be', () => this.#opened(text))
        : href && h('a', { href: outOf(href) }, label),
    );
  }

  #opened(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.#actions.opened({ kind: kindOf(bytes, text), name: 'mine.bpf', bytes, text });
  }
}
