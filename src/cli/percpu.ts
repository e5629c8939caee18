import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { geometryFor, RECORDED_GEOMETRY } from '../kernel/percpu/geometry.js';
import { compareAlignments, MOST_PROGRAMS } from '../percpu/compare.js';
import { parseScript } from '../percpu/parse.js';
import { type PercpuRun, runPercpu } from '../percpu/run.js';
import { comparisonToJson, formatComparison, formatPercpuRun, percpuRunToJson } from '../report/percpu.js';
import { errorAt } from '../text/diagnostic.js';
import type { Source } from '../text/source.js';
import type { CliContext } from './context.js';
import { UsageError } from './io.js';
import { maxErrorsOption, wholeNumber } from './options.js';
import { readText } from './read.js';

interface Options {
  readonly cpus: number;
  readonly programs?: number;
  readonly hints: 'old' | 'mended';
  readonly staticSize?: number;
  readonly work: boolean;
}

/** Options of scripts only, and how they are written. */
const OPTIONS = { hints: 'hints', staticSize: 'static-size', work: 'no-work' } as const;
const OF_SCRIPT = ['hints', 'staticSize', 'work'] as const;

/** A script is written out, or names a file, or is `-`. */
function sourceOf(cx: CliContext, script: string): Source {
  const isText = /[:\s;,]|^(?:free|balance|atomic|reserved)?$/.test(script);
  if (script === '-' || !isText || existsSync(script)) return readText(script, cx.stdin);
  return { name: '<script>', text: script };
}

export function percpuCommand(cx: CliContext): Command {
  return new Command('percpu')
    .argument('[script]', 'statements such as `4:8 x1000, free 1/2, 4:4 x500`, or a file of them, or -')
    .addOption(new Option('--cpus <n>', 'CPUs').argParser(wholeNumber(1, 8192)).default(4))
    .addOption(
      new Option('--programs <n>', 'show what align 8 instead of 4 costs n programs').argParser(
        wholeNumber(1, MOST_PROGRAMS),
      ),
    )
    .addOption(
      new Option(
        '--hints <rules>',
        'how the allocator keeps its hints: as kernels did before 2026, or mended',
      )
        .choices(['old', 'mended'])
        .default('mended'),
    )
    .addOption(
      new Option(
        '--static-size <bytes>',
        'bytes of the kernel’s own variables, which the unit follows',
      ).argParser(wholeNumber(4, 1 << 20)),
    )
    .option('--no-work', 'leave balance work to `balance` statements')
    .addHelpText(
      'after',
      `
Statements, separated by commas, semicolons or line ends:
  SIZE:ALIGN [xN]                   allocate N times; \`atomic\` or \`reserved\` may come before it
  free A/B                          free the last A of every B live allocations, in the order they were made
  free all, free first N, free last N
  balance                           do the balance work`,
    )
    .addOption(maxErrorsOption())
    .action((script: string | undefined, options: Options, command: Command) => {
      const { cpus, programs } = options;
      const ofScript = OF_SCRIPT.find((name) => command.getOptionValueSource(name) === 'cli');
      if (script === undefined && programs !== undefined && ofScript !== undefined)
        throw new UsageError(
          errorAt(
            'B0803',
            `\`--programs\` by itself compares alignments, without \`--${OPTIONS[ofScript]}\``,
            {
              help: 'leave that out, or give a script, which it is for',
            },
          ),
        );
      if (script === undefined && programs === undefined) {
        const help = "`tinybpf percpu '4:8 x1000'`, or `tinybpf percpu --programs 1000`";
        throw new UsageError(errorAt('B0803', 'neither a script nor --programs', { help }));
      }
      let run: PercpuRun | undefined;
      if (script !== undefined) {
        const geometry =
          options.staticSize === undefined ? RECORDED_GEOMETRY : geometryFor(options.staticSize);
        run = runPercpu(parseScript(sourceOf(cx, script), cx.maxErrors), {
          cpus,
          geometry,
          hints: options.hints,
          work: options.work,
        });
      }
      const comparison = programs === undefined ? undefined : compareAlignments(programs, cpus);
      if (cx.json) {
        const percpu = run && percpuRunToJson(run);
        const alignment = comparison && comparisonToJson(comparison);
        cx.document({ percpu, alignment });
      } else {
        if (run !== undefined) cx.out(formatPercpuRun(run, cx.palette));
        if (run !== undefined && comparison !== undefined) cx.out('\n');
        if (comparison !== undefined) cx.out(formatComparison(comparison, cx.palette));
      }
      if (run?.passed === false) cx.fail();
    });
}
