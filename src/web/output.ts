import { button, h } from './dom.js';
import type { Answer, RunView } from './protocol.js';

const AS_TEXT = { type: 'text/plain;charset=utf-8' } as const;

/** What `tinybpf run` prints for these runs, to the letter. */
export function textOf(runs: readonly RunView[], timeline: boolean): string {
  return runs.map((run) => `${timeline ? run.timelineText : run.text}\n`).join('\n');
}

const CLASSES: readonly (readonly [RegExp, string])[] = [
  [/^ok {3}/, 'good'],
  [/^FAIL /, 'bad'],
  [/^(?:fault|stopped|error\[)/, 'bad'],
  [/ REFUSED | MISSED /, 'bad'],
  [/^warning\[/, 'warn'],
];

function paint(text: string): HTMLElement[] {
  return text.split(/(?<=\n)/).map((line) => {
    const found = CLASSES.find(([pattern]) => pattern.test(line));
    return h('span', { class: found?.[1] }, line);
  });
}

/** Longest text that is painted line by line; a longer one stands there plain. */
const PAINTED = 400_000;

/** The text of a run as the command line has it, to read, copy and keep. */
export class Output {
  readonly element: HTMLElement;
  readonly #pre = h('pre', { class: 'output', tabindex: 0, 'aria-label': 'what the command line prints' });
  readonly #tree = h('input', { type: 'checkbox', id: 'tree' });
  readonly #copied = h('span', { role: 'status', class: 'copied' });
  #answer: Answer = { runs: [], flaws: [], text: '' };
  #name = 'tinybpf';

  constructor() {
    this.#tree.addEventListener('change', () => this.#draw());
    this.element = h(
      'section',
      { class: 'text' },
      h(
        'div',
        { class: 'controls' },
        h('h2', {}, 'As text'),
        h('label', { for: 'tree' }, this.#tree, ' with the timeline'),
        button('copy', 'copy the text', () => void this.#copy()),
        button('save', 'save the text as a file', () => this.#save()),
        this.#copied,
      ),
      this.#pre,
    );
  }

  /** As `tinybpf run` prints it, with `--timeline` if that is ticked. */
  get text(): string {
    return textOf(this.#answer.runs, this.#tree.checked);
  }

  show(answer: Answer, name: string): void {
    this.#answer = answer;
    this.#name = name;
    this.#copied.textContent = '';
    this.#draw();
  }

  #draw(): void {
    const { text: trouble } = this.#answer;
    const { text } = this;
    const all = trouble === '' || text === '' ? trouble + text : `${trouble}\n${text}`;
    if (all.length > PAINTED) this.#pre.textContent = all;
    else this.#pre.replaceChildren(...paint(all));
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.text);
      this.#copied.textContent = 'copied';
    } catch {
      this.#copied.textContent = 'the browser does not let it be copied';
    }
  }

  #save(): void {
    const link = h('a', {
      download: `${this.#name}.txt`,
      href: URL.createObjectURL(new Blob([this.text], AS_TEXT)),
    });
    link.click();
    URL.revokeObjectURL(link.href);
  }
}
