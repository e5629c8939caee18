import type { BootOptions } from '../lab/boot.js';
import { checkScenario, unknownGuards } from '../lab/claims.js';
import type { Environment } from '../lab/environment.js';
import { mistakesOf, type ScenarioCheck } from '../lab/mistakes.js';
import type { LabAst } from '../syntax/lab-ast.js';
import type { Diagnostic } from '../text/diagnostic.js';
import { sceneOf } from './scene.js';

/** What a scenario says to exploration, too: a verdict is expected of what can be explored, under guards that there are. */
export const checkAll: ScenarioCheck = (booted, scenario, { lab, env, options }, findings) => {
  const isExplored = scenario.claims.some((c) => c.kind === 'verdict');
  if (isExplored) sceneOf(booted, scenario, env, options, findings);
  else checkScenario(booted, scenario, findings);
  findings.addAll(unknownGuards(lab, scenario, env, options.guardFiles));
};

/** All that is wrong with a lab or doubtful, found without running it. */
export function checkLab(
  lab: LabAst,
  env: Environment,
  options: BootOptions,
  check: ScenarioCheck = checkAll,
): readonly Diagnostic[] {
  return mistakesOf(lab, env, options, check);
}
