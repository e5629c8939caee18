import type { Environment } from '../lab/environment.js';
import { Recorder } from '../lab/recorder.js';
import { type Begun, type RunOptions, resultOf, type ScenarioResult, scenariosOf } from '../lab/run.js';
import { titled } from '../lab/scenario.js';
import { WriteHistory } from '../lab/writes.js';
import type { LabAst, ScenarioAst } from '../syntax/lab-ast.js';
import { errorAt, InputError } from '../text/diagnostic.js';
import { Player } from './player.js';
import { Rerun } from './rerun.js';
import { makeScene, type Scene, type SceneOptions } from './scene.js';
import type { Schedule } from './schedule.js';

/** The scenario that a schedule names; without a name the lab's only one. Throws `InputError`. */
export function scheduledScenario(lab: LabAst, schedule: Schedule): ScenarioAst {
  const all = scenariosOf(lab);
  const titles = all.map((s) => s.title?.name ?? '(without a title)').join(', ');
  const found = schedule.title === undefined ? all[0] : titled(all, schedule.title);
  if (found !== undefined && (schedule.title !== undefined || all.length === 1)) return found;
  const what =
    schedule.title === undefined
      ? 'the schedule names no scenario'
      : `there is no scenario \`${schedule.title}\``;
  const at = schedule.spans?.scenario ?? schedule.turns[0]?.span ?? schedule.spans?.guard;
  throw new InputError(errorAt('B0412', what, { ...(at && { span: at }), expected: titles }));
}

type ReplayOptions = SceneOptions & Pick<RunOptions, 'maxEvents' | 'foldsWrites' | 'writes' | 'limits'>;

/** The machine that exploration runs, as a schedule wants it: its clock stands still. Throws `InputError`. */
export function sceneOf(
  lab: LabAst,
  scenario: ScenarioAst,
  env: Environment,
  { stats, strictAlignment, attach }: Schedule,
  options: ReplayOptions,
): Scene {
  return makeScene(lab, scenario, env, {
    ...(stats === false && { stats }),
    ...(strictAlignment === true && { strictAlignment }),
    ...(attach && { attach }),
    ...options,
  });
}

/** Boots that machine for a schedule of which nothing has happened yet. Throws `InputError`. */
export function beginReplay(
  lab: LabAst,
  scenario: ScenarioAst,
  env: Environment,
  schedule: Schedule,
  options: ReplayOptions,
): Begun {
  const scene = sceneOf(lab, scenario, env, schedule, options);
  const { kernel } = scene;
  const history = options.writes === true ? new WriteHistory(kernel) : undefined;
  const recorder = new Recorder(kernel, options, history);
  const runner = new Rerun(new Player(scene, recorder), schedule, options.limits);
  return { ...scene.booted, runner, recorder, history, arenaUsed: 0 };
}

/**
 * Runs a scenario as a schedule says. Where the schedule ends the run does, though something may be left to do. Throws
 * `InputError` for turns that are not possible.
 */
export function replay(...args: Parameters<typeof beginReplay>): ScenarioResult {
  const begun = beginReplay(...args);
  return resultOf(begun, args[1], begun.runner.run(), args[4]);
}
