import { Command } from 'commander';
import type { SearchLimits } from '../explore/search.js';
import { judgeVerdicts } from '../explore/verdicts.js';
import { bootScenario } from '../lab/boot.js';
import { orAllMistakes, readLab } from '../lab/mistakes.js';
import { type RunOptions, runScenario } from '../lab/run.js';
import { checkAll } from '../replay/check.js';
import { diagnosticToJson } from '../report/refusal.js';
import { formatScenario } from '../report/summary.js';
import type { ScenarioAst } from '../syntax/lab-ast.js';
import { type Diagnostic, errorAt, InputError } from '../text/diagnostic.js';
import { oneLine, shownLine } from '../text/shown.js';
import { formatPlace } from '../text/source.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';
import { UsageError } from './io.js';
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
  runOptionsFor,
  strictAlignmentOption,
} from './options.js';
import { filesBelow, readText } from './read.js';
import { linuxFor, saysVerify } from './verdicts.js';

/** Folders below a lab folder that hold parts of the kernel and guards, not labs. */
const NOT_LABS = new Set(['kernel', 'guards', 'node_modules']);

interface LabOutcome {
  readonly lab: string;
  readonly passed: number;
  readonly failed: number;
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Labs that come with expectations are small. */
const searchLimits = ({ limits }: RunOptions): SearchLimits => ({
  maxStates: 20_000_000,
  maxSeconds: limits?.maxSeconds ?? Infinity,
  clock: () => performance.now(),
  isInterrupted: () => false,
});

/** A scenario that expects verdicts and nothing of a run. */
const isOnlyExplored = (s: ScenarioAst): boolean =>
  s.expects.length === 0 && s.claims.some((c) => c.kind === 'verdict');

/** Runs all scenarios of a lab, and explores those that expect a verdict; an expectation counts one, a scenario that does not end as expected counts one. */
async function testLab(cx: CliContext, path: string, given: RunOptions): Promise<LabOutcome> {
  let passed = 0;
  let failed = 0;
  const texts: string[] = [];
  try {
    const lab = readLab(readText(path), environmentOf(cx), {
      ...given,
      check: checkAll,
      maxErrors: cx.maxErrors,
    });
    const scenarios = lab.declarations.filter((d) => d.kind === 'scenario');
    const judge = scenarios.some(saysVerify) ? await linuxFor({}) : 'nobody';
    const options = { ...given, judge };
    if (scenarios.length === 0)
      orAllMistakes(lab, environmentOf(cx), options, () =>
        bootScenario(lab, undefined, environmentOf(cx), options),
      );
    for (const scenario of scenarios) {
      // The scenario names its guards and its kernel; what the command line says is for running.
      const { guard: _g, guardName: _n, model: _m, ...explored } = options;
      for (const v of judgeVerdicts(lab, scenario, environmentOf(cx), explored, searchLimits(options))) {
        if (v.passed) passed += 1;
        else {
          failed += 1;
          texts.push(
            oneLine(`${cx.palette.error('FAIL')} ${v.text}: it ${v.found}  (${formatPlace(v.span)})`),
          );
        }
      }
      if (isOnlyExplored(scenario)) continue;
      const result = runScenario(lab, scenario, environmentOf(cx), options);
      const good = result.expects.filter((e) => e.passed).length;
      passed += good;
      failed += result.expects.length - good + (result.passed || good < result.expects.length ? 0 : 1);
      if (!result.passed) texts.push(formatScenario(result, { timeline: false, palette: cx.palette }));
    }
    return { lab: path, passed, failed, text: texts.join('\n'), diagnostics: [] };
  } catch (e) {
    if (!(e instanceof InputError || e instanceof UsageError)) throw e;
    const diagnostics = e instanceof InputError ? e.diagnostics : [e.diagnostic];
    return { lab: path, passed, failed: failed + 1, text: '', diagnostics };
  }
}

export function testCommand(cx: CliContext): Command {
  return new Command('test')
    .argument('<path...>', 'lab files or directories')
    .addOption(guardOption())
    .addOption(formerGuardsOption())
    .addOption(kernelOption())
    .addOption(engineOption())
    .addOption(noStatsOption())
    .addOption(strictAlignmentOption())
    .addOption(maxInsnsOption())
    .addOption(maxSecondsOption())
    .addOption(maxMemoryOption())
    .addOption(maxErrorsOption())
    .action(async (paths: string[], options: MachineOptions) => {
      const labs = paths.flatMap((path) => filesBelow(path, '.bpf', NOT_LABS));
      if (labs.length === 0)
        throw new UsageError(errorAt('B0801', `there is no lab (*.bpf) in ${paths.join(' ')}`));
      const outcomes: LabOutcome[] = [];
      for (const run of runOptionsFor(cx, options))
        for (const lab of labs) outcomes.push(await testLab(cx, lab, run));
      const passed = outcomes.reduce((n, o) => n + o.passed, 0);
      const failed = outcomes.reduce((n, o) => n + o.failed, 0);
      if (cx.json) {
        const list = outcomes.map(({ text: _, diagnostics, ...o }) => ({
          ...o,
          diagnostics: diagnostics.map(diagnosticToJson),
        }));
        cx.document({ passed, failed, labs: list });
      } else {
        for (const o of outcomes) {
          const mark = o.failed === 0 ? cx.palette.note('ok  ') : cx.palette.error('FAIL');
          cx.out(`${mark} ${shownLine(o.lab)}: ${o.passed} passed, ${o.failed} failed`);
          if (o.text !== '') cx.out(o.text.replace(/^/gm, '     '));
          cx.report(o.diagnostics);
        }
        cx.out(`${passed} passed, ${failed} failed`);
      }
      if (failed > 0) cx.fail();
    });
}
