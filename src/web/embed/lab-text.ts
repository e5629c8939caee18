import { h, put } from '../dom.js';

/** A line of a lab; comments step back. */
function lineOf(text: string): HTMLElement {
  const [, code = '', comment = ''] = /^((?:[^/"]|"[^"]*"?|\/(?!\/))*)(.*)$/s.exec(text) ?? [];
  return h('span', {}, code, comment === '' ? undefined : h('span', { class: 'quiet' }, comment), '\n');
}

/** The text of a lab, to read. */
export class LabText {
  readonly element = h('pre', {
    class: 'lab-text',
    tabindex: 0,
    role: 'group',
    'aria-label': 'the lab’s text',
  });
  #lines: readonly HTMLElement[] = [];

  /** Shows a text from an offset on: what comes before is shown elsewhere. */
  show(text: string, from: number): void {
    const skipped = text.slice(0, from).split('\n').length - 1;
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    this.#lines = lines.map(lineOf);
    put(this.element, ...this.#lines.slice(skipped));
    this.element.scrollTop = 0;
  }

  /** Marks a line, counted from 1, and brings it into view without moving what the page is embedded in. */
  mark(line: number): void {
    for (const other of this.#lines) other.classList.remove('here');
    const element = this.#lines[line - 1];
    if (element === undefined) return;
    element.classList.add('here');
    const { offsetTop, offsetHeight } = element;
    const { scrollTop, clientHeight } = this.element;
    if (offsetTop < scrollTop || offsetTop + offsetHeight > scrollTop + clientHeight)
      this.element.scrollTop = offsetTop - clientHeight / 2;
  }
}
