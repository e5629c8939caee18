import { h, put } from '../dom.js';
import { withNames } from './names.js';

/** Lines of comment that a text begins with, and where they end. */
export function introOf(text: string): { readonly lines: readonly string[]; readonly end: number } {
  const [comment = ''] = /^(?:\/\/.*\n)+/.exec(text) ?? [];
  const lines = comment
    .split('\n')
    .slice(0, -1)
    .map((line) => line.replace(/^\/\/ ?/, ''));
  return { lines, end: comment.length };
}

/** What a lab says of itself in its first comment, as text. */
export class Intro {
  readonly element = h('details', { class: 'intro', open: true, hidden: true });

  show(text: string): void {
    const { lines } = introOf(text);
    const paragraphs = lines
      .join('\n')
      .split(/\n\s*\n/)
      .map((part) => part.replaceAll('\n', ' ').trim())
      .filter((part) => part !== '');
    const [title, ...rest] = paragraphs;
    this.element.hidden = title === undefined;
    if (title === undefined) return;
    put(
      this.element,
      h(
        'summary',
        {},
        ...withNames(title.replace(/^[\w.-]+\.(?:bpf|o): /, '').replace(/^./, (c) => c.toUpperCase())),
      ),
      ...rest.map((part) => h('p', {}, ...withNames(part))),
    );
  }
}
