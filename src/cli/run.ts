import { Command, Option } from 'commander';
import type { LabEvent } from '../lab/events.js';
import { type RunOptions, runScenario, type ScenarioResult } from '../lab/run.js';
import { DEFAULT_ENGINE } from '../machine/engines.js';
import { formatScenario } from '../report/summary.js';
import { type Diagnostic, distinct } from '../text/diagnostic.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';
import type { GuardOptions } from './guards.js';
import {
  chosenScenario,
  type LabOptions,
  loadingOf,
  loadingOptions,
  readLab,
  runsOf,
  scenariosFor,
  withOptions,
} from './lab.js';
import { actionOptions, mayOption } from './made-scenario.js';
import {
  engineOption,
  formerGuardsOption,
  guardOption,
  kernelOption,
  type MachineOptions,
  maxErrorsOption,
  maxInsnsOption,
  maxMemoryOption,
  maxSecondsOption,
  noStatsOption,
  scheduleOption,
  strictAlignmentOption,
} from './options.js';
import { linuxFor, refuseFirst, type VerdictOptions, verifyOptions } from './verdicts.js';
import { checkWritable, writeOutput } from './write.js';

interface Options extends MachineOptions, LabOptions, GuardOptions, VerdictOptions {
  readonly timeline?: boolean;
  readonly schedule?: string;
  readonly scenario?: string;
  readonly perfetto?: string;
}

/** Instructions up to which a run is observed at once, to tell by which way programs were kept out: most end before. */
const MOST_AT_ONCE = 10_000;
/** Instructions up to which a longer one is made again for it. */
const MOST_AGAIN = 1_000_000;

/** What happened in a run that was not observed, if a program was kept out: runs come out alike. */
function missedEvents(result: ScenarioResult, again: () => ScenarioResult): readonly LabEvent[] {
  const isMissed = result.programs.some((p) => p.recursionMisses > 0n || p.linkMissed > 0n);
  return isMissed && result.executed <= MOST_AGAIN ? again().events : [];
}

/** Reports what has not been said of an earlier scenario, and returns it. */
function reportNew(cx: CliContext, said: readonly Diagnostic[], found: readonly Diagnostic[]): Diagnostic[] {
  const fresh = distinct([...said, ...found]).slice(said.length);
  cx.report(fresh);
  return fresh;
}

export function runCommand(cx: CliContext): Command {
  return withOptions(
    new Command('run')
      .argument('<file>', 'a lab, or an object file of clang (*.o), or C for it (*.c); - for standard input')
      .addOption(new Option('-n, --scenario <which>', 'number or title of one scenario, instead of all')),
    [...actionOptions(), mayOption(), ...loadingOptions(), ...verifyOptions()],
  )
    .addOption(guardOption())
    .addOption(formerGuardsOption())
    .addOption(kernelOption())
    .addOption(engineOption())
    .option('-t, --timeline', "show every invocation as a tree, with the guard's bytes")
    .addOption(scheduleOption())
    .addOption(
      new Option(
        '--perfetto <file>',
        'write a trace that ui.perfetto.dev opens: a process for each run, a track for each CPU',
      ),
    )
    .addOption(noStatsOption())
    .addOption(strictAlignmentOption())
    .addOption(maxInsnsOption())
    .addOption(maxSecondsOption())
    .addOption(maxMemoryOption())
    .addOption(maxErrorsOption())
    .action(async (path: string, options: Options) => {
      const input = readLab(cx, path, options);
      const { lab } = input;
      const all = scenariosFor(cx, input, options);
      const scenarios = options.scenario === undefined ? all : [chosenScenario(all, options.scenario)];
      const { perfetto, schedule } = options;
      if (perfetto !== undefined) checkWritable(perfetto);
      const observe = options.timeline === true || cx.json || perfetto !== undefined;
      if (schedule !== undefined) {
        // Most runs need none of this.
        const { replayFile } = await import('./run-schedule.js');
        await replayFile(cx, path, input, { ...options, schedule });
        return;
      }
      const results: ScenarioResult[] = [];
      const said: Diagnostic[] = [];
      const judge = await linuxFor(options);
      const runs = runsOf(cx, input, options).map((run) => ({ ...run, ...loadingOf(input, options), judge }));
      refuseFirst(cx, lab, scenarios, runs);
      for (const run of runs) {
        for (const scenario of scenarios) {
          const runOnce = (more: Pick<RunOptions, 'observe' | 'maxInsns'>): ScenarioResult =>
            runScenario(lab, scenario, environmentOf(cx), { ...run, ...more });
          // What is observed is interpreted, which those who name an engine may not want.
          const isShort = !observe && options.engine === DEFAULT_ENGINE && options.maxInsns > MOST_AT_ONCE;
          const looked = isShort ? runOnce({ observe: true, maxInsns: MOST_AT_ONCE }) : undefined;
          const isWhole = looked !== undefined && looked.outcome.kind !== 'budget';
          const result = isWhole ? looked : runOnce({ observe });
          results.push(result);
          if ((options.guard ?? options.guards) === undefined || results.length === 1)
            said.push(...reportNew(cx, said, result.warnings));
          if (!cx.json) {
            if (results.length > 1) cx.out('\n');
            const isObserved = observe || isWhole;
            const events = isObserved
              ? result.events
              : missedEvents(result, () => runOnce({ observe: true }));
            cx.out(
              formatScenario(result, { timeline: options.timeline === true, palette: cx.palette, events }),
            );
          }
        }
      }
      if (perfetto !== undefined) {
        const { perfettoTrace } = await import('../report/perfetto.js');
        await writeOutput(cx, perfetto, perfettoTrace(results));
      }
      if (cx.json) {
        const { runsToJson } = await import('../report/json.js');
        cx.document(runsToJson(path, results));
      }
      if (results.some((r) => !r.passed)) cx.fail();
    });
}
