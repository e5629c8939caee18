import { backtrace } from '../../machine/fault.js';
import type { LabAst, ScenarioAst } from '../../syntax/lab-ast.js';
import { errorAt, InputError } from '../../text/diagnostic.js';
import type { Environment } from '../environment.js';
import { Recorder } from '../recorder.js';
import { type RunOptions, resultOf, type ScenarioResult, scenariosOf } from '../run.js';
import type { Outcome } from '../scheduler.js';
import { WriteHistory } from '../writes.js';
import { Player } from './player.js';
import { makeScene, type SceneOptions } from './scene.js';
import { choiceOf, formatTurn, type Schedule } from './schedule.js';
import { CHOICE, readChoice } from './space.js';

/** The scenario that a schedule names; without a name the lab's only one. Throws `InputError`. */
export function scheduledScenario(lab: LabAst, schedule: Schedule): ScenarioAst {
  const all = scenariosOf(lab);
  const titles = all.map((s) => s.title?.name ?? '(without a title)').join(', ');
  const found = schedule.title === undefined ? all[0] : all.find((s) => s.title?.name === schedule.title);
  if (found !== undefined && (schedule.title !== undefined || all.length === 1)) return found;
  const what =
    schedule.title === undefined
      ? 'the schedule names no scenario'
      : `there is no scenario \`${schedule.title}\``;
  throw new InputError(errorAt('B0412', what, { expected: titles }));
}

/**
 * Runs a scenario as a schedule says, on the machine that exploration runs: the clock stands still. Where the schedule
 * ends the run does, though something may be left to do. Throws `InputError` for turns that are not possible.
 */
export function replay(
  lab: LabAst,
  scenario: ScenarioAst,
  env: Environment,
  schedule: Schedule,
  options: SceneOptions & Pick<RunOptions, 'maxEvents' | 'writes'>,
): ScenarioResult {
  const scene = makeScene(lab, scenario, env, options);
  const { machine, processors } = scene.kernel;
  const recorder = new Recorder(scene.kernel, options.maxEvents);
  const history = options.writes === true ? new WriteHistory(scene.kernel, recorder.events) : undefined;
  if (history !== undefined) recorder.observer.write = history.write;
  const player = new Player(scene, recorder);
  let outcome: Outcome | undefined;
  for (const turn of schedule.turns) {
    const first = choiceOf(scene, turn);
    const c = readChoice(first);
    const rest = c.kind === 'arrival' ? CHOICE.interrupt(c.cpu) : first;
    for (let i = 0; i < turn.moves && outcome === undefined; i += 1) {
      const moved = player.move(i === 0 ? first : rest);
      if (moved.kind === 'fault') outcome = { kind: 'fault', fault: moved.fault };
      if (moved.kind === 'impossible') {
        const at = turn.span === undefined ? {} : { span: turn.span };
        const what = `\`${formatTurn(turn)}\` is not possible: ${moved.why}`;
        throw new InputError(errorAt('B0412', what, { ...at, notes: [`it was move ${i + 1} of the turn`] }));
      }
    }
  }
  if (outcome === undefined) {
    const running = processors.find((cpu) => cpu.depth > 0 || cpu.current !== undefined)?.top;
    const where = running?.isBusy === true ? backtrace(machine, running, running.pc) : [];
    outcome = player.isOver
      ? { kind: 'finished' }
      : { kind: 'paused', executed: machine.executed, where, unfinished: player.unfinished };
  }
  return resultOf(scene.booted, scenario, outcome, player.results, recorder, history);
}
