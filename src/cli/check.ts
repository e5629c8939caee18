import { Command } from 'commander';
import type { BootOptions } from '../lab/boot.js';
import { bootScenario } from '../lab/boot.js';
import type { ScenarioCheck } from '../lab/mistakes.js';
import { DEFAULT_MAX_INSNS } from '../lab/run.js';
import { checkAll, checkLab } from '../replay/check.js';
import type { LabAst } from '../syntax/lab-ast.js';
import { type Diagnostic, distinct, hasErrors, throwIfErrors } from '../text/diagnostic.js';
import { shownLine } from '../text/shown.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';
import { type LabOptions, loadingOf, loadingOptions, readLab, runsOf, withOptions } from './lab.js';
import {
  formerGuardsOption,
  guardOption,
  kernelOption,
  type MachineOptions,
  maxErrorsOption,
} from './options.js';
import { type VerdictOptions, Verdicts, verdictOptions, verdictToJson } from './verdicts.js';

type CheckOptions = Omit<MachineOptions, 'stats' | 'maxInsns'> & LabOptions & VerdictOptions;

/** Looks at what a scenario says, and asks of what was booted for it what Linux would say. */
const withVerdicts =
  (verdicts: Verdicts | undefined): ScenarioCheck =>
  (booted, scenario, from, findings) => {
    checkAll(booted, scenario, from, findings);
    if (findings.errors === 0) verdicts?.ask(booted.kernel);
  };

/** A lab without scenarios is booted for its programs. */
function askWithoutScenario(cx: CliContext, lab: LabAst, options: BootOptions, verdicts: Verdicts): void {
  if (lab.declarations.some((d) => d.kind === 'scenario')) return;
  verdicts.ask(bootScenario(lab, undefined, environmentOf(cx), options).kernel);
}

export function checkCommand(cx: CliContext): Command {
  return withOptions(
    new Command('check').argument(
      '<file>',
      'a lab, or an object file of clang (*.o), or C for it (*.c); - for standard input',
    ),
    [
      ...loadingOptions(),
      guardOption(),
      formerGuardsOption(),
      kernelOption(),
      ...verdictOptions(),
      maxErrorsOption(),
    ],
  ).action(async (path: string, options: CheckOptions) => {
    const machine = { ...options, stats: true, maxInsns: DEFAULT_MAX_INSNS };
    const verdicts = await Verdicts.askedFor(options);
    const input = readLab(cx, path, machine, checkAll);
    const { lab } = input;
    const found: Diagnostic[] = [];
    for (const run of runsOf(cx, input, machine)) {
      const boot = { ...run, ...loadingOf(input, options) };
      found.push(...checkLab(lab, environmentOf(cx), boot, withVerdicts(verdicts)));
      if (verdicts !== undefined && !hasErrors(found)) askWithoutScenario(cx, lab, boot, verdicts);
    }
    const all = distinct([...found, ...(verdicts?.diagnostics(options, found) ?? [])]);
    // A log is wanted most where `--verify` makes an error of what it says.
    if (!cx.json && options.logLevel !== undefined) for (const line of verdicts?.lines() ?? []) cx.out(line);
    throwIfErrors(all);
    cx.report(all);
    if (cx.json)
      cx.document({ lab: path, passed: true, verdicts: verdicts?.judged.map(verdictToJson) ?? [] });
    else cx.out(`${shownLine(path)}: no errors`);
  });
}
