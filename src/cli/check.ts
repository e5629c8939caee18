import { Command } from 'commander';
import { DEFAULT_MAX_INSNS } from '../lab/run.js';
import { checkLab } from '../replay/check.js';
import { distinct, throwIfErrors } from '../text/diagnostic.js';
import { shownLine } from '../text/shown.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';
import { chosenGuards } from './guards.js';
import { attachOption, type LabOptions, readLab } from './lab.js';
import {
  formerGuardsOption,
  guardOption,
  kernelOption,
  type MachineOptions,
  maxErrorsOption,
  runOptionsFor,
} from './options.js';

export function checkCommand(cx: CliContext): Command {
  return new Command('check')
    .argument('<file>', 'a lab, or an object file of clang (*.o); - for standard input')
    .addOption(attachOption())
    .addOption(guardOption())
    .addOption(formerGuardsOption())
    .addOption(kernelOption())
    .addOption(maxErrorsOption())
    .action((path: string, options: Omit<MachineOptions, 'stats' | 'maxInsns'> & LabOptions) => {
      const { lab, objects } = readLab(path, cx.maxErrors);
      const { attach } = options;
      const guard = chosenGuards(cx, options, lab);
      const runs = runOptionsFor({
        ...options,
        ...(guard && { guard }),
        stats: true,
        maxInsns: DEFAULT_MAX_INSNS,
      });
      const found = distinct(
        runs.flatMap((run) =>
          checkLab(lab, environmentOf(cx), { ...run, objects, ...(attach && { attach }) }),
        ),
      );
      throwIfErrors(found);
      cx.report(found);
      if (cx.json) cx.document({ lab: path, passed: true });
      else cx.out(`${shownLine(path)}: no errors`);
    });
}
