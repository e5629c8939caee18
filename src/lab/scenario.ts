import type { Name, ScenarioAst } from '../syntax/lab-ast.js';
import { shownLine } from '../text/shown.js';

/** What a scenario's text says before there is a machine. */

/** The name of a task: its own, or that of its CPU. */
export const taskName = (name: Name | undefined, cpu: number): string => name?.name ?? `task ${cpu}`;

/** The scenario of a title, as it is or as it is shown where there is something in it that cannot be seen. */
export function titled(all: readonly ScenarioAst[], title: string): ScenarioAst | undefined {
  const find = (as: (name: string) => string): ScenarioAst | undefined =>
    all.find((s) => s.title !== undefined && as(s.title.name) === title);
  return find((name) => name) ?? find(shownLine);
}

/** Actions of a scenario, those of interrupts by their repetitions and what raises them: what the arena has to hold. */
export function countActions(scenario: ScenarioAst): number {
  const inTasks = scenario.tasks.reduce((n, t) => n + t.actions.length, 0);
  const inInterrupts = scenario.events.flatMap((e) =>
    e.effect.kind === 'interrupt' ? e.effect.actions : [],
  );
  const inSources = scenario.sources.flatMap((s) => s.actions);
  return inTasks + (inInterrupts.length + inSources.length) * 64 + 2 * countHandlers(scenario);
}

/** Interrupts of a scenario. */
export const countHandlers = (scenario: ScenarioAst): number =>
  scenario.events.length + scenario.sources.length;
