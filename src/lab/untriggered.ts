import { kindInfo } from '../kernel/attach/kinds.js';
import type { Kernel, Program } from '../kernel/kernel.js';
import type { ScenarioAst } from '../syntax/lab-ast.js';
import { type Diagnostic, warningAt } from '../text/diagnostic.js';
import { countActions } from './scenario.js';

/** An action, in the language of scenarios, that makes a program run. */
function actionFor(kernel: Kernel, { name, attach }: Program): string {
  const call = (what: string, target: string, count: number): string =>
    `${what} ${target}(${Array.from({ length: count }, (_, i) => i + 1).join(', ')})`;
  const info = kindInfo(attach.kind);
  switch (info.site) {
    case 'trampoline':
    case 'probe':
      return call('call', attach.on, kernel.traceable.get(attach.on)?.nargs ?? 0);
    case 'tracepoint':
      return call('fire', attach.on, kernel.tracepoints.get(attach.on) ?? 0);
    case 'none':
      return `${info.startedBy} ${name}`;
    default:
      return info satisfies never;
  }
}

/** What to say so that a program runs, on the command line or in a scenario. */
function helpFor(kernel: Kernel, program: Program, isOwn: boolean): string {
  const { name, attach } = program;
  const { site } = kindInfo(attach.kind);
  if (site !== 'none' && attach.on === '') {
    const [target, action] =
      site === 'tracepoint' ? ['TRACEPOINT', 'fire TRACEPOINT(1)'] : ['FUNCTION', 'call FUNCTION(1)'];
    const to = `${attach.kind}/${target}`;
    return isOwn
      ? `say what it is attached to, and what happens: \`--attach ${name}=${to} --do '${action}'\``
      : `say what it is attached to, and what happens: \`attach ${name} to ${to}\`, \`cpu 0 { ${action} }\``;
  }
  const action = actionFor(kernel, program);
  return isOwn
    ? `say what happens: \`--do '${action}'\`, which makes \`${name}\` run`
    : `say what happens: \`cpu 0 { ${action} }\` makes \`${name}\` run`;
}

/** Says so where programs are loaded and nothing happens that could make one run: counts of zero would not tell. */
export function untriggeredWarnings(kernel: Kernel, scenario: ScenarioAst): Diagnostic[] {
  const programs = [...kernel.programs.values()];
  const isIdle = countActions(scenario) === 0 && scenario.events.length === 0;
  const first = programs.find((p) => p.attach.on !== '') ?? programs[0];
  if (!isIdle || first === undefined) return [];
  // An object file is given an empty scenario of ours, which is not worth showing.
  const isOwn = scenario.tasks.some((t) => t.span.source.name === '<--do>');
  return [
    warningAt('B0414', 'nothing is triggered: no task does anything', {
      ...(!isOwn && { span: scenario.span }),
      help: helpFor(kernel, first, isOwn),
    }),
  ];
}
