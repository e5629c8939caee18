import { hexBytes, plural } from '../../text/numbers.js';
import { button, h, put, setAttribute } from '../dom.js';
import { save } from '../files.js';
import type { Finding, FoundSchedule, ShownRow } from '../protocol/explore.js';
import { oneLater, plain, scheduleName } from '../schedule-text.js';
import { copier } from './copy.js';

export interface CounterexampleActions {
  /** What the lab is called that was explored. */
  readonly lab: () => string;
  /** Shows a schedule in the timeline. */
  readonly open: (schedule: string) => void;
  /** Shows the moment at which so many instructions of a schedule have been executed. */
  readonly at: (schedule: string, position: number) => void;
}

/** How long a row is shown while it plays, in milliseconds. */
const BEAT = 900;

/** A schedule that breaks a promise, as the columns that a reviewer would paste. */
export class CounterexampleView {
  readonly element = h('section', { class: 'counterexample', hidden: true, 'aria-label': 'counterexample' });
  readonly #actions: CounterexampleActions;
  readonly #play = button('play', 'go through the rows by itself', () => this.#toggle());
  #rows: readonly HTMLElement[] = [];
  #shown: FoundSchedule | undefined;
  #at = -1;
  #beat: number | undefined;

  constructor(actions: CounterexampleActions) {
    this.#actions = actions;
  }

  hide(): void {
    this.#stop();
    this.#shown = undefined;
    this.element.hidden = true;
    put(this.element);
  }

  show({ guard, title }: Finding, found: FoundSchedule): void {
    this.#stop();
    this.#shown = found;
    this.#at = -1;
    const { property, meaning, switches, moves, isMinimal, lanes, rows, findings } = found;
    const many = new Set(rows.map((r) => r.cpu)).size > 1;
    const columns = [...lanes, ...(many ? ['CPU'] : []), 'active', 'where'];
    this.#rows = rows.map((r, i) => this.#row(r, i, lanes, many));
    const mail = copier('copy as mail', 'the columns as text', () => found.mail);
    const file = copier(
      'copy as schedule',
      'a schedule file, which the page opens and the command line runs',
      () => found.schedule,
    );
    put(
      this.element,
      h(
        'h2',
        {},
        h('code', {}, guard),
        ' breaks ',
        h('code', {}, property),
        `${title === undefined ? '' : `, ${title}`}: ${plain(meaning)}`,
      ),
      h(
        'p',
        { class: 'quiet' },
        `by ${plural(switches, 'switch', 'switches')} and ${plural(moves, 'instruction')}${isMinimal ? '' : ', not minimal'}`,
      ),
      h(
        'div',
        { class: 'controls' },
        button('open in the timeline', 'see the whole run', () => this.#actions.open(found.schedule), {
          'aria-label': `open in the timeline: ${guard} breaks ${property}`,
        }),
        h(
          'span',
          { class: 'group' },
          button('▲', 'the row before', () => this.#go(this.#at - 1), { 'aria-label': 'row before' }),
          button('▼', 'the next row', () => this.#go(this.#at + 1), { 'aria-label': 'next row' }),
          this.#play,
        ),
        button('one instruction later?', 'what if the turn of this row came one instruction later', () =>
          this.#later(),
        ),
        ...mail,
        ...file,
        button('save schedule', 'save it as a file, which the page opens and the command line runs', () =>
          save(scheduleName(this.#actions.lab(), found.schedule), found.schedule),
        ),
      ),
      h(
        'div',
        { class: 'trace', tabindex: 0, role: 'group', 'aria-label': 'rows of the counterexample' },
        h(
          'table',
          {},
          h('thead', {}, h('tr', {}, ...columns.map((c) => h('th', { scope: 'col' }, c)))),
          h('tbody', {}, ...this.#rows),
        ),
      ),
      h('ul', { class: 'ends' }, ...findings.map((f) => h('li', { class: 'bad' }, f))),
    );
    this.element.hidden = false;
  }

  #row(row: ShownRow, i: number, lanes: readonly string[], many: boolean): HTMLElement {
    const act = button(row.text, 'go there', () => this.#go(i), { class: 'act' });
    const isLoud = /ADMITTED|REFUSED|FAULT/.test(row.text);
    return h(
      'tr',
      { class: isLoud ? 'loud' : undefined },
      ...lanes.map((lane) => h('td', {}, lane === row.lane ? act : undefined)),
      many ? h('td', {}, String(row.cpu)) : undefined,
      h('td', { class: 'mono' }, row.active === undefined ? '' : hexBytes(row.active)),
      h(
        'td',
        { class: 'quiet' },
        row.at === undefined ? '' : `${row.at.file.replace(/^.*\//, '')}:${row.at.line}`,
      ),
    );
  }

  #go(i: number): void {
    const found = this.#shown;
    const row = found?.rows[i];
    if (found === undefined || row === undefined) {
      this.#stop();
      return;
    }
    this.#rows[this.#at]?.classList.remove('here');
    this.#at = i;
    this.#rows[i]!.classList.add('here');
    this.#rows[i]!.scrollIntoView({ block: 'nearest' });
    this.#actions.at(found.schedule, row.position);
  }

  #later(): void {
    const found = this.#shown;
    const row = found?.rows[Math.max(0, this.#at)];
    const changed = found && row && oneLater(found.schedule, row.move);
    if (changed !== undefined) this.#actions.open(changed);
  }

  #toggle(): void {
    if (this.#beat !== undefined) {
      this.#stop();
      return;
    }
    if (this.#at >= this.#rows.length - 1) this.#at = -1;
    this.#go(this.#at + 1);
    this.#beat = window.setInterval(() => this.#go(this.#at + 1), BEAT);
    put(this.#play, 'pause');
    setAttribute(this.#play, 'title', 'stay at this row');
  }

  #stop(): void {
    clearInterval(this.#beat);
    this.#beat = undefined;
    put(this.#play, 'play');
    setAttribute(this.#play, 'title', 'go through the rows by itself');
  }
}
