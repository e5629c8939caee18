import { breachesOf } from '../explore/breaches.js';
import { replay } from '../replay/replay.js';
import { formatBreaches } from '../report/explorations.js';
import { runsToJson } from '../report/json.js';
import { perfettoTrace } from '../report/perfetto.js';
import { formatScenario } from '../report/summary.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';
import { type LabInput, type LabOptions, loadingOf } from './lab.js';
import type { MachineOptions } from './options.js';
import { readSchedule } from './schedule.js';
import { linuxFor, type VerdictOptions } from './verdicts.js';
import { writeOutput } from './write.js';

/** What `run --schedule` is told. */
interface ScheduledOptions extends MachineOptions, LabOptions, VerdictOptions {
  readonly schedule: string;
  readonly timeline?: boolean;
  readonly scenario?: string;
  readonly perfetto?: string;
}

/** Carries out a schedule and says what it breaks. */
export async function replayFile(
  cx: CliContext,
  path: string,
  input: LabInput,
  options: ScheduledOptions,
): Promise<void> {
  const { lab } = input;
  const { schedule, scenario, run } = readSchedule(cx, options.schedule, lab, options);
  const judge = await linuxFor(options);
  const machine = { ...run, ...loadingOf(input, options), judge };
  const result = replay(lab, scenario, environmentOf(cx), schedule, machine);
  const breaks = breachesOf(lab, scenario, environmentOf(cx), schedule, machine);
  if (options.perfetto !== undefined) await writeOutput(cx, options.perfetto, perfettoTrace([result]));
  if (cx.json) cx.document({ ...runsToJson(path, [result]), breaks });
  else {
    cx.report(result.warnings);
    cx.out(formatScenario(result, { timeline: options.timeline === true, palette: cx.palette }));
    cx.out(formatBreaches(breaks, cx.palette));
  }
  const isGood =
    result.outcome.kind !== 'fault' && result.expects.every((e) => e.passed) && breaks.length === 0;
  if (!isGood) cx.fail();
}
