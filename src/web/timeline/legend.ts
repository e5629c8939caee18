import { h } from '../dom.js';
import type { SliceKind } from './slices.js';

/** What the colours of the timeline mean. */
const MEANINGS: readonly (readonly [SliceKind, string])[] = [
  ['action', 'task'],
  ['call', 'function'],
  ['admitted', 'program, admitted'],
  ['refused', 'refused or missed'],
  ['overlap', 'two at a time'],
  ['helper', 'helper'],
  ['softirq', 'softirq'],
  ['hardirq', 'hardirq'],
  ['nmi', 'NMI'],
];

export function legend(): HTMLElement {
  return h(
    'ul',
    { class: 'legend', 'aria-label': 'colours of the timeline' },
    ...MEANINGS.map(([kind, text]) => h('li', {}, h('span', { class: `swatch ${kind}` }), text)),
  );
}
