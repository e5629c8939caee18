import { pluralInGroups } from '../../text/numbers.js';
import { button, h } from '../dom.js';
import type { Finding, FoundSchedule } from '../protocol/explore.js';
import { plain } from '../schedule-text.js';

/** What has come out, in a word that does not need its colour. */
function verdictOf({ broken, isComplete }: Finding): HTMLElement {
  if (broken.length > 0)
    return h(
      'strong',
      { class: 'bad' },
      `✗ breaks ${broken.join(', ')}${isComplete ? '' : ' (not complete)'}`,
    );
  return isComplete
    ? h('strong', { class: 'good' }, '✓ holds')
    : h('strong', { class: 'warn' }, '? not complete: nothing broken so far');
}

function scheduleItem(finding: Finding, found: FoundSchedule, open: (schedule: string) => void): HTMLElement {
  const { property, meaning, switches, moves, isMinimal } = found;
  const length = `${pluralInGroups(switches, 'switch', 'switches')}, ${pluralInGroups(moves, 'instruction')}`;
  return h(
    'li',
    {},
    button('open in the timeline', plain(meaning), () => open(found.schedule), {
      'aria-label': `open in the timeline: ${finding.guard} breaks ${property}`,
    }),
    h('span', {}, h('code', {}, property), `: ${length}${isMinimal ? '' : ', not minimal'}`),
  );
}

/** One exploration: its verdict, and a schedule for each property that is broken. */
export function findingView(finding: Finding, open: (schedule: string) => void): HTMLElement {
  const { title, guard, states, transitions, depth, schedules, failed } = finding;
  const size = `${pluralInGroups(states, 'state')}, ${pluralInGroups(transitions, 'transition')}, depth ${depth}`;
  return h(
    'li',
    { class: 'finding' },
    h('p', {}, h('code', {}, guard), title === undefined ? ' ' : ` · ${title} `, verdictOf(finding)),
    h('p', { class: 'quiet' }, size),
    ...failed.map((line) => h('p', { class: 'bad' }, `FAIL ${line}`)),
    schedules.length === 0
      ? undefined
      : h('ul', { class: 'schedules' }, ...schedules.map((s) => scheduleItem(finding, s, open))),
  );
}
