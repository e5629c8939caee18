import { h, put } from './dom.js';
import { browserMemory, splitter } from './split.js';

/** What is on the page. */
export interface Parts {
  readonly toolbar: HTMLElement;
  /** The ways into the course and the help. */
  readonly links: readonly HTMLElement[];
  /** What can lie above the page. */
  readonly above: HTMLElement;
  readonly editor: readonly HTMLElement[];
  /** Tabs of the middle, and the panel of each. */
  readonly tabs: readonly HTMLElement[];
  readonly modes: readonly HTMLElement[];
  /** What is so at the cursor. */
  readonly moment: readonly HTMLElement[];
}

const KEYS: readonly (readonly [string, string])[] = [
  ['Ctrl-Enter', 'runs the lab'],
  ['← →', 'one event back or on'],
  ['Home End', 'the first and the last event'],
  ['p n', 'the refusal before, the next one'],
  ['+ − 0', 'zoom in, out, all of it'],
  ['s o f', 'step, step over, out of a function; with Shift back'],
  ['e', 'explores every schedule'],
  ['/', 'searches labs, guards, lessons, help and diagnostics'],
  ['Escape', 'cancels'],
];

function help(): HTMLElement {
  return h(
    'details',
    { class: 'help' },
    h('summary', { title: 'keys, and where things are sent' }, 'Keys'),
    h(
      'div',
      { class: 'card' },
      h('dl', {}, ...KEYS.flatMap(([keys, what]) => [h('dt', {}, keys), h('dd', {}, what)])),
      h('p', {}, 'Everything runs in this page; nothing is sent anywhere unless you open it in Perfetto.'),
    ),
  );
}

/** Puts the page together: the lab, what happened, and what is so at the cursor, side by side where there is room. */
export function pageOf({ toolbar, links, above, editor, tabs, modes, moment }: Parts): HTMLElement {
  const main = h('main');
  const split = (name: string, label: string, side: 'left' | 'right', first: number): HTMLElement =>
    splitter({ name, label, on: main, side, first, least: 15, most: 45, memory: browserMemory });
  put(
    main,
    h('section', { class: 'source', 'aria-label': 'the lab' }, ...editor),
    split('left', 'width of the lab', 'left', 30),
    h(
      'section',
      { class: 'seen', 'aria-label': 'what happens' },
      h('div', { class: 'controls' }, ...tabs),
      ...modes,
    ),
    split('right', 'width of what is so at the cursor', 'right', 28),
    h('section', { class: 'moment', 'aria-label': 'at the cursor' }, ...moment),
  );
  return h(
    'div',
    { class: 'page' },
    h(
      'header',
      {},
      h('h1', { title: 'What happens when a BPF program would re-enter itself?' }, 'tinybpf'),
      h('nav', { 'aria-label': 'what is run' }, toolbar),
      ...links,
      help(),
    ),
    main,
    above,
  );
}
