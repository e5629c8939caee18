import { Command } from 'commander';
import { bootScenario } from '../lab/boot.js';
import { planScenario } from '../lab/plan.js';
import { DEFAULT_MAX_INSNS } from '../lab/run.js';
import { JSON_VERSION } from '../report/json.js';
import { type Diagnostic, throwIfErrors } from '../text/diagnostic.js';
import type { CliContext } from './context.js';
import { attachOption, type LabOptions, readLab } from './lab.js';
import { guardOption, kernelOption, type MachineOptions, runOptionsFor } from './options.js';

export function checkCommand(cx: CliContext): Command {
  return new Command('check')
    .description('parse, assemble, load and attach a lab without running it')
    .argument('<file>', 'a lab, or an object file of clang (*.o); - for standard input')
    .addOption(attachOption())
    .addOption(guardOption())
    .addOption(kernelOption())
    .action((path: string, options: Omit<MachineOptions, 'stats' | 'maxInsns'> & LabOptions) => {
      const { lab, objects } = readLab(path);
      const scenarios = lab.declarations.filter((d) => d.kind === 'scenario');
      const { attach } = options;
      for (const common of runOptionsFor({ ...options, stats: true, maxInsns: DEFAULT_MAX_INSNS })) {
        const run = { ...common, objects, ...(attach && { attach }) };
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
