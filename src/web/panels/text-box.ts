import { button, h, put } from '../dom.js';
import { save } from '../files.js';

const CLASSES: readonly (readonly [RegExp, string])[] = [
  [/^ok {3}/, 'good'],
  [/^verdict: holds/, 'good'],
  [/^FAIL /, 'bad'],
  [/^(?:fault|stopped|error\[|BROKEN |verdict: breaks)/, 'bad'],
  [/ REFUSED | MISSED | BROKEN /, 'bad'],
  [/^warning\[/, 'warn'],
  [/NOT COMPLETE|^still going: /, 'warn'],
];

/** Lines that mean something are elements; what is between them is one text. */
function paint(text: string): (HTMLElement | string)[] {
  const painted: (HTMLElement | string)[] = [];
  let plain = '';
  for (const line of text.split(/(?<=\n)/)) {
    const found = CLASSES.find(([pattern]) => pattern.test(line));
    if (found === undefined) {
      plain += line;
      continue;
    }
    painted.push(plain, h('span', { class: found[1] }, line));
    plain = '';
  }
  return [...painted, plain];
}

/** Longest text that is painted line by line; a longer one is shown plain. */
const PAINTED = 400_000;

/** Text as the command line prints it, to read, copy and keep. */
export class TextBox {
  readonly pre: HTMLElement;
  /** Buttons that copy and save, and what came of it. */
  readonly tools: readonly HTMLElement[];
  readonly #copied = h('span', { role: 'status', class: 'copied' });
  #text = '';
  #name = 'tinybpf';

  constructor(label: string, className: string) {
    this.pre = h('pre', { class: className, tabindex: 0, role: 'group', 'aria-label': label });
    this.tools = [
      button('copy', 'copy the text', () => void this.#copy()),
      button('save', 'save the text as a file', () => this.#save()),
      this.#copied,
    ];
  }

  /** Shows `before`, which is not kept, and a text, which would be saved under a name. */
  show(text: string, name: string, before = ''): void {
    this.#text = text;
    this.#name = name;
    put(this.#copied, '');
    const all = before === '' || text === '' ? before + text : `${before}\n${text}`;
    if (all.length > PAINTED) put(this.pre, all);
    else put(this.pre, ...paint(all));
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.#text);
      put(this.#copied, 'copied');
    } catch {
      put(this.#copied, 'the browser does not let it be copied');
    }
  }

  #save(): void {
    save(`${this.#name}.txt`, this.#text);
  }
}
