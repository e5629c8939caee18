import type { Kernel } from '../kernel/kernel.js';
import { guardFunction } from '../kernel/names.js';
import type { ConditionAst, ExpectAst, GuardAst, LabAst, Name, ScenarioAst } from '../syntax/lab-ast.js';
import type { Diagnostic } from '../text/diagnostic.js';
import { Findings } from '../text/findings.js';
import { didYouMean } from '../text/nearest.js';
import type { Booted } from './boot.js';
import type { Environment } from './environment.js';
import { checkCondition } from './expect.js';
import { type GivenCounter, givenCounters } from './given-counters.js';
import { planScenario } from './plan.js';
import type { Plan } from './planned.js';
import { checkProperties } from './properties.js';

/** All that a scenario says, checked against a booted machine. */
export interface Checked {
  readonly plan: Plan;
  readonly given: readonly GivenCounter[];
}

/**
 * Checks all that a scenario says, whoever wants to know: what a run does not use is a mistake there, too, and whoever
 * only runs a lab would not hear of it otherwise.
 */
export function checkScenario(booted: Booted, scenario: ScenarioAst, findings: Findings): Checked {
  const { kernel } = booted;
  const plan = planScenario(kernel, scenario, findings);
  for (const s of scenario.settings)
    if (s.kind === 'attach') for (const { name } of s.programs) checkProgram(kernel, name, findings);
  for (const e of scenario.expects) checkFaultPlace(booted, e, findings);
  for (const c of scenario.claims) {
    switch (c.kind) {
      case 'always':
      case 'finally':
        checkCondition(kernel, c.condition, findings);
        refusePreemptCount(c.condition, findings);
        break;
      case 'without':
        checkProperties(c.names, findings);
        break;
      case 'verdict':
        checkProperties(c.breaks, findings);
        break;
      case 'given':
        break;
      default:
        c satisfies never;
    }
  }
  return { plan, given: givenCounters(kernel, scenario, findings) };
}

/** Others may have been asked for instead; a scenario names programs that there are. */
function checkProgram({ programs }: Kernel, { name, span }: Name, findings: Findings): void {
  if (programs.has(name)) return;
  const help = didYouMean(name, programs.keys());
  findings.error('B0407', `there is no program \`${name}\``, { span, help });
}

/** Where a fault is expected is a function that there is, if only under another guard. */
function checkFaultPlace({ kernel, guardNames }: Booted, e: ExpectAst, findings: Findings): void {
  if (e.kind !== 'fault' || e.at === undefined) return;
  const { name, span } = e.at;
  const inGuards = guardNames.flatMap((g) => [guardFunction(g, 'enter'), guardFunction(g, 'exit')]);
  if (kernel.functionNamed(name) !== undefined || inGuards.includes(name)) return;
  const names = [...kernel.machine.text.functions.map((f) => f.name), ...inGuards];
  const help = didYouMean(
    name,
    names.filter((n) => !n.includes(' ')),
  );
  findings.error('B0407', `there is no function \`${name}\``, { span, help });
}

/** preempt_count belongs to a task, and a condition to the memory that all share. */
function refusePreemptCount(c: ConditionAst, findings: Findings): void {
  const name = c.kind === 'name' ? c.name : c.kind === 'element' ? c.map.name : '';
  if (name === 'preempt_count')
    findings.error('B0411', 'preempt_count belongs to a task', {
      span: c.span,
      help: '`balanced` checks it at the end',
    });
  if ('left' in c) for (const part of [c.left, c.right]) refusePreemptCount(part, findings);
  if ('operand' in c) refusePreemptCount(c.operand, findings);
}

/**
 * Guards that a scenario names and that there are not: its own, and those it expects verdicts under. One of a file is
 * there only while the file is given (`files`), so who does not need them warns of these, and who does refuses.
 */
export function unknownGuards(
  lab: LabAst,
  scenario: ScenarioAst,
  env: Environment,
  files: readonly GuardAst[] = [],
): readonly Diagnostic[] {
  const own = scenario.settings.flatMap((s) => (s.kind === 'guard' ? [s.name] : []));
  const under = scenario.claims.flatMap((c) => (c.kind === 'verdict' && c.under ? [c.under] : []));
  const findings = new Findings();
  for (const { name, span } of [...own, ...under]) findings.attempt(() => env.guard(name, lab, span, files));
  return findings.diagnostics;
}

/** The same for those that do not need those guards. */
export function guardWarnings(...args: Parameters<typeof unknownGuards>): Diagnostic[] {
  return unknownGuards(...args).map((d) => ({ ...d, severity: 'warning' }));
}
