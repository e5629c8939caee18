import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseOrThrow } from '../../src/lab/environment.js';
import { runScenario, type ScenarioResult, scenariosOf } from '../../src/lab/run.js';
import { interpreter } from '../../src/machine/bare.js';
import type { ScenarioAst } from '../../src/syntax/lab-ast.js';
import { RULES_OF_OBSERVED } from '../report/observed-rules.js';
import { ENGINES } from '../support/engines.js';
import { environment } from '../support/environment.js';

/** The engines but the one that runs what says nothing of engines. */
const OTHERS = ENGINES.filter(([, engine]) => engine !== interpreter);

/** Shipped labs, and labs that only test. `package.test.ts` has the command test all those that are shipped. */
const labs = [
  '../../programs/',
  '../../programs/bench/',
  '../../programs/guards-of-linux/',
  '../data/labs/',
].flatMap((dir) => {
  const folder = new URL(dir, import.meta.url);
  return readdirSync(folder)
    .filter((f) => f.endsWith('.bpf'))
    .map((name) => [name, new URL(name, folder)] as const);
});

describe.each(labs)('lab %s', (name, url) => {
  const text = readFileSync(url, 'utf8');
  const lab = parseOrThrow({ name: fileURLToPath(url), text });

  test('begins with what it shows', () => {
    expect(text.startsWith(`// ${name}: `)).toBe(true);
  });

  test.each(scenariosOf(lab).map((s, i) => [s.title?.name ?? `scenario ${i + 1}`, s] as const))(
    '%s',
    (_, scenario) => {
      const result = plain(scenario);
      expect(result.expects.length).toBeGreaterThan(0);
      expect(result.expects.filter((e) => !e.passed)).toEqual([]);
      expect(result.passed).toBe(true);
    },
  );

  const results = new Map<ScenarioAst, ScenarioResult>();
  /** What a scenario gives without anything special, run once. */
  const plain = (scenario: ScenarioAst): ScenarioResult => {
    const known = results.get(scenario) ?? runScenario(lab, scenario, environment);
    results.set(scenario, known);
    return known;
  };

  test.each(OTHERS)('gives the same on engine %s', (_engine, engine) => {
    for (const scenario of scenariosOf(lab))
      expect(runScenario(lab, scenario, environment, { engine })).toEqual(plain(scenario));
  });

  describe('observed', () => {
    let observed: readonly ScenarioResult[];
    beforeAll(() => {
      observed = scenariosOf(lab).map((s) => runScenario(lab, s, environment, { observe: true }));
    });
    afterAll(() => {
      observed = [];
    });

    test('gives the same', () => {
      for (const [i, scenario] of scenariosOf(lab).entries()) {
        expect({ ...observed[i], events: [] }).toEqual(plain(scenario));
        expect(observed[i]!.events.length).toBeGreaterThan(0);
      }
    });

    test.each(RULES_OF_OBSERVED)('%s', (_, holds) => {
      for (const result of observed) holds(result);
    });
  });
});
