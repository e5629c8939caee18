import { join } from 'node:path';
import type { Exploration } from '../explore/explore.js';
import { modelNamed } from '../lab/environment.js';
import type { RunOptions } from '../lab/run.js';
import { readScheduleAsFar } from '../replay/parse.js';
import { scheduledScenario } from '../replay/replay.js';
import { type Schedule, unknownTasks } from '../replay/schedule.js';
import type { LabAst, ScenarioAst } from '../syntax/lab-ast.js';
import { errorAt, ordered, throwIfErrors } from '../text/diagnostic.js';
import { Findings, MOST_ERRORS } from '../text/findings.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';
import { UsageError } from './io.js';
import { type ActionOptions, labAsMade, MADE_TITLE } from './made-scenario.js';
import { isPath, type MachineOptions, oneRunOption } from './options.js';
import { readText } from './read.js';
import { makeFolder, writeOutput } from './write.js';

export interface Scheduled {
  readonly schedule: Schedule;
  readonly scenario: ScenarioAst;
  readonly run: RunOptions;
}

/** A schedule, with the guard and the kernel it names unless the command line says otherwise. Throws `InputError`. */
export function readSchedule(
  cx: CliContext,
  path: string,
  file: LabAst,
  options: MachineOptions & ActionOptions & { readonly scenario?: string },
): Scheduled {
  if (options.scenario !== undefined)
    throw new UsageError(errorAt('B0803', 'a schedule names its scenario: leave out --scenario'));
  const lab = labAsMade(file, options);
  const { schedule, findings } = readScheduleAsFar(readText(path, cx.stdin), cx.maxErrors);
  const option = (['do', 'task', 'may'] as const).find((name) => options[name] !== undefined);
  if (option !== undefined && schedule.title !== undefined && schedule.title !== MADE_TITLE)
    throw new UsageError(
      errorAt('B0803', `this schedule is for a scenario of the file: leave out --${option}`),
    );
  const besides = new Findings();
  // What the file names wrongly is the file's mistake, with its place.
  const { spans, kernel: named, guard: wanted } = schedule;
  if (options.kernel === undefined && named !== undefined)
    besides.attempt(() => modelNamed(named, spans?.kernel));
  if (options.guard === undefined && wanted !== undefined && !isPath(wanted))
    besides.attempt(() => environmentOf(cx).guard(wanted, lab, spans?.guard));
  const scenario = besides.attempt(() => scheduledScenario(lab, schedule));
  if (scenario !== undefined) besides.addAll(unknownTasks(scenario, schedule.turns));
  // Where there is too much wrong with its lines, not all of them were looked at.
  if (findings.errors >= (cx.maxErrors ?? MOST_ERRORS)) findings.orThrow();
  const all = [...findings.diagnostics, ...besides.diagnostics];
  throwIfErrors(ordered(all));
  const guard = options.guard ?? (schedule.guard === undefined ? undefined : [schedule.guard]);
  const kernel = options.kernel ?? schedule.kernel;
  const run = oneRunOption(cx, {
    ...options,
    ...(guard && { guard }),
    ...(kernel !== undefined && { kernel }),
  });
  return { schedule, scenario: scenario!, run };
}

/** A name as a part of a file's name. */
const inFileName = (name: string): string => name.replace(/[^\p{L}\p{N}_.$-]+/gu, '_');

/** A folder of counterexamples, each a file of its own. */
export class Schedules {
  readonly #dir: string;
  readonly #lab: string;
  readonly #written = new Set<string>();

  constructor(dir: string, lab: string) {
    makeFolder(dir);
    this.#dir = dir;
    this.#lab = inFileName(lab.replace(/^.*\//s, '').replace(/\.\w+$/, ''));
  }

  async save(cx: CliContext, scenario: number, { guard, counterexamples }: Exploration): Promise<void> {
    for (const { property, schedule } of counterexamples) {
      const name = `${this.#lab}-${scenario}-${inFileName(guard)}-${property}`;
      const path = join(this.#dir, `${this.#unused(name)}.schedule`);
      await writeOutput(cx, path, schedule);
    }
  }

  /** Names of guards that differ may be alike as parts of file names. */
  #unused(name: string): string {
    let unused = name;
    for (let n = 2; this.#written.has(unused); n += 1) unused = `${name}-${n}`;
    this.#written.add(unused);
    return unused;
  }
}
