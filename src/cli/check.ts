import { Command } from 'commander';
import { DEFAULT_MAX_INSNS } from '../lab/run.js';
import { checkAll, checkLab } from '../replay/check.js';
import { distinct, throwIfErrors } from '../text/diagnostic.js';
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

export function checkCommand(cx: CliContext): Command {
  return withOptions(
    new Command('check').argument(
      '<file>',
      'a lab, or an object file of clang (*.o), or C for it (*.c); - for standard input',
    ),
    loadingOptions(),
  )
    .addOption(guardOption())
    .addOption(formerGuardsOption())
    .addOption(kernelOption())
    .addOption(maxErrorsOption())
    .action((path: string, options: Omit<MachineOptions, 'stats' | 'maxInsns'> & LabOptions) => {
      const machine = { ...options, stats: true, maxInsns: DEFAULT_MAX_INSNS };
      const input = readLab(cx, path, machine, checkAll);
      const { lab } = input;
      const runs = runsOf(cx, input, machine);
      const found = distinct(
        runs.flatMap((run) => checkLab(lab, environmentOf(cx), { ...run, ...loadingOf(input, options) })),
      );
      throwIfErrors(found);
      cx.report(found);
      if (cx.json) cx.document({ lab: path, passed: true });
      else cx.out(`${shownLine(path)}: no errors`);
    });
}
