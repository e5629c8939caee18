import type { GuardWrite } from '../../lab/writes.js';
import { formatActive } from '../../report/active.js';
import { placeOf } from '../../text/source.js';
import { h } from '../dom.js';

/** Lines shown before and after the one that is meant. */
const AROUND = 4;

/** The instruction that wrote a value, where it is in its file. */
export function sourceLinesView(w: GuardWrite): HTMLElement {
  const { insn } = w;
  const what = w.program === undefined ? 'preempt_count' : `${w.program}.active`;
  const head = h(
    'p',
    {},
    h('code', {}, `${insn.function}+${insn.slot}`),
    ` (${insn.kind}) wrote ${what} on CPU ${w.cpu}: `,
    h('code', {}, `${formatActive(w.before)} → ${formatActive(w.after)}`),
  );
  if (insn.span === undefined)
    return h('div', { class: 'place' }, head, h('pre', { tabindex: 0 }, insn.text));
  const { source, start } = insn.span;
  const { line } = placeOf(source, start);
  const lines = source.text.split('\n');
  const first = Math.max(1, line - AROUND);
  const shown = lines.slice(first - 1, line + AROUND).map((text, i) => {
    const n = first + i;
    return h('span', { class: n === line ? 'here' : '' }, `${String(n).padStart(4)}  ${text}\n`);
  });
  return h(
    'div',
    { class: 'place' },
    head,
    h('p', { class: 'file' }, `${source.name}:${line}`),
    h('pre', { tabindex: 0, role: 'group', 'aria-label': `${source.name} around line ${line}` }, ...shown),
  );
}
