import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { BASELINE, type BenchCase, CASES, DEFAULT_GUARDS, NO_GUARD } from '../bench/cases.js';
import { type Timer, timerOf } from '../bench/clock.js';
import type { OwnResult } from '../bench/own.js';
import { QUICK_LIMIT, quickSeconds, type TimingPlan, timingPlanFor } from '../bench/rounds.js';
import { type BenchEngine, runBench } from '../bench/run.js';
import { cpuCounts, runScale } from '../bench/scale.js';
import { DEFAULT_MODEL, MOST_CPUS } from '../kernel/model.js';
import { modelNamed, parseOrThrow } from '../lab/environment.js';
import { benchToJson, formatBench, formatOwnBench, ownBenchToJson } from '../report/bench.js';
import { formatScale, scaleToJson } from '../report/bench-scale.js';
import { benchToSvg } from '../report/bench-svg.js';
import { diagnosticToJson } from '../report/refusal.js';
import type { GuardAst, LabAst } from '../syntax/lab-ast.js';
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import { plural } from '../text/numbers.js';
import { WorkerPool } from './bench-pool.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';
import { chosenGuards, type GuardOptions } from './guards.js';
import { UsageError } from './io.js';
import {
  chosenScenario,
  type LabOptions,
  loadingOf,
  loadingOptions,
  readLab,
  runsOf,
  scenariosFor,
  withOptions,
} from './lab.js';
import { actionOptions } from './made-scenario.js';
import {
  collect,
  formerGuardsOption,
  guardFiles,
  kernelOption,
  maxErrorsOption,
  wholeNumber,
} from './options.js';
import type { Printer } from './printer.js';
import { processorsHere } from './processors.js';
import { PROGRAMS } from './programs.js';
import { readText } from './read.js';
import { linuxFor, type VerdictOptions, verifyOptions } from './verdicts.js';
import { checkWritable, writeOutput } from './write.js';

interface Options extends GuardOptions, LabOptions, VerdictOptions {
  readonly cases?: readonly string[];
  readonly seconds: number;
  readonly quick?: boolean;
  readonly engine?: BenchEngine;
  readonly scenario?: string;
  readonly kernel?: string;
  readonly svg?: string;
  readonly cpus?: number;
  readonly falseSharing?: boolean;
}

const MOST_SECONDS = 3600;

const commaList = (text: string): readonly string[] => text.split(',').map((name) => name.trim());

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= MOST_SECONDS) return value;
  throw new InvalidArgumentError(`Expected a number of seconds up to ${MOST_SECONDS}.`);
}

/** The case of a name; `trig-` may be left out. Throws `UsageError`. */
function caseNamed(name: string): BenchCase {
  const found = CASES.find((c) => c.name === name || c.name === `trig-${name}`);
  if (found !== undefined) return found;
  const names = CASES.map((c) => c.name);
  const help = didYouMean(name, names) ?? didYouMean(`trig-${name}`, names);
  const expected = names.join(', ');
  throw new UsageError(errorAt('B0803', `there is no benchmark case \`${name}\``, { help, expected }));
}

/** Guards by name or file, each once; `generic` and `none` are added, as others are compared with them. */
export function guardsFor(cx: CliContext, names: readonly string[]): readonly GuardAst[] {
  const environment = environmentOf(cx);
  const lab = { declarations: [] };
  const files = guardFiles(cx, names, lab);
  const paths = [...files.keys()];
  const named = environment.nameGuards(lab, [...files.values()]);
  const guards = new Map<string, GuardAst>();
  for (const name of [...names, BASELINE, NO_GUARD]) {
    const guard = named[paths.indexOf(name)] ?? environment.guard(name, lab);
    guards.set(guard.name.name, guard);
  }
  return [...guards.values()];
}

/** The labs of programs/bench, each read once. */
export function labReader(): (name: string) => LabAst {
  const labs = new Map<string, LabAst>();
  return (name) => {
    let lab = labs.get(name);
    if (lab === undefined) {
      lab = parseOrThrow(readText(join(PROGRAMS, 'bench', `${name}.bpf`)));
      labs.set(name, lab);
    }
    return lab;
  };
}

/** One line on standard error that says what is measured, if that is a terminal. */
class ProgressLine {
  readonly #stderr: Printer;

  constructor(stderr: Printer) {
    this.#stderr = stderr;
  }

  show(done: number, all: number, what: string): void {
    if (this.#stderr.isTerminal) this.#stderr.again(`${Math.floor((done / all) * 100)} %  ${what}`);
  }

  end(): void {
    if (this.#stderr.isTerminal) this.#stderr.again('');
  }
}

const now = (): number => performance.now();

/** When to measure how long. `performance.now` counts from the start of the process. */
function timingPlanOf(options: Options, cells: number, timer: Timer): TimingPlan {
  return options.quick === true
    ? { ...timingPlanFor(quickSeconds(cells), timer), until: QUICK_LIMIT * 1000 }
    : timingPlanFor(options.seconds, timer);
}

interface Chosen {
  readonly cases: readonly BenchCase[];
  readonly guards: readonly GuardAst[];
  readonly model: ReturnType<typeof modelNamed>;
  readonly progress: ProgressLine;
}

async function benchScale(cx: CliContext, options: Options, cpus: number, chosen: Chosen): Promise<void> {
  const { cases, guards, model, progress } = chosen;
  const falseSharing = options.falseSharing === true;
  const cells = cases.length * guards.length * cpuCounts(cpus).length * (falseSharing ? 2 : 1);
  const timer = timerOf(now);
  const schedule = timingPlanOf(options, cells, timer);
  const pool = new WorkerPool(cpus);
  try {
    const result = await runScale(environmentOf(cx), {
      ...{ cases, guards, model, cpus, falseSharing, schedule, pool, timer },
      lab: labReader(),
      progress: (done, all, what) => progress.show(done, all, what),
    });
    progress.end();
    if (cx.json) cx.document({ scale: scaleToJson(result, processorsHere()) });
    else cx.out(formatScale(result, cx.palette));
  } finally {
    await pool.end();
  }
}

const BENCH_ENGINES: readonly BenchEngine[] = ['wasm', 'interp'];

/** Options that are about the cases only. */
function checkOwn(options: Options): void {
  const given = (['cases', 'cpus', 'falseSharing'] as const).find((name) => options[name] !== undefined);
  if (given === undefined) return;
  const option = given === 'falseSharing' ? '--false-sharing' : `--${given}`;
  throw new UsageError(
    errorAt('B0803', `${option} is for the cases of the kernel's benchmark`, {
      help: 'leave it out, or the file',
    }),
  );
}

/** What the programs of a lab, an object or a C file cost, by the calls of its scenarios. */
async function benchOwn(cx: CliContext, path: string, options: Options): Promise<void> {
  checkOwn(options);
  if (options.svg !== undefined && options.engine === undefined)
    throw new UsageError(
      errorAt('B0803', '--svg plots one engine', {
        help: 'add `--engine wasm` or `--engine interp`',
      }),
    );
  if (options.svg !== undefined) checkWritable(options.svg);
  const machine = { ...options, stats: false, maxInsns: 1 };
  const { guard: _, guards: __, engine: ___, ...loading } = machine;
  const input = readLab(cx, path, loading);
  const all = scenariosFor(cx, input, options);
  const scenarios = options.scenario === undefined ? all : [chosenScenario(all, options.scenario)];
  const own = scenarios.flatMap((s) => s.settings.flatMap((x) => (x.kind === 'guard' ? [x.name.name] : [])));
  const asked = chosenGuards(cx, options, input.lab) ?? [...DEFAULT_GUARDS, ...own];
  const names = [...new Set([BASELINE, ...asked, NO_GUARD])];
  const { guards: _former, ...rest } = machine;
  const runs = runsOf(cx, input, { ...rest, engine: 'interp', guard: names });
  const timer = timerOf(now);
  const progress = new ProgressLine(cx.stderr);
  const { runOwnBench } = await import('../bench/own.js');
  const warnings: Diagnostic[] = [];
  const judge = await linuxFor(options, (warning) => {
    warnings.push(warning);
    cx.report([warning]);
  });
  const results: OwnResult[] = [];
  const engines = options.engine === undefined ? BENCH_ENGINES : [options.engine];
  try {
    for (const engine of engines) {
      const result = await runOwnBench(environmentOf(cx), {
        lab: input.lab,
        scenarios,
        guards: runs.map((run) => ({ ...run, ...loadingOf(input, options), judge })),
        engine,
        schedule: (cells) => timingPlanOf(options, cells * engines.length, timer),
        timer,
        progress: (done, count, what) => progress.show(done, count, `${engine} ${what}`),
      });
      progress.end();
      results.push(result);
      if (!cx.json) cx.out(`${results.length > 1 ? '\n' : ''}${formatOwnBench(result, cx.palette)}`);
    }
  } finally {
    progress.end();
  }
  const [first] = results;
  if (options.svg !== undefined && first !== undefined) await writeOutput(cx, options.svg, benchToSvg(first));
  if (cx.json)
    cx.document({
      lab: path,
      benches: results.map(ownBenchToJson),
      warnings: warnings.map(diagnosticToJson),
    });
}

async function benchGuards(cx: CliContext, options: Options, chosen: Chosen): Promise<void> {
  const { cases, guards, model, progress } = chosen;
  if (options.svg !== undefined) checkWritable(options.svg);
  const timer = timerOf(now);
  const result = await runBench(environmentOf(cx), {
    ...{ cases, guards, model, timer },
    engine: options.engine ?? 'wasm',
    schedule: timingPlanOf(options, cases.length * guards.length, timer),
    lab: labReader(),
    progress: (done, all, cell) =>
      progress.show(done, all, `${cases[cell.bench]!.name} ${guards[cell.guard]!.name.name}`),
  });
  progress.end();
  if (options.svg !== undefined) await writeOutput(cx, options.svg, benchToSvg(result));
  if (cx.json) cx.document({ bench: benchToJson(result) });
  else cx.out(formatBench(result, cx.palette));
}

/** Options that say what is done with a file. */
const OF_A_FILE = {
  scenario: '--scenario',
  do: '--do',
  task: '--task',
  attach: '--attach',
  declareMissing: '--declare-missing',
  function: '--function',
  strictTypes: '--strict-types',
  map: '--map',
  set: '--set',
  clang: '--clang',
  include: '-I',
  define: '-D',
  verify: '--verify',
} as const;

function refuseWithoutFile(options: Options): void {
  const given = Object.entries(OF_A_FILE).find(([name]) => options[name as keyof Options] !== undefined);
  if (given === undefined) return;
  const option = options.verify === false && given[0] === 'verify' ? '--no-verify' : given[1];
  throw new UsageError(
    errorAt('B0803', `${option} says what is done with a file, and none is given`, {
      help: 'name one: `tinybpf bench mine.bpf`',
    }),
  );
}

/** Options that mean nothing together. */
function checkTogether(options: Options): void {
  const refuse = (message: string, help: string): never => {
    throw new UsageError(errorAt('B0803', message, { help }));
  };
  if (options.falseSharing === true && (options.cpus ?? 1) < 2)
    refuse('--false-sharing takes two CPUs or more', 'add `--cpus 2`');
  if (options.cpus !== undefined && options.svg !== undefined)
    refuse('--svg plots guards, not CPUs', 'leave out `--cpus` or `--svg`');
  if (options.cpus !== undefined && options.engine === 'interp')
    refuse('only compiled code runs on several threads', 'leave out `--engine`');
  const processors = processorsHere();
  if (options.cpus !== undefined && options.cpus > processors)
    refuse(
      `--cpus ${options.cpus}: this machine runs ${plural(processors, 'thread')} at once`,
      `\`--cpus ${processors}\` is the most that can be measured: threads that take turns say nothing about CPUs that do not`,
    );
}

export function benchCommand(cx: CliContext): Command {
  const command = new Command('bench')
    .argument(
      '[file]',
      'what the calls of a lab, of an object file of clang (*.o), or of C for it (*.c) cost, in place of the cases',
    )
    .addOption(new Option('-n, --scenario <which>', 'with a file: number or title of one of its scenarios'));
  return withOptions(command, [...actionOptions(), ...loadingOptions(), ...verifyOptions()])
    .addOption(
      new Option(
        '-g, --guard <name|file>',
        `guards to compare: names, paths, or \`all\`; \`${BASELINE}\` and \`${NO_GUARD}\` are added (default: ${DEFAULT_GUARDS.join(',')})`,
      ).argParser(collect),
    )
    .addOption(formerGuardsOption())
    .addOption(
      new Option('-c, --cases <names>', 'cases to measure; `trig-` may be left out (default: all)').argParser(
        commaList,
      ),
    )
    .addOption(
      new Option('-s, --seconds <n>', 'seconds for each case and guard').argParser(seconds).default(1),
    )
    .option('-q, --quick', 'finish within 15 seconds')
    .addOption(
      new Option(
        '--engine <name>',
        'what runs the code (default: wasm; of a file both, one after the other)',
      ).choices([...BENCH_ENGINES]),
    )
    .addOption(kernelOption())
    .option('--svg <file>', 'write a plot too')
    .addOption(
      new Option('--cpus <n>', 'measure 1, 2, 4 … n CPUs at once, each on a thread of its own').argParser(
        wholeNumber(1, MOST_CPUS),
      ),
    )
    .option('--false-sharing', 'with --cpus: also with the `active` words of all CPUs in one cache line')
    .addOption(maxErrorsOption())
    .addHelpText('after', `\nCases:\n${CASES.map((c) => `  ${c.name.padEnd(20)}${c.what}`).join('\n')}`)
    .action(async (path: string | undefined, options: Options) => {
      if (path !== undefined) return benchOwn(cx, path, options);
      refuseWithoutFile(options);
      checkTogether(options);
      const chosen: Chosen = {
        cases: options.cases === undefined ? CASES : [...new Set(options.cases.map(caseNamed))],
        guards: guardsFor(cx, chosenGuards(cx, options) ?? DEFAULT_GUARDS),
        model: modelNamed(options.kernel ?? DEFAULT_MODEL),
        progress: new ProgressLine(cx.stderr),
      };
      try {
        if (options.cpus === undefined) await benchGuards(cx, options, chosen);
        else await benchScale(cx, options, options.cpus, chosen);
      } finally {
        chosen.progress.end();
      }
    });
}
