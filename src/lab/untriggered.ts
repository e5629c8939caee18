import type { Kernel } from '../kernel/kernel.js';
import type { ScenarioAst } from '../syntax/lab-ast.js';
import { type Diagnostic, warningAt } from '../text/diagnostic.js';
import type { Environment } from './environment.js';
import { countActions } from './scenario.js';

/** What makes a program run on a function or tracepoint of the lab or its objects, as is known without `Advice`. */
function actionFor({ traceable, tracepoints, symbols }: Kernel, on: string): string {
  const called = symbols.callees('public').has(on) ? traceable.get(on)?.nargs : undefined;
  const count = called ?? tracepoints.get(on);
  if (count === undefined) return '…';
  return `${called === undefined ? 'fire' : 'call'} ${on}(${Array.from({ length: count }, (_, i) => i + 1).join(', ')})`;
}

/** Says so where programs are loaded and nothing happens that could make one run: counts of zero would not tell. */
export function untriggeredWarnings(
  kernel: Kernel,
  scenario: ScenarioAst,
  { advice }: Environment,
): Diagnostic[] {
  const programs = [...kernel.programs.values()];
  const isIdle = countActions(scenario) === 0 && scenario.events.length === 0;
  const first = programs.find((p) => p.attach.on !== '') ?? programs[0];
  if (!isIdle || first === undefined) return [];
  // An object file is given an empty scenario of ours, which is not worth showing.
  const isOwn = scenario.tasks.some((t) => t.span.source.name === '<--do>');
  return [
    warningAt('B0414', 'nothing is triggered: no task does anything', {
      ...(!isOwn && { span: scenario.span }),
      help:
        advice?.toRun(kernel, first, isOwn) ??
        `say what happens: \`cpu 0 { ${actionFor(kernel, first.attach.on)} }\``,
    }),
  ];
}
