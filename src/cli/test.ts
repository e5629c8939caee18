import { Command } from 'commander';
import { errorAt } from '../text/diagnostic.js';
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
import { testLabs } from './test-labs.js';

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
      const passed = outcomes.reduce((n, o) => n + o.passed, 0);
      const failed = outcomes.reduce((n, o) => n + o.failed, 0);
      if (cx.json) {
        const list = outcomes.map(({ text: _, report: _r, ...o }) => o);
        cx.document({ passed, failed, labs: list });
      } else {
        for (const o of outcomes) {
          const mark = o.failed === 0 ? cx.palette.note('ok  ') : cx.palette.error('FAIL');
          cx.out(`${mark} ${shownLine(o.lab)}: ${o.passed} passed, ${o.failed} failed`);
          if (o.text !== '') cx.out(o.text.replace(/^/gm, '     '));
          if (o.report !== '') cx.stderr.text(o.report);
        }
        cx.out(`${passed} passed, ${failed} failed`);
      }
      if (failed > 0) cx.fail();
    });
}
