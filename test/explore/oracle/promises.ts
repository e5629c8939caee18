import type { Kernel } from '../../../src/kernel/kernel.js';
import { TASK } from '../../../src/kernel/layout.js';
import type { ConditionAst, GuardAst, ScenarioAst } from '../../../src/syntax/lab-ast.js';

/** Conditions of a scenario. */
export const conditionsOf = (scenario: ScenarioAst, kind: 'always' | 'finally'): readonly ConditionAst[] =>
  scenario.claims.flatMap((c) => (c.kind === kind ? [c.condition] : []));

/** Properties that are not checked: the scenario or the guard's file says so. */
export const exempt = (scenario: ScenarioAst, guard: GuardAst): readonly string[] =>
  [...scenario.claims.flatMap((c) => (c.kind === 'without' ? c.names : [])), ...guard.without].map(
    (n) => n.name,
  );

/** Whether everybody's preempt_count and every guard's word are 0; labs compared here have no `given`. */
export function isBalanced(kernel: Kernel): boolean {
  const { memory, percpu, percpuVariables, processors } = kernel;
  const variable = percpuVariables.get('__preempt_count');
  const tasks = [...kernel.tasks, ...processors.map((c) => c.idle)];
  const counts =
    variable === undefined
      ? tasks.map((t) => memory.readU32(t.at + TASK.fields.preempt_count.offset))
      : processors.map((c) => memory.readU32(percpu.at(variable, c.id)));
  const words = processors.flatMap((c) =>
    [...kernel.programs.values()].flatMap((p) => [...kernel.active(p, c.id)]),
  );
  return [...counts, ...words].every((n) => n === 0);
}
