import { evaluateConstant } from '../isa/lower/context.js';
import { takesPattern } from '../kernel/attach/kinds.js';
import { isPattern, matches } from '../kernel/attach/pattern.js';
import { isAttachable, refuseOn, refuseUnknown } from '../kernel/attach/refusals.js';
import { EINVAL, ENOENT } from '../kernel/errno.js';
import type { Kernel, Program } from '../kernel/kernel.js';
import type { AttachAst, LabAst, ScenarioAst } from '../syntax/lab-ast.js';
import { type Diagnostic, warningAt } from '../text/diagnostic.js';
import { Findings } from '../text/findings.js';
import { formatPlace } from '../text/source.js';
import { contradictions, demandsOf, meets } from './contradictions.js';
import type { Doubts } from './environment.js';
import { findCounter } from './expect.js';

/** Where a scenario names programs to be attached: at its beginning, and while it runs. */
const attachLines = ({ settings }: ScenarioAst): AttachAst[] =>
  settings.flatMap((s) => (s.kind === 'attach' ? s.programs : []));
const attachActions = ({ tasks }: ScenarioAst): AttachAst[] =>
  tasks.flatMap((t) => t.actions.filter((a) => a.kind === 'attach'));

/** Why a program cannot be attached to what it names, whatever else is attached and on all kernels; undefined if it can. */
function refuseAlone(kernel: Kernel, program: Program): Diagnostic | undefined {
  const canMatch = takesPattern(program.attach.kind);
  for (const target of program.targets) {
    const isMany = canMatch && isPattern(target.on);
    if (isMany && [...kernel.traceable.keys()].some((name) => matches(target.on, name))) continue;
    const refused = isMany ? refuseUnknown(kernel, program, target.on) : refuseOn(kernel, program, target);
    if (refused === undefined || refused.diagnostic.isOfKernel === true) continue;
    if (refused.errno === ENOENT || refused.errno === EINVAL) return refused.diagnostic;
  }
  return undefined;
}

const scenariosIn = (lab: LabAst): ScenarioAst[] =>
  lab.declarations.filter((d): d is ScenarioAst => d.kind === 'scenario');

/** Whether Linux has said the same of a program. */
const isSaid = ({ warnings }: Kernel, { message, span }: Diagnostic): boolean =>
  warnings.some((w) => w.span?.start === span?.start && w.notes?.some((note) => note.endsWith(message)));

/**
 * Programs of the lab that `attach` lines leave out in all scenarios, and that could not be attached: nothing else would look at
 * what they name. (Where a scenario attaches all, it is an error there.)
 */
const leftOut: Doubts = ({ kernel, lab, scenario, attach }) => {
  const scenarios = scenariosIn(lab);
  if (attach === undefined || scenario === undefined || scenarios.some((s) => attachLines(s).length === 0))
    return [];
  const listed = scenarios.flatMap((s) => [...attachLines(s), ...attachActions(s)]);
  const named = new Set([...attach, ...listed].map(({ name }) => name.name));
  return [...kernel.programs.values()]
    .filter((p) => !p.isOfObject && isAttachable(p) && !named.has(p.name))
    .flatMap((p): Diagnostic[] => {
      const refused = refuseAlone(kernel, p);
      if (refused === undefined || isSaid(kernel, refused)) return [];
      const notes = [...(refused.notes ?? []), `no \`attach\` names \`${p.name}\``];
      return [{ ...refused, severity: 'warning', notes }];
    });
};

/** Programs that are to be attached while the scenario runs, which then ends the run. */
const attachedLater: Doubts = ({ kernel, scenario }) =>
  (scenario === undefined ? [] : attachActions(scenario)).flatMap(({ name: { name, span } }) => {
    const program = kernel.programs.get(name);
    const refused = program && isAttachable(program) ? refuseAlone(kernel, program) : undefined;
    return refused === undefined ? [] : [{ ...refused, span }];
  });

/** Actions that are carried out no time at all. */
const neverDone: Doubts = ({ scenario }) => {
  const { tasks = [], events = [], sources = [] } = scenario ?? {};
  const inInterrupts = events.flatMap(({ effect }) => (effect.kind === 'interrupt' ? effect.actions : []));
  return [...[...tasks, ...sources].flatMap(({ actions }) => actions), ...inInterrupts].flatMap(
    ({ times, span }): Diagnostic[] => {
      if (times === undefined || evaluateConstant(times, new Map(), new Findings()) !== 0n) return [];
      const help = 'write how often after the `x`, or leave the line out';
      return [warningAt('B0414', 'this is done 0 times', { span, help })];
    },
  );
};

/** Counts that nothing counts, where they are expected to be more than 0. */
const uncounted: Doubts = ({ kernel, stats, scenario }) => {
  if (stats || scenario === undefined) return [];
  const off = scenario.settings.find((s) => s.kind === 'stats' && !s.on);
  const help =
    off === undefined
      ? 'leave out `--no-stats`'
      : `leave out \`stats off\`, which is at ${formatPlace(off.span)}`;
  return scenario.expects
    .flatMap((e) => (e.kind === 'condition' ? demandsOf(e.condition) : []))
    .filter((d) => STATISTICS.has(findCounter(kernel, d.subject)?.counter) && !meets(0n, d))
    .map(({ subject, span }) =>
      warningAt('B0405', `\`${subject}\` stays 0: statistics are off`, { span, help }),
    );
};
const STATISTICS: ReadonlySet<string | undefined> = new Set(['run_cnt', 'run_time_ns']);

/** All that is said. */
const ALL: readonly Doubts[] = [leftOut, attachedLater, contradictions, neverDone, uncounted];

export const doubts: Doubts = (booted) => ALL.flatMap((doubt) => doubt(booted));
