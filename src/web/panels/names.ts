import { h } from '../dom.js';

/** A text with names between backticks. */
export function withNames(text: string): (HTMLElement | string)[] {
  return text.split('`').map((part, i) => (i % 2 === 1 ? h('code', {}, part) : part));
}
