import { withRewrites } from '../isa/rewrite.js';
import type { GuardAst, LabAst, ScenarioAst } from '../syntax/lab-ast.js';
import { parseLab } from '../syntax/parse-lab.js';
import { type Diagnostic, hasErrors, InputError, inOrder, ordered } from '../text/diagnostic.js';
import { Findings } from '../text/findings.js';
import type { Source } from '../text/source.js';
import { type Booted, type BootOptions, bootForChecks } from './boot.js';
import { checkScenario, guardWarnings } from './claims.js';
import { type Environment, guardsOf, onlyGuard } from './environment.js';

/** What a scenario was booted from. */
interface BootedFrom {
  readonly lab: LabAst;
  readonly env: Environment;
  readonly options: BootOptions;
}

/** Looks at what a scenario says. */
export type ScenarioCheck = (
  booted: Booted,
  scenario: ScenarioAst,
  from: BootedFrom,
  findings: Findings,
) => void;

/** What matters to a run: guards that it only names are not needed. */
const checkToRun: ScenarioCheck = (booted, scenario, { lab, env, options }, findings) => {
  checkScenario(booted, scenario, findings);
  findings.addAll(guardWarnings(lab, scenario, env, options.guardFiles));
};

/**
 * All that is wrong with a lab or doubtful, found without running it: of all its scenarios, and of all guards that it
 * declares or that are given as files, whether anything uses them or not. A lab of which not all could be read is looked
 * at as far as it was; what may be wrong only because of the rest is left out.
 */
export function mistakesOf(
  lab: LabAst,
  env: Environment,
  options: BootOptions,
  check: ScenarioCheck = checkToRun,
): readonly Diagnostic[] {
  const found = new Findings();
  const booted = new Set<string>();
  const look = (scenario: ScenarioAst | undefined, chosen: BootOptions): void => {
    const own = new Findings();
    const { kernel, ...rest } = bootForChecks(lab, scenario, env, chosen, own);
    booted.add(kernel.guard.name);
    if (scenario !== undefined) check({ kernel, ...rest }, scenario, { lab, env, options: chosen }, own);
    found.addAll(own.diagnostics);
  };
  const scenarios = lab.declarations.filter((d) => d.kind === 'scenario');
  for (const scenario of scenarios.length === 0 ? [undefined] : scenarios) look(scenario, options);
  const { guardName: _, ...rest } = options;
  const files = options.guardFiles ?? [];
  const names = env.nameGuards(lab, files).map((g) => g.name.name);
  for (const guard of guardsOf(lab)) if (!booted.has(guard.name.name)) look(undefined, { ...rest, guard });
  for (const [i, guard] of files.entries()) if (!booted.has(names[i]!)) look(undefined, { ...rest, guard });
  return inOrder(found.diagnostics);
}

/**
 * Does something with a lab. Where that is refused, throws `InputError` with all that is wrong with the lab, and not only
 * with what was in the way.
 */
export function orAllMistakes<T>(
  lab: LabAst,
  env: Environment,
  options: BootOptions,
  act: () => T,
  check?: ScenarioCheck,
): T {
  try {
    return act();
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
    // What Linux refuses has been said of what was to be run.
    const { judge: _, ...rest } = options;
    throw new InputError(ordered([...e.diagnostics, ...mistakesOf(lab, env, rest, check)]));
  }
}

export interface ReadOptions extends BootOptions {
  /** Most errors to look for in one file; the environment's own choice where nothing is said. */
  readonly maxErrors?: number;
  readonly check?: ScenarioCheck;
}

/**
 * Parses a lab. Throws `InputError` with all that is wrong with it: where statements cannot be read, the rest is looked at
 * as far as it can be.
 */
export function readLab(source: Source, env: Environment, options: ReadOptions = {}): LabAst {
  const { value, diagnostics, isComplete } = parseLab(source, options.maxErrors ?? env.maxErrors);
  if (!hasErrors(diagnostics)) return value;
  const more = isComplete ? mistakesOf(value, env, options, options.check) : [];
  throw new InputError(ordered([...withRewrites(diagnostics), ...more]));
}

/** The one guard that a file declares, which was given by itself, with the same care. Throws `InputError`. */
export function readGuard(
  source: Source,
  env: Environment,
  { isShipped = false, ...options }: ReadOptions & { readonly isShipped?: boolean } = {},
): GuardAst {
  const guard = onlyGuard(source, readLab(source, env, options));
  return { ...guard, file: { path: source.name, declared: guard.name.name, isShipped } };
}
