import { Command } from 'commander';
import { errorAt } from '../text/diagnostic.js';
import type { Palette } from '../text/paint.js';
import { shownLine } from '../text/shown.js';
import type { CliContext } from './context.js';
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
  strictAlignmentOption,
} from './options.js';
import { filesBelow } from './read.js';
import type { LabOutcome } from './test-lab.js';
import { testLabs } from './test-labs.js';

const total = (outcomes: readonly LabOutcome[], of: 'passed' | 'failed' | 'not_on_kernel'): number =>
  outcomes.reduce((n, o) => n + o[of], 0);

/** What a lab has come to; of one that is not on the kernel at all nothing. */
function markOf({ passed, failed, not_on_kernel }: LabOutcome, palette: Palette): string {
  if (failed > 0) return palette.error('FAIL');
  return passed === 0 && not_on_kernel > 0 ? palette.warning('--  ') : palette.note('ok  ');
}

/** Folders below a lab folder that hold parts of the kernel and guards, not labs. */
const NOT_LABS = new Set(['kernel', 'guards', 'node_modules']);

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
      const outcomes = await testLabs(cx, labs, options);
      const passed = total(outcomes, 'passed');
      const failed = total(outcomes, 'failed');
      const notOnKernel = total(outcomes, 'not_on_kernel');
      const counts = (of: { passed: number; failed: number; not_on_kernel: number }): string => {
        const rest = of.not_on_kernel === 0 ? '' : `, ${of.not_on_kernel} not on ${options.kernel}`;
        return `${of.passed} passed, ${of.failed} failed${rest}`;
      };
      if (cx.json) {
        const list = outcomes.map(({ text: _, report: _r, ...o }) => o);
        cx.document({ passed, failed, not_on_kernel: notOnKernel, labs: list });
      } else {
        for (const o of outcomes) {
          cx.out(`${markOf(o, cx.palette)} ${shownLine(o.lab)}: ${counts(o)}`);
          if (o.text !== '') cx.out(o.text.replace(/^/gm, '     '));
          if (o.report !== '') cx.stderr.text(o.report);
        }
        cx.out(counts({ passed, failed, not_on_kernel: notOnKernel }));
      }
      if (failed > 0) cx.fail();
    });
}
