import type { Breached } from '../explore/breaches.js';
import { type Exploration, judge, type VerdictExpectation } from '../explore/explore.js';
import type { Property } from '../lab/properties.js';
import type { NotExplored } from '../replay/explorable.js';
import type { ScenarioAst } from '../syntax/lab-ast.js';
import { type Palette, plain } from '../text/format.js';
import { oneLine, shownLine } from '../text/shown.js';
import { formatPlace } from '../text/source.js';
import { formatCounterexample, formatExploration, formatGuardTable, formatModelled } from './explore.js';

/** What a scenario expects of the exploration under one guard, and whether that is how it is. */
export interface Judged {
  readonly text: string;
  readonly passed: boolean;
  /** `text`, and what it is instead. */
  readonly line: string;
}

/** One scenario under one guard. */
export interface Explored {
  readonly scenario: ScenarioAst;
  readonly found: Exploration;
  readonly judged: readonly Judged[];
}

/** Judges what a scenario expects under the guard that was explored; without `under` that is its own. */
export function judgedVerdicts(
  verdicts: readonly VerdictExpectation[],
  found: Exploration,
  { isOwn, without }: { readonly isOwn: boolean; readonly without: readonly Property[] },
): readonly Judged[] {
  return verdicts
    .filter((v) => (v.guard === undefined ? isOwn : v.guard.name === found.guard))
    .map((v) => {
      // What is not checked cannot be found broken; the rest of the expectation holds.
      const breaks = v.breaks.filter((p) => !without.includes(p));
      const { passed, found: is } = judge({ ...v, breaks }, found);
      const left = v.breaks.filter((p) => without.includes(p));
      const note = left.length === 0 ? '' : `  (not checked: ${left.join(', ')})`;
      const line = passed ? `${v.text}${note}` : `${v.text}: it ${is}  (${formatPlace(v.span)})`;
      return { text: v.text, passed, line };
    });
}

/** What a schedule that was carried out has broken. */
export function formatBreaches(breaks: readonly Breached[], palette: Palette = plain): string {
  if (breaks.length === 0) return '\nthis schedule breaks nothing that is checked';
  const lines = breaks.flatMap(({ property, meaning, findings }) => [
    '',
    `${palette.error('BROKEN')} ${palette.bold(property)}: ${meaning}`,
    ...findings.map((f) => `  ${palette.error(shownLine(f))}`),
  ]);
  return lines.join('\n');
}

const sentence = (e: Exploration): string =>
  e.broken.length === 0 ? 'holds' : `breaks ${e.broken.join(', ')}`;

/** A table of all guards, and the first of them that differs from the first, with what it breaks. */
function compared(all: readonly Exploration[], palette: Palette): string {
  const [first] = all;
  const other = all.find((e) => e.broken.join() !== first?.broken.join());
  const shown = [first, other].find((e) => e !== undefined && e.counterexamples.length > 0);
  const title = first?.title === undefined ? [] : [palette.bold(shownLine(first.title))];
  const table = [...title, formatGuardTable(all, palette), formatModelled(all)];
  if (other === undefined || shown === undefined)
    return [...table, '', 'the verdicts are the same'].join('\n');
  const what = oneLine(
    `the first difference: ${first!.guard} ${sentence(first!)}, ${other.guard} ${sentence(other)}`,
  );
  const counterexample = formatCounterexample(shown, shown.counterexamples[0]!, palette);
  return [...table, '', what, '', counterexample].join('\n');
}

/** What of a lab was not explored, a line for each scenario. */
export const formatNotExplored = (leftOut: readonly NotExplored[]): string =>
  leftOut
    .map(({ scenario, what, span }) =>
      oneLine(
        `left out: ${scenario.title?.name ?? 'a scenario'}, for runs only: ${what} (${formatPlace(span)})`,
      ),
    )
    .join('\n');

/** What `tinybpf explore` prints: all of each exploration, or of several guards a table. */
export function formatExplored(all: readonly Explored[], isTable: boolean, palette: Palette = plain): string {
  const scenarios = [...new Set(all.map((e) => e.scenario))];
  const texts = scenarios.map((scenario) => {
    const mine = all.filter((e) => e.scenario === scenario);
    const found = mine.map((e) => e.found);
    const shown = isTable ? [compared(found, palette)] : found.map((e) => formatExploration(e, palette));
    const judged = mine.flatMap((e) => e.judged);
    const lines = judged.map((j) =>
      oneLine(`${j.passed ? palette.note('ok  ') : palette.error('FAIL')} ${j.line}`),
    );
    return [...shown, ...(judged.length === 0 ? [] : ['', ...lines])].join('\n');
  });
  return texts.join('\n\n');
}
