import { button, h, put } from '../dom.js';
import { startWorker, whyOf } from '../protocol/client.js';
import type { BenchMessage, Request } from '../protocol/protocol.js';

const HIDDEN =
  'this tab was in the background for a part of it, where browsers slow pages down: measure again with it in front';

/** Where a plot has less room than it likes: in a narrow window, and between two panes in one that is not wide. */
const NARROW = '(max-width: 560px), (min-width: 1001px) and (max-width: 1150px)';

const pictureOf = (svg: string): string => `data:image/svg+xml,${encodeURIComponent(svg)}`;

/** Measures what guards cost, in a worker that can be stopped at any time. */
export class BenchPanel {
  readonly element: HTMLElement;
  readonly #progress = h('progress', {
    max: 1,
    value: 0,
    'aria-label': 'progress of the measurement',
    hidden: true,
  });
  readonly #status = h('p', { class: 'status', role: 'status' });
  readonly #plot = h('img', { alt: '' });
  readonly #narrow = h('source', { media: NARROW });
  readonly #scrolled = h(
    'div',
    { class: 'plot', tabindex: 0, role: 'group', 'aria-label': 'the plot', hidden: true },
    h('picture', {}, this.#narrow, this.#plot),
  );
  readonly #text = h('pre', { tabindex: 0, role: 'group', 'aria-label': 'what was measured', hidden: true });
  readonly #start = button('Measure', 'run the quick benchmark', () => this.#measure());
  readonly #cancel = button('cancel', 'stop measuring', () => this.#end('cancelled'), { disabled: true });
  #worker: Worker | undefined;
  /** Whether the page was hidden while it measured: browsers give such pages less of the processor. */
  #wasHidden = false;

  constructor() {
    document.addEventListener('visibilitychange', () => {
      this.#wasHidden ||= document.hidden;
    });
    this.element = h(
      'section',
      { class: 'bench' },
      h(
        'div',
        { class: 'controls' },
        h('h2', {}, 'What guards cost'),
        this.#start,
        this.#cancel,
        this.#progress,
      ),
      this.#status,
      this.#scrolled,
      this.#text,
    );
    put(this.#status, 'measuring in this browser: compiled to WebAssembly, about 15 seconds');
  }

  #measure(): void {
    const worker = startWorker();
    this.#worker = worker;
    this.#wasHidden = document.hidden;
    this.#start.disabled = true;
    this.#cancel.disabled = false;
    this.#progress.hidden = false;
    this.#progress.value = 0;
    put(this.#status, 'compiling');
    worker.addEventListener('message', ({ data }: MessageEvent<BenchMessage>) => {
      if (worker === this.#worker) this.#hear(data);
    });
    worker.addEventListener('error', (e) => this.#end(whyOf(e)));
    worker.postMessage({ kind: 'bench' } satisfies Request);
  }

  #hear(message: BenchMessage): void {
    switch (message.kind) {
      case 'progress':
        this.#progress.value = message.done / message.all;
        put(this.#status, `measuring ${message.what}`);
        return;
      case 'failed':
        this.#end(message.message);
        return;
      case 'measured':
        this.#end(this.#wasHidden ? `done; ${HIDDEN}` : 'done');
        // As an image it is a picture and nothing else.
        this.#narrow.srcset = pictureOf(message.narrow);
        this.#plot.src = pictureOf(message.svg);
        this.#plot.alt = 'a plot of the times in the table below';
        this.#scrolled.hidden = false;
        put(this.#text, message.text);
        this.#text.hidden = false;
        return;
      default:
        message satisfies never;
    }
  }

  #end(why: string): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#start.disabled = false;
    this.#cancel.disabled = true;
    this.#progress.hidden = true;
    put(this.#status, why);
  }
}
