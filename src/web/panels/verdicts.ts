import { PROPERTIES, PROPERTY_NAMES, type Property } from '../../lab/properties.js';
import { grouped } from '../../text/numbers.js';
import { button, h, put } from '../dom.js';
import type { Finding, FoundSchedule, PromiseState } from '../protocol/explore.js';
import { plain } from '../schedule-text.js';

/** A mark, and the word beside it where there is room. */
const WORDS: Readonly<Record<PromiseState, readonly [mark: string, word?: string]>> = {
  holds: ['✓', 'holds'],
  broken: ['✗', 'breaks'],
  'not promised': ['–'],
  unknown: ['?'],
};
const CLASSES: Readonly<Record<PromiseState, string>> = {
  holds: 'good',
  broken: 'bad',
  'not promised': 'quiet',
  unknown: 'warn',
};

/** What has come out, as a mark and in words. */
function verdictOf({ broken, isComplete }: Finding): readonly [string, PromiseState, string] {
  if (broken.length > 0)
    return ['✗', 'broken', `breaks ${broken.join(', ')}${isComplete ? '' : ' (not complete)'}`];
  return isComplete ? ['✓', 'holds', 'holds'] : ['?', 'unknown', 'not complete: nothing broken so far'];
}

function worded(state: PromiseState): (Node | string)[] {
  const [mark, word] = WORDS[state];
  return word === undefined ? [mark] : [mark, h('span', { class: 'word' }, ` ${word}`)];
}

/** A name with underscores, at which a line can end. */
const breakable = (name: string): (Node | string)[] =>
  name.split('_').flatMap((part, i) => (i === 0 ? [part] : ['_', document.createElement('wbr'), part]));

/** What has been found: guards in rows, their promises in columns. */
export class Verdicts {
  readonly element = h('div', {
    class: 'findings',
    tabindex: 0,
    role: 'group',
    'aria-label': 'verdicts',
    hidden: true,
  });
  readonly #open: (finding: Finding, found: FoundSchedule) => void;
  #findings: Finding[] = [];

  constructor(open: (finding: Finding, found: FoundSchedule) => void) {
    this.#open = open;
  }

  clear(): void {
    this.#findings = [];
    put(this.element);
  }

  add(finding: Finding): void {
    this.#findings.push(finding);
    const columns = PROPERTY_NAMES.filter((p) =>
      this.#findings.some((f) => f.promises.some(([q]) => p === q)),
    );
    put(
      this.element,
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'guard'),
            ...columns.map((p) =>
              h('th', { scope: 'col', title: plain(PROPERTIES[p]) }, h('span', {}, ...breakable(p))),
            ),
            h('th', { scope: 'col' }, h('span', {}, 'states')),
            h('th', { scope: 'col' }, h('span', {}, 'time')),
          ),
        ),
        h('tbody', {}, ...this.#findings.map((f) => this.#row(f, columns))),
      ),
    );
  }

  #row(finding: Finding, columns: readonly Property[]): HTMLElement {
    const { title, guard, states, transitions, depth, ms, failed, modelled, rounds } = finding;
    const [mark, state, words] = verdictOf(finding);
    return h(
      'tr',
      { class: 'finding' },
      h(
        'th',
        { scope: 'row', title: plain(modelled) },
        h('strong', { class: CLASSES[state], title: words, 'aria-label': words }, mark),
        ' ',
        h('code', {}, guard),
        title === undefined ? undefined : ` · ${title}`,
        ...failed.map((line) => h('p', { class: 'bad' }, `FAIL ${line}`)),
        ...rounds.map((line) => h('p', { class: 'warn' }, `not complete: ${line}`)),
      ),
      ...columns.map((p) => this.#cell(finding, p)),
      h('td', { title: `${grouped(transitions)} transitions, depth ${depth}` }, grouped(states)),
      h('td', {}, `${(ms / 1000).toPrecision(2)} s`),
    );
  }

  #cell(finding: Finding, property: Property): HTMLElement {
    const state = finding.promises.find(([p]) => p === property)?.[1];
    if (state === undefined) return h('td');
    const found = finding.schedules.find((s) => s.property === property);
    if (found === undefined) return h('td', { class: CLASSES[state], title: state }, ...worded(state));
    const open = button('', plain(found.meaning), () => this.#open(finding, found), {
      class: 'broken',
      'aria-label': `counterexample: ${finding.guard} breaks ${property}`,
    });
    put(open, ...worded(state));
    return h('td', {}, open);
  }
}
