import { h } from './dom.js';

/** What is on the page. */
export interface Parts {
  readonly toolbar: HTMLElement;
  readonly editor: readonly HTMLElement[];
  readonly perfetto: HTMLElement;
  readonly status: HTMLElement;
  /** Of the run, below its heading. */
  readonly seen: readonly HTMLElement[];
  /** Sections of their own. */
  readonly more: readonly HTMLElement[];
}

const KEYS =
  'Keys: Ctrl-Enter runs, ← → step, n p go to refusals, + − 0 zoom, Home End, s o f step, over and out of a function (Shift: back), e explores, Escape cancels.';

/** Puts the page together. */
export function pageOf({ toolbar, editor, perfetto, status, seen, more }: Parts): HTMLElement {
  return h(
    'div',
    { class: 'page' },
    h(
      'header',
      {},
      h('h1', {}, 'tinybpf'),
      h('p', { class: 'tagline' }, 'What happens when a BPF program would re-enter itself?'),
    ),
    h('nav', { 'aria-label': 'what is run' }, toolbar),
    h(
      'main',
      {},
      h('section', { class: 'source' }, h('h2', {}, 'Lab'), ...editor),
      h(
        'section',
        { class: 'seen' },
        h('div', { class: 'controls' }, h('h2', {}, 'Timeline'), perfetto, status),
        ...seen,
      ),
      ...more,
    ),
    h(
      'footer',
      {},
      `Everything runs in this page; nothing is sent anywhere unless you open it in Perfetto. ${KEYS}`,
    ),
  );
}
