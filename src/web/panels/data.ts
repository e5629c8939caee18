import { hexBytes, plural } from '../../text/numbers.js';
import { h, put } from '../dom.js';
import type { RunView, ShownExpect } from '../protocol/protocol.js';
import type { ShownData } from '../protocol/step.js';

/** A value of at most eight bytes as a number, a longer one as bytes; a CPU without a record has none. */
function valueText(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'none';
  if (bytes.length > 8) return hexBytes(bytes);
  const number = bytes.reduceRight((n, b) => (n << 8n) | BigInt(b), 0n);
  const signed = BigInt.asIntN(bytes.length * 8, number);
  return signed < 0n && signed > -0x1_0000n ? `${signed}` : `${number}`;
}

/** A name and its value. */
const item = (name: string, value: string, isNew: boolean): HTMLElement =>
  h('div', { class: isNew ? 'new' : undefined }, h('dt', {}, name), h('dd', {}, value));

const more = (shown: number, all: number): HTMLElement | undefined =>
  shown >= all ? undefined : h('div', {}, h('dd', { class: 'quiet' }, `… ${all - shown} more`));

/** What programs count; the last is of few of them. */
const COUNTERS = [
  ['run_cnt', 'runCnt'],
  ['recursion_misses', 'recursionMisses'],
  ['link_missed', 'linkMissed'],
] as const;

/** Names and values of variables and maps, to see what has changed. */
function textsOf(data: ShownData): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { name, values, isArray } of data.globals)
    values.forEach((value, i) => {
      texts.set(isArray ? `${name}[${i}]` : name, `${value}`);
    });
  for (const { name, elements, count } of data.maps) {
    if (count === 0) texts.set(name, 'empty');
    elements.forEach(({ key, values }, i) => {
      const at = key.length === 0 ? String(i) : valueText(key);
      texts.set(`${name}[${at}]`, values.map(valueText).join(' · '));
    });
  }
  return texts;
}

/** What memory holds at the cursor: counters, globals, maps; and what the scenario expects of it in the end. */
export class DataBox {
  readonly element = h('div', { class: 'data' });
  readonly #expects = h('div', { class: 'expects' });
  readonly #values = h('div', { class: 'values' });
  #last: ReadonlyMap<string, string> = new Map();

  constructor() {
    this.element.append(this.#values, this.#expects);
  }

  /** Another run: nothing of what the last one held. */
  begin(view: RunView | undefined): void {
    this.#last = new Map();
    put(this.#values);
    const expects = view?.expects ?? [];
    const failed = expects.filter((e) => !e.passed).length;
    put(
      this.#expects,
      ...(expects.length === 0
        ? []
        : [
            h(
              'details',
              { open: failed > 0 },
              h(
                'summary',
                { class: failed > 0 ? 'bad' : 'good' },
                failed > 0
                  ? `✗ ${failed} of ${plural(expects.length, 'expectation')} fail`
                  : `✓ ${plural(expects.length, 'expectation')} held in the end`,
              ),
              h('ul', { class: 'ticks' }, ...expects.map((e) => this.#expect(e))),
            ),
          ]),
    );
  }

  #expect({ text, passed, found }: ShownExpect): HTMLElement {
    return h(
      'li',
      { class: passed ? 'good' : 'bad' },
      `${passed ? '✓' : '✗'} `,
      h('code', {}, text.replace(/^expect\s+/, '')),
      ...found.map((line) => h('span', { class: 'found' }, ` ${line}`)),
    );
  }

  show(data: ShownData | undefined): void {
    if (data === undefined) return;
    const texts = textsOf(data);
    const columns = COUNTERS.filter(
      ([name, key]) => name !== 'link_missed' || data.counters.some((c) => c[key] > 0n),
    );
    for (const counter of data.counters)
      for (const [name, key] of columns) texts.set(`${counter.program}.${name}`, `${counter[key]}`);
    const isNew = (name: string): boolean => this.#last.has(name) && this.#last.get(name) !== texts.get(name);
    const items = [...textsOf(data)].map(([name, text]) => item(name, text, isNew(name)));
    const cut = [
      ...data.globals.map((g) => more(g.values.length, g.count)),
      ...data.maps.map((m) => more(m.elements.length, m.count)),
    ];
    put(
      this.#values,
      h(
        'table',
        { class: 'counters' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'program'),
            ...columns.map(([name]) => h('th', { scope: 'col' }, name)),
          ),
        ),
        h(
          'tbody',
          {},
          ...data.counters.map((counter) =>
            h(
              'tr',
              {},
              h('th', { scope: 'row' }, counter.program),
              ...columns.map(([name, key]) =>
                h(
                  'td',
                  {
                    class: isNew(`${counter.program}.${name}`) ? 'new' : undefined,
                  },
                  `${counter[key]}`,
                ),
              ),
            ),
          ),
        ),
      ),
      h('dl', { class: 'values-table' }, ...items, ...cut),
    );
    this.#last = texts;
  }
}
