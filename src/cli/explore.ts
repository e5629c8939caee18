import { getHeapStatistics } from 'node:v8';
import { Command, Option } from 'commander';
import { type Exploration, explore, verdictsOf } from '../explore/explore.js';
import type { SearchLimits, Work } from '../explore/search.js';
import { PROPERTY_NAMES, type Property } from '../lab/properties.js';
import type { RunOptions } from '../lab/run.js';
import { checkAll } from '../replay/check.js';
import { explorable, type NotExplored } from '../replay/explorable.js';
import { type Explored, formatExplored, formatNotExplored, judgedVerdicts } from '../report/explorations.js';
import { explorationToJson } from '../report/explore.js';
import { diagnosticToJson, placeToJson } from '../report/refusal.js';
import type { ScenarioAst } from '../syntax/lab-ast.js';
import { type Diagnostic, errorAt, InputError } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import { grouped } from '../text/numbers.js';
import { oneLine } from '../text/shown.js';
import { now } from './clock.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';
import type { GuardOptions } from './guards.js';
import { EXIT, UsageError } from './io.js';
import {
  besides,
  chosenScenario,
  type LabInput,
  type LabOptions,
  loadingOf,
  loadingOptions,
  readLab,
  runsOf,
  scenariosFor,
  withOptions,
} from './lab.js';
import { actionOptions, mayOption } from './made-scenario.js';
import {
  formerGuardsOption,
  guardOption,
  kernelOption,
  type MachineOptions,
  maxErrorsOption,
  noStatsOption,
  searchBytes,
  searchMemoryOption,
  strictAlignmentOption,
  wholeNumber,
} from './options.js';
import type { Printer } from './printer.js';
import { type ExportOptions, exportOption, outputOption } from './promela-options.js';
import { Schedules } from './schedule.js';
import { linuxFor, refuseFirst, type VerdictOptions, verifyOptions } from './verdicts.js';

interface Options
  extends Omit<MachineOptions, 'guard' | 'maxInsns'>,
    LabOptions,
    ExportOptions,
    GuardOptions,
    VerdictOptions {
  readonly scenario?: string;
  readonly without?: readonly Property[];
  readonly reduction: boolean;
  readonly maxStates: number;
  readonly maxSeconds?: number;
  readonly schedules?: string;
}

/** How long the search runs before signals are handled, in milliseconds. */
const SLICE = 50;
/** What of the heap a search may take: beyond, node would end without a word. */
const MOST_OF_HEAP = 0.85;
const DEFAULT_MAX_STATES = 20_000_000;

function propertyList(text: string): readonly Property[] {
  const names = text.split(',').map((name) => {
    const found = PROPERTY_NAMES.find((p) => p === name.trim());
    if (found !== undefined) return found;
    throw new UsageError(
      errorAt('B0407', `there is no property \`${name}\``, {
        expected: PROPERTY_NAMES.join(', '),
        help: didYouMean(name, PROPERTY_NAMES),
      }),
    );
  });
  if (PROPERTY_NAMES.every((p) => names.includes(p)))
    throw new UsageError(
      errorAt('B0803', 'all properties are left out, so there is nothing to check', {
        help: 'name fewer of them',
      }),
    );
  return names;
}

/** Does some work, and lets signals be handled in between. */
async function drive<T>(work: Work<T>): Promise<T> {
  for (;;) {
    const until = now() + SLICE;
    while (now() < until) {
      const step = work.next();
      if (step.done === true) return step.value;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const ASK_EVERY = 16;

/** Ends a search by Ctrl-C, and shows on a terminal how far it is. */
class SearchProgress {
  interrupted = false;
  readonly #stderr: Printer;
  #last = 0;
  /** How often it was asked whether memory is short. */
  #asked = 0;
  readonly #onSignal = (): void => {
    this.interrupted = true;
  };

  constructor(stderr: Printer) {
    this.#stderr = stderr;
  }

  limits(options: Options): SearchLimits {
    return {
      maxStates: options.maxStates,
      maxSeconds: options.maxSeconds ?? Infinity,
      maxBytes: searchBytes(options),
      clock: now,
      isInterrupted: () => this.interrupted,
      isMemoryShort: () => {
        // Asking costs as much as some states do, and what a few of them take is little.
        this.#asked += 1;
        if (this.#asked % ASK_EVERY !== 0) return false;
        const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
        return used > MOST_OF_HEAP * limit;
      },
      progress: (states, transitions, depth) => this.#progress(states, transitions, depth),
    };
  }

  start(): void {
    process.on('SIGINT', this.#onSignal);
  }

  stop(): void {
    process.off('SIGINT', this.#onSignal);
    if (this.#last > 0) this.#stderr.again('');
  }

  #progress(states: number, transitions: number, depth: number): void {
    const time = now();
    if (!this.#stderr.isTerminal || time - this.#last < 200) return;
    this.#last = time;
    this.#stderr.again(`${grouped(states)} states, ${grouped(transitions)} transitions, depth ${depth}`);
  }
}

/** The scenarios of the file, or the one that options make: an object has none of its own. Throws `InputError`. */
function scenariosToExplore(cx: CliContext, input: LabInput, options: Options): readonly ScenarioAst[] {
  const { do: first, task, may } = options;
  if (input.objects.length > 0 && first === undefined && task === undefined && may === undefined)
    throw new InputError(
      errorAt('B0408', 'an object has no scenario, so nothing would happen', {
        help: "say what its tasks do: `--do 'call FUNCTION(1)' --task 'call FUNCTION(2)'`, and with `--may 'hardirq { … }'` what may interrupt them",
      }),
    );
  return scenariosFor(cx, input, options);
}

export function exploreCommand(cx: CliContext): Command {
  return withOptions(
    new Command('explore')
      .argument('<file>', 'a lab, or an object file of clang (*.o), or C for it (*.c); - for standard input')
      .addOption(guardOption())
      .addOption(formerGuardsOption())
      .addOption(kernelOption()),
    [...actionOptions(), mayOption(), ...loadingOptions(), ...verifyOptions()],
  )
    .addOption(
      new Option('--without <properties>', `properties not to check: ${PROPERTY_NAMES.join(', ')}`).argParser(
        propertyList,
      ),
    )
    .option('--no-reduction', 'let others come in before every instruction, not only where it can matter')
    .addOption(
      new Option('--max-states <n>', 'most states')
        .argParser(wholeNumber(1, 1e9))
        .default(DEFAULT_MAX_STATES),
    )
    .addOption(new Option('--max-seconds <n>', 'most seconds for one guard').argParser(wholeNumber(1, 1e9)))
    .addOption(searchMemoryOption())
    .option('--schedules <dir>', 'write each counterexample as a file that `tinybpf run --schedule` replays')
    .addOption(new Option('-n, --scenario <which>', 'number or title of one scenario, instead of all'))
    .addOption(exportOption())
    .addOption(outputOption())
    .addOption(noStatsOption())
    .addOption(strictAlignmentOption())
    .addOption(maxErrorsOption())
    .action(async (path: string, options: Options) => {
      const input = readLab(cx, path, { ...options, maxInsns: 1 }, checkAll);
      const { lab } = input;
      const { without, export: format, output } = options;
      const warnings: Diagnostic[] = [];
      const judge = await linuxFor(options, (warning) => warnings.push(warning));
      const loading = { ...loadingOf(input, options), judge };
      const runs = runsOf(cx, input, { ...options, maxInsns: 1 });
      const all = besides(cx, input, options, () => scenariosToExplore(cx, input, options));
      const { explored, leftOut } = explorable(all);
      const chosen = chosenScenario(options.scenario === undefined ? explored : all, options.scenario);
      const scenarios = options.scenario === undefined ? explored : [chosen];
      refuseFirst(
        cx,
        lab,
        format === undefined ? scenarios : [chosen],
        runs.map((run) => ({ ...run, ...loading })),
      );
      if (format !== undefined) {
        const also = { ...loading, ...(without && { without }), ...(output && { output }) };
        const { exportModel } = await import('./promela.js');
        await exportModel(cx, lab, chosen, runs, also);
        cx.report(warnings);
        return;
      }
      if (output !== undefined) throw new UsageError(errorAt('B0803', '--output is for --export'));
      const schedules = options.schedules === undefined ? undefined : new Schedules(options.schedules, path);
      // Options that the model needs, too, and a guard of a file, are not said again.
      const { objects = [], judge: _, ...others } = loading;
      const { do: first, task, may } = options;
      const isAll = [first, task, may, ...objects, ...Object.keys(others)].every(
        (said) => said === undefined,
      );
      const isWhole = (run: RunOptions): boolean => isAll && run.guard === undefined;
      const progress = new SearchProgress(cx.stderr);
      const done: Explored[] = [];
      let way: string | undefined;
      progress.start();
      try {
        for (const scenario of scenarios) {
          const verdicts = verdictsOf(scenario);
          for (const run of runs) {
            const work = explore(
              lab,
              scenario,
              environmentOf(cx),
              {
                ...run,
                reduces: options.reduction,
                ...loading,
                ...(without && { without }),
              },
              progress.limits(options),
            );
            const found = await drive(work);
            const judged = judgedVerdicts(verdicts, found, {
              isOwn: (options.guard ?? options.guards) === undefined,
              without: without ?? [],
            });
            done.push({ scenario, found, judged });
            way ??= wayOn(
              path,
              all.indexOf(scenario) + 1,
              { guard: found.guard, isWhole: isWhole(run) },
              found,
            );
            await schedules?.save(cx, all.indexOf(scenario) + 1, found);
            if (progress.interrupted) break;
          }
          if (progress.interrupted) break;
        }
      } finally {
        progress.stop();
      }
      print(cx, path, done, {
        isTable: runs.length > 1,
        leftOut: options.scenario === undefined ? leftOut : [],
        way,
        warnings,
      });
      for (const { found, judged } of done) {
        const isGood =
          judged.length > 0
            ? judged.every((j) => j.passed)
            : found.broken.length === 0 && found.completeness === 'complete';
        if (!isGood) cx.fail();
      }
      if (progress.interrupted) cx.fail(EXIT.interrupted);
    });
}

/**
 * What there is to do where states outgrow this process; nothing where one thread goes round and round, which has no end. A whole
 * command where the file says all, and no word of it has to be quoted; else what is to be added to the one that was given.
 */
function wayOn(
  path: string,
  number: number,
  { guard, isWhole }: { readonly guard: string; readonly isWhole: boolean },
  { completeness, rounds, kernel }: Exploration,
): string | undefined {
  if (completeness === 'complete' || completeness === 'interrupted' || rounds.length > 0) return undefined;
  const which = `--scenario ${number} --guard ${guard} --kernel ${kernel}`;
  const command =
    isWhole && /^[\w./+-]+$/.test(path)
      ? `\`tinybpf explore --export promela ${which} ${path}\` writes`
      : `this command with \`--export promela\`, for one scenario and one guard, writes`;
  return oneLine(
    `to go on: ${command} a model for SPIN, which searches on several cores and in less memory, if what it calls has one`,
  );
}

interface Printed {
  /** Whether several guards are compared. */
  readonly isTable: boolean;
  readonly leftOut: readonly NotExplored[];
  /** What to do where a search was too large. */
  readonly way: string | undefined;
  /** Programs that Linux would not load. */
  readonly warnings: readonly Diagnostic[];
}

function print(
  cx: CliContext,
  path: string,
  done: readonly Explored[],
  { isTable, leftOut, way, warnings }: Printed,
): void {
  cx.report(warnings);
  if (!cx.json) {
    const left = leftOut.length === 0 ? [] : [formatNotExplored(leftOut)];
    const parts = [formatExplored(done, isTable, cx.palette), ...left, ...(way === undefined ? [] : [way])];
    cx.out(parts.join('\n\n'));
    return;
  }
  const explorations = done.map(({ found, judged }) => ({
    ...explorationToJson(found),
    expects: judged.map(({ text, passed }) => ({ text, passed })),
  }));
  const leftOutToJson = leftOut.map(({ scenario, what, span }) => ({
    title: scenario.title?.name,
    why: what,
    place: placeToJson(span),
  }));
  cx.document({
    lab: path,
    explorations,
    left_out: leftOutToJson,
    warnings: warnings.map(diagnosticToJson),
  });
}
