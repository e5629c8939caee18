import { Command } from 'commander';
import { DEFAULT_MAX_INSNS } from '../lab/run.js';
import { checkAll, checkLab } from '../replay/check.js';
import { type Diagnostic, distinct, throwIfErrors } from '../text/diagnostic.js';
import { shownLine } from '../text/shown.js';
import type { Judged } from '../verdict/judge.js';
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
import {
  linuxFor,
  logLevelOption,
  logLines,
  type VerdictOptions,
  verdictToJson,
  verifyOptions,
} from './verdicts.js';

type CheckOptions = Omit<MachineOptions, 'stats' | 'maxInsns'> & LabOptions & VerdictOptions;

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
      ...verifyOptions(),
      logLevelOption(),
      maxErrorsOption(),
    ],
  ).action(async (path: string, options: CheckOptions) => {
    const machine = { ...options, stats: true, maxInsns: DEFAULT_MAX_INSNS };
    const linux = await linuxFor(options);
    const judged = (): readonly Judged[] => (linux === 'nobody' ? [] : linux.judged);
    const input = readLab(cx, path, machine, checkAll);
    const { lab } = input;
    const found: Diagnostic[] = [];
    for (const run of runsOf(cx, input, machine)) {
      const boot = { ...run, ...loadingOf(input, options), judge: linux };
      found.push(...checkLab(lab, environmentOf(cx), boot));
    }
    const all = distinct(found);
    // A log is wanted most where `--verify` makes an error of what it says.
    if (!cx.json && options.logLevel !== undefined) for (const line of logLines(judged())) cx.out(line);
    throwIfErrors(all);
    cx.report([...all, ...(linux === 'nobody' ? [] : linux.notJudged)]);
    if (cx.json) cx.document({ lab: path, passed: true, verdicts: judged().map(verdictToJson) });
    else cx.out(`${shownLine(path)}: no errors`);
  });
}
