import { deepStrictEqual } from 'node:assert/strict';
import { finalStates } from '../../src/explore/finals.js';
import {
  finish,
  SearchContext,
  type SearchLimits,
  type SearchResult,
  search,
} from '../../src/explore/search.js';
import { modelNamed, parseOrThrow } from '../../src/lab/environment.js';
import { makeScene } from '../../src/replay/scene.js';
import type { ScenarioAst } from '../../src/syntax/lab-ast.js';
import { environment } from './environment.js';

export const LIMITS: SearchLimits = {
  maxStates: Number(process.env['EXPLORE_STATES'] ?? 1_500_000),
  maxSeconds: 60,
  // Only states count, so that nothing depends on how fast this machine is.
  clock: () => 0,
  isInterrupted: () => false,
};

/** Explores a scenario of a lab, the first one if none is named. */
export function searched(
  text: string,
  kernel: string | undefined,
  reduces: boolean,
  of?: (all: readonly ScenarioAst[]) => ScenarioAst,
  maxStates = LIMITS.maxStates,
): SearchResult {
  const lab = parseOrThrow({ name: 'test.bpf', text });
  const all = lab.declarations.filter((d) => d.kind === 'scenario');
  const scenario = of === undefined ? all[0]! : of(all);
  const model = kernel === undefined ? {} : { model: modelNamed(kernel) };
  return finish(
    search(new SearchContext(makeScene(lab, scenario, environment, model), reduces), {
      ...LIMITS,
      maxStates,
    }),
  );
}

/** Both searches; undefined where the one without reduction is too large to be compared with. */
export function both(
  text: string,
  kernel?: string,
  of?: (all: readonly ScenarioAst[]) => ScenarioAst,
  maxStates?: number,
) {
  const reduced = searched(text, kernel, true, of);
  const full = searched(text, kernel, false, of, maxStates);
  if (full.completeness !== 'complete') return undefined;
  const summary = (r: SearchResult) => ({
    completeness: r.completeness,
    broken: [...r.breaches.keys()].sort(),
    finals: [...finalStates(r)].sort(),
  });
  return { reduced: summary(reduced), full: summary(full), factor: full.states.count / reduced.states.count };
}

/** Expects both searches to come to the same; returns by what the reduction divides the states. */
export function agree(
  text: string,
  kernel?: string,
  of?: (all: readonly ScenarioAst[]) => ScenarioAst,
  maxStates?: number,
): number {
  const found = both(text, kernel, of, maxStates);
  if (found === undefined) return 1;
  deepStrictEqual(found.reduced, found.full, text);
  return found.factor;
}
