import { plural } from '../../text/numbers.js';
import { button, h, put } from '../dom.js';
import type { Flaw } from '../protocol/protocol.js';
import { withNames } from './names.js';

const MARKS: Readonly<Record<Flaw['severity'], string>> = { error: '✗', warning: '!', note: 'i' };

/** In the order in which they are counted. */
const SEVERITIES = ['error', 'warning', 'note'] as const;
/** Notes that are listed: they say what nobody knows of a program. Others are only shown beside their lines. */
const LISTED: ReadonlySet<string> = new Set(['B0421']);

/** Everything that is wrong with the lab, each at its line; nothing is drawn where nothing is. */
export class Problems {
  readonly element = h('section', { class: 'problems', hidden: true, 'aria-label': 'what is wrong' });
  readonly #select: (flaw: Flaw) => void;
  /** What is listed, and the text that it is about. */
  #listed = '';

  constructor(select: (flaw: Flaw) => void) {
    this.#select = select;
  }

  show(flaws: readonly Flaw[], text: string): void {
    const shown = flaws.filter((f) => f.severity !== 'note' || LISTED.has(f.code));
    // A text is looked at again after each run. The same list drawn anew would close what the reader has opened in it.
    const listed = JSON.stringify([shown, text]);
    if (listed === this.#listed) return;
    this.#listed = listed;
    const counts = SEVERITIES.flatMap((severity) => {
      const count = shown.filter((f) => f.severity === severity).length;
      return count === 0 ? [] : [plural(count, severity)];
    });
    const worst = shown.some((f) => f.severity === 'error') ? 'bad' : 'warn';
    this.element.hidden = shown.length === 0;
    put(this.element, h('h2', { class: worst }, counts.join(', ')), h('ul', {}, ...this.#items(shown, text)));
  }

  /** Notes lie together: there may be one for each program, and each says much the same. */
  #items(flaws: readonly Flaw[], text: string): readonly HTMLElement[] {
    const itemsOf = (some: readonly Flaw[]): HTMLElement[] => some.map((flaw) => this.#item(flaw, text));
    const notes = flaws.filter((f) => f.severity === 'note');
    if (notes.length < 2) return itemsOf(flaws);
    const what = `${MARKS.note} it is not known of ${notes.length} programs whether Linux loads them`;
    return [
      ...itemsOf(flaws.filter((f) => f.severity !== 'note')),
      h(
        'li',
        {},
        h(
          'details',
          {},
          h('summary', {}, h('span', { class: 'warn' }, what)),
          h('ul', {}, ...itemsOf(notes)),
        ),
      ),
    ];
  }

  #item(flaw: Flaw, text: string): HTMLElement {
    const { severity, code, message, explain, from } = flaw;
    const [first = '', ...rest] = message.split('\n');
    const line = from === undefined ? undefined : text.slice(0, from).split('\n').length;
    const place =
      line === undefined ? undefined : button(`line ${line}`, 'go there', () => this.#select(flaw));
    const more = [...rest, explain].filter((part) => part !== '');
    const what = [
      h('span', { class: severity === 'error' ? 'bad' : 'warn' }, `${MARKS[severity]} `),
      ...withNames(first),
    ];
    return h(
      'li',
      {},
      place,
      more.length === 0
        ? h('span', {}, ...what)
        : h(
            'details',
            {},
            h('summary', { title: explain }, ...what),
            ...more.map((part) => h('p', {}, ...withNames(part))),
            code.startsWith('B') ? h('p', { class: 'quiet' }, code) : undefined,
          ),
    );
  }
}
