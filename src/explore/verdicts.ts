import type { Environment } from '../lab/environment.js';
import type { LabAst, ScenarioAst } from '../syntax/lab-ast.js';
import { type ExploreOptions, explore, judge, verdictsOf } from './explore.js';
import { finish, type SearchLimits } from './search.js';

/** An expected verdict, and whether exploration came to it. */
export interface JudgedVerdict {
  readonly text: string;
  readonly passed: boolean;
  /** The verdict it came to. */
  readonly found: string;
  readonly span: ReturnType<typeof verdictsOf>[number]['span'];
}

/** Explores a scenario under every guard it expects a verdict of. Throws `InputError`. */
export function judgeVerdicts(
  lab: LabAst,
  scenario: ScenarioAst,
  env: Environment,
  options: ExploreOptions,
  limits: SearchLimits,
): readonly JudgedVerdict[] {
  return verdictsOf(scenario).map((v) => {
    const under =
      v.guard === undefined ? {} : { guard: env.guard(v.guard.name, lab, v.guard.span, options.guardFiles) };
    const work = explore(lab, scenario, env, { ...options, ...under, verdictOnly: true }, limits);
    return { text: v.text, span: v.span, ...judge(v, finish(work)) };
  });
}
