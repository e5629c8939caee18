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

const row = (name: string, value: string, isNew: boolean): HTMLElement =>
  h('tr', { class: isNew ? 'new' : undefined }, h('th', { scope: 'row' }, name), h('td', {}, value));

const more = (shown: number, all: number): HTMLElement | undefined =>
  shown >= all ? undefined : h('tr', {}, h('td', { colspan: 2, class: 'quiet' }, `… ${all - shown} more`));

/** Names and values of all that is shown, to see what has changed. */
function textsOf(data: ShownData | undefined): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { program, runCnt, recursionMisses, linkMissed } of data?.counters ?? []) {
    texts.set(`${program}.run_cnt`, `${runCnt}`);
    texts.set(`${program}.recursion_misses`, `${recursionMisses}`);
    if (linkMissed > 0n) texts.set(`${program}.link_missed`, `${linkMissed}`);
  }
  for (const { name, values, isArray } of data?.globals ?? [])
    values.forEach((value, i) => {
      texts.set(isArray ? `${name}[${i}]` : name, `${value}`);
    });
  for (const { name, elements, count } of data?.maps ?? []) {
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
    const isNew = (name: string): boolean => this.#last.has(name) && this.#last.get(name) !== texts.get(name);
    const rows = [...texts].map(([name, text]) => row(name, text, isNew(name)));
    const cut = [
      ...data.globals.map((g) => more(g.values.length, g.count)),
      ...data.maps.map((m) => more(m.elements.length, m.count)),
    ];
    put(this.#values, h('table', { class: 'values-table' }, h('tbody', {}, ...rows, ...cut)));
    this.#last = texts;
  }
}
