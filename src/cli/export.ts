import { Command, Option } from 'commander';
import { type ExportedLab, exportLab } from '../export/lab.js';
import type { LeftOut } from '../export/left-out.js';
import { bootScenario } from '../lab/boot.js';
import { DEFAULT_MAX_INSNS } from '../lab/run.js';
import { type Diagnostic, errorAt, InputError } from '../text/diagnostic.js';
import { shownLine } from '../text/shown.js';
import { formatPlace, placeOf } from '../text/source.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';
import { UsageError } from './io.js';
import { besides, readLab } from './lab.js';
import { kernelOption, maxErrorsOption, runOptionsFor } from './options.js';
import { isC, nameOf } from './read.js';
import { checkWritable, isStandardOutput, writeOutput } from './write.js';

interface Options {
  readonly output: string;
  readonly license: string;
  readonly kernel?: string;
}

/** What no look at an object can say. */
const NOT_CHECKED =
  'not checked: whether the verifier of a real kernel takes the programs, whether that kernel is recent enough, and whether its structures are laid out as the emulated ones';

/** `2 maps`. */
const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** Titles have blanks in them. */
const titled = ({ name }: LeftOut): string => (/\s/.test(name) ? `"${name}"` : name);

function summary(path: string, { programs, maps, variables, kfuncs, leftOut }: ExportedLab): string {
  const rows = [
    ...programs.map((p) => `  program ${p.name}: ${p.section}, ${counted(p.slots, 'slot')}`),
    ...maps.map((m) => `  map ${m.name}: ${m.type}`),
    ...variables.map((name) => `  variable ${name}`),
    ...kfuncs.map((name) => `  calls ${name} of the kernel`),
  ];
  const missing = leftOut.map(
    (l) => `  ${l.what} ${shownLine(titled(l))}: ${l.reason} (${formatPlace(l.span)})`,
  );
  const left = missing.length === 0 ? [] : ['left out:', ...missing];
  return [`${shownLine(path)}:`, ...rows, ...left, NOT_CHECKED].join('\n');
}

const leftOutAsJson = ({ what, name, reason, span }: LeftOut): object => ({
  ...{ kind: what, name, reason },
  place: { file: span.source.name, ...placeOf(span.source, span.start) },
});

/** What is wrong where no program is left: each program and the reason, or that there is none. */
function nothingLeft(path: string, leftOut: readonly LeftOut[]): Diagnostic[] {
  const programs = leftOut.filter(({ what }) => what === 'program' || what === 'object');
  if (programs.length === 0) return [errorAt('B1012', `there is no program in ${shownLine(nameOf(path))}`)];
  return programs.map(({ what, name, reason, span }) =>
    errorAt('B1012', `${what} \`${name}\` cannot be exported: ${reason}`, {
      span,
      ...(/ of the lab$/.test(reason) && {
        help: '`tinybpf list functions` and `list tracepoints` show what a kernel has, too',
      }),
    }),
  );
}

/** C becomes an object by clang. Throws `InputError`. */
function refuseC(path: string): void {
  if (!isC(path)) return;
  const help = 'compile it with `clang -target bpf -g -O2 -c`';
  throw new InputError(
    errorAt('B1012', `${shownLine(nameOf(path))} is C, of which clang makes an object`, { help }),
  );
}

export function exportCommand(cx: CliContext): Command {
  return new Command('export')
    .argument('<file>', 'a lab; - for standard input')
    .requiredOption('-o, --output <file>', 'the object file to write')
    .addOption(
      new Option('--license <text>', 'the licence of the programs, of which the kernel asks').default('GPL'),
    )
    .addOption(kernelOption())
    .addOption(maxErrorsOption())
    .action(async (path: string, options: Options) => {
      const { output, license } = options;
      const isOut = isStandardOutput(output);
      if (isOut && cx.json)
        throw new UsageError(errorAt('B0803', 'an object and JSON cannot both go to standard output'));
      checkWritable(output);
      refuseC(path);
      const machine = { ...options, stats: true, maxInsns: DEFAULT_MAX_INSNS };
      const input = readLab(cx, path, machine);
      if (input.objects.length > 0) {
        const message = `${shownLine(nameOf(path))} is an object already`;
        throw new InputError(errorAt('B1012', message, { help: 'libbpf loads it as it is' }));
      }
      const environment = environmentOf(cx);
      const exported = besides(cx, input, {}, () => {
        const [run] = runOptionsFor(cx, machine, input.lab);
        const { kernel } = bootScenario(input.lab, undefined, environment, run!);
        return exportLab(input.lab, kernel, license);
      });
      const { bytes, leftOut, ...contents } = exported;
      if (bytes === undefined) throw new InputError(nothingLeft(path, leftOut));
      await writeOutput(cx, output, bytes);
      if (cx.json)
        cx.document({
          object: output,
          ...contents,
          left_out: leftOut.map(leftOutAsJson),
        });
      else if (isOut) cx.stderr.text(`${summary('standard output', exported)}\n`);
      else cx.out(summary(output, exported));
    });
}
