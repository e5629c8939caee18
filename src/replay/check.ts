import { type BootOptions, bootScenario } from '../lab/boot.js';
import { checkScenario, unknownGuards } from '../lab/claims.js';
import { type Environment, guardsOf } from '../lab/environment.js';
import type { LabAst, ScenarioAst } from '../syntax/lab-ast.js';
import { collecting, type Diagnostic, distinct, hasErrors } from '../text/diagnostic.js';
import { makeScene } from './scene.js';

/**
 * What is wrong with a lab or doubtful, found without running it: of all its scenarios, of what they say to exploration,
 * and of all guards that it declares, whether anything uses them or not.
 */
export function checkLab(lab: LabAst, env: Environment, options: BootOptions): Diagnostic[] {
  const found: Diagnostic[] = [];
  const booted = new Set<string>();
  const scenarios = lab.declarations.filter((d) => d.kind === 'scenario');
  for (const scenario of scenarios.length === 0 ? [undefined] : scenarios)
    collecting(found, () => {
      const { guard, found: own } = checkOne(lab, scenario, env, options);
      found.push(...own);
      booted.add(guard);
    });
  for (const guard of guardsOf(lab)) {
    if (booted.has(guard.name.name)) continue;
    const { guardName: _, ...rest } = options;
    collecting(found, () => {
      found.push(...bootScenario(lab, undefined, env, { ...rest, guard }).kernel.warnings);
    });
  }
  return distinct(found);
}

function checkOne(
  lab: LabAst,
  scenario: ScenarioAst | undefined,
  env: Environment,
  options: BootOptions,
): { readonly guard: string; readonly found: readonly Diagnostic[] } {
  const booted = bootScenario(lab, scenario, env, options);
  const { kernel } = booted;
  const found: Diagnostic[] = [...kernel.warnings];
  if (scenario !== undefined) {
    checkScenario(booted, scenario, found);
    found.push(...unknownGuards(lab, scenario, env, options.guardFiles));
    // A verdict is expected of what can be explored.
    if (scenario.claims.some((c) => c.kind === 'verdict') && !hasErrors(found))
      collecting(found, () => makeScene(lab, scenario, env, options));
  }
  return { guard: kernel.guard.name, found };
}
