import { Command } from 'commander';
import { bootScenario } from '../lab/boot.js';
import { parseOrThrow } from '../lab/environment.js';
import { planScenario } from '../lab/plan.js';
import { DEFAULT_MAX_INSNS } from '../lab/run.js';
import { JSON_VERSION } from '../report/json.js';
import { type Diagnostic, throwIfErrors } from '../text/diagnostic.js';
import type { CliContext } from './context.js';
import { readText } from './io.js';
import { guardOption, kernelOption, type MachineOptions, runOptionsFor } from './options.js';

export function checkCommand(cx: CliContext): Command {
  return new Command('check')
    .description('parse, assemble, load and attach a lab without running it')
    .argument('<lab>', 'a lab file, or - for standard input')
    .addOption(guardOption())
    .addOption(kernelOption())
    .action((path: string, options: Omit<MachineOptions, 'stats' | 'maxInsns'>) => {
      const lab = parseOrThrow(readText(path));
      const scenarios = lab.declarations.filter((d) => d.kind === 'scenario');
      for (const run of runOptionsFor({ ...options, stats: true, maxInsns: DEFAULT_MAX_INSNS })) {
        if (scenarios.length === 0) bootScenario(lab, undefined, cx.environment, run);
        for (const scenario of scenarios) {
          const { kernel } = bootScenario(lab, scenario, cx.environment, run);
          const diagnostics: Diagnostic[] = [];
          cx.report(kernel.warnings);
          planScenario(kernel, scenario, diagnostics);
          throwIfErrors(diagnostics);
        }
      }
      if (cx.json) cx.out(JSON.stringify({ version: JSON_VERSION, lab: path, passed: true }, null, 2));
      else cx.out(`${path}: no errors`);
    });
}
