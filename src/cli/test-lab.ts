import type { SearchLimits } from '../explore/search.js';
import { judgeVerdicts } from '../explore/verdicts.js';
import { bootScenario } from '../lab/boot.js';
import { orAllMistakes, readLab } from '../lab/mistakes.js';
import { type RunOptions, runScenario } from '../lab/run.js';
import { checkAll } from '../replay/check.js';
import { diagnosticToJson } from '../report/refusal.js';
import { formatScenario } from '../report/summary.js';
import type { ScenarioAst } from '../syntax/lab-ast.js';
import { type Diagnostic, InputError, ordered } from '../text/diagnostic.js';
import { oneLine } from '../text/shown.js';
import { formatPlace } from '../text/source.js';
import { now } from './clock.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';
import { UsageError } from './io.js';
import type { MachineOptions } from './options.js';
import { readText } from './read.js';
import { linuxFor, saysVerify } from './verdicts.js';

/** What testing a lab has come to; plain data, for it goes from thread to thread. */
export interface LabOutcome {
  readonly lab: string;
  readonly passed: number;
  readonly failed: number;
  /** What was not tried, since the kernel that was chosen has not got what it needs. */
  readonly not_on_kernel: number;
  readonly text: string;
  /** Diagnostics, as they are printed and as JSON has them. */
  readonly report: string;
  readonly diagnostics: readonly object[];
}

/** Labs that come with expectations are small. */
const searchLimits = ({ limits }: RunOptions): SearchLimits => ({
  maxStates: 20_000_000,
  maxSeconds: limits?.maxSeconds ?? Infinity,
  clock: now,
  isInterrupted: () => false,
});

/** A scenario that expects verdicts and nothing of a run. */
const isOnlyExplored = (s: ScenarioAst): boolean =>
  s.expects.length === 0 && s.claims.some((c) => c.kind === 'verdict');

/** Whether nothing is wrong but that the kernel that the command line chose is not one of those that take it. */
const isNotOnKernel = (e: unknown, { model }: RunOptions): e is InputError =>
  model !== undefined &&
  e instanceof InputError &&
  e.diagnostics.every((d) => d.severity !== 'error' || d.isOfKernel === true);

/** Why something is not on a kernel, a line for each reason. */
function formatReasons(diagnostics: readonly Diagnostic[]): string[] {
  const byReason = new Map<string, Diagnostic>();
  for (const d of diagnostics) if (d.isOfKernel && !byReason.has(d.message)) byReason.set(d.message, d);
  return [...byReason.values()].map(({ code, message, help, span }) => {
    const more = help === undefined ? '' : `; ${help}`;
    return oneLine(`${code}: ${message}${more}${span === undefined ? '' : `  (${formatPlace(span)})`}`);
  });
}

/** Runs all scenarios of a lab, and explores those that expect a verdict; an expectation counts one, a scenario that does not end as expected counts one. What is not on the kernel counts as many as it expects. */
async function testLab(cx: CliContext, path: string, given: RunOptions): Promise<LabOutcome> {
  let passed = 0;
  let failed = 0;
  let notOnKernel = 0;
  const refused: Diagnostic[] = [];
  const texts: string[] = [];
  /** Does what may be refused by the kernel that was chosen; `count` is what it would have come to. */
  const onKernel = <T>(count: number, act: () => T): T | undefined => {
    try {
      return act();
    } catch (e) {
      if (!isNotOnKernel(e, given)) throw e;
      notOnKernel += count;
      refused.push(...e.diagnostics);
      return undefined;
    }
  };
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
      onKernel(1, () =>
        orAllMistakes(lab, environmentOf(cx), options, () =>
          bootScenario(lab, undefined, environmentOf(cx), options),
        ),
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
      const result = onKernel(Math.max(1, scenario.expects.length), () =>
        runScenario(lab, scenario, environmentOf(cx), options),
      );
      if (result === undefined) continue;
      const good = result.expects.filter((e) => e.passed).length;
      passed += good;
      failed += result.expects.length - good + (result.passed || good < result.expects.length ? 0 : 1);
      if (!result.passed) texts.push(formatScenario(result, { timeline: false, palette: cx.palette }));
    }
    return {
      lab: path,
      passed,
      failed,
      not_on_kernel: notOnKernel,
      text: [...texts, ...formatReasons(refused)].join('\n'),
      report: '',
      diagnostics: ordered(refused).map(diagnosticToJson),
    };
  } catch (e) {
    if (!(e instanceof InputError || e instanceof UsageError)) throw e;
    const diagnostics = e instanceof InputError ? e.diagnostics : [e.diagnostic];
    return {
      lab: path,
      passed,
      failed: failed + 1,
      not_on_kernel: notOnKernel,
      text: '',
      report: cx.reportOf(diagnostics),
      diagnostics: diagnostics.map(diagnosticToJson),
    };
  }
}

/** Labs to be tested by threads that share the work. */
export interface LabsToTest {
  readonly labs: readonly string[];
  readonly options: MachineOptions;
  readonly maxErrors: number;
  /** Word 0 is the number of the next to be tested: all labs under the first guard, then all under the next. */
  readonly next: Int32Array;
}

/** The outcomes of the labs that this thread has come to test, by their numbers; `runs` is what the options ask for. */
export async function takeLabs(
  cx: CliContext,
  runs: readonly RunOptions[],
  { labs, next }: LabsToTest,
): Promise<ReadonlyMap<number, LabOutcome>> {
  const count = runs.length * labs.length;
  const outcomes = new Map<number, LabOutcome>();
  for (let i = Atomics.add(next, 0, 1); i < count; i = Atomics.add(next, 0, 1))
    outcomes.set(i, await testLab(cx, labs[i % labs.length]!, runs[Math.floor(i / labs.length)]!));
  return outcomes;
}
