import { join, relative } from 'node:path';
import { Command, Option } from 'commander';
import { CASES } from '../bench/cases.js';
import { timerOf } from '../bench/clock.js';
import { quickSeconds, timingPlanFor } from '../bench/rounds.js';
import { type BenchResult, runBench } from '../bench/run.js';
import { type Exploration, explore } from '../explore/explore.js';
import { finish } from '../explore/search.js';
import { modelNamed } from '../lab/environment.js';
import { runScenario, type ScenarioResult, scenariosOf } from '../lab/run.js';
import { benchToJson, doubtLines, formatBars } from '../report/bench.js';
import { explorationToJson, formatCounterexample, formatGuardTable } from '../report/explore.js';
import { scenarioToJson } from '../report/json.js';
import { formatScenario } from '../report/summary.js';
import { InputError } from '../text/diagnostic.js';
import type { Palette } from '../text/format.js';
import { guardsFor, labReader } from './bench.js';
import type { CliContext } from './context.js';
import { environmentOf } from './environment.js';
import { readLab, scenariosFor } from './lab.js';
import { maxErrorsOption, runOptionsFor } from './options.js';
import { PROGRAMS } from './programs.js';

/**
 * The three questions of the laboratory, asked of one guard: is a program's re-entry refused, what does that cost on this
 * machine, and does it hold on every schedule of two tasks. Everything is done by the commands' own means; the tour only
 * says in which order.
 */

interface Options {
  readonly guard?: string;
  readonly bench: boolean;
}

interface Toured {
  readonly runs: readonly ScenarioResult[];
  readonly bench: BenchResult | undefined;
  readonly explorations: readonly Exploration[];
}

const RECURSION = 'recursion.bpf';
const TWO_TASKS = join('explore', 'two-tasks.bpf');
const MORE = join('explore', 'three-tasks-irq-nmi.bpf');
const BASELINE = 'generic';
/** The merged guard, and the one of the first version, which is worth a look where nobody brings one of his own. */
const MERGED = 'arm64';
const FIRST = 'arm64-v1';
/** A guard of one's own may do anything; two tasks under a guard that is one take some hundred states. */
const LIMITS = { maxStates: 1_000_000, maxSeconds: 20 };

const now = (): number => performance.now();

/** The one delete that makes the program re-enter itself. */
function runBoth(cx: CliContext, guards: readonly string[]): ScenarioResult[] {
  const options = { guard: guards, stats: true, maxInsns: 1_000_000 };
  const input = readLab(cx, join(PROGRAMS, RECURSION), options);
  const [scenario] = scenariosFor(cx, input, { do: ['delete hash2[0]'] });
  const runs = runOptionsFor(cx, options);
  const untitled = { ...scenario!, title: undefined };
  return runs.map((run) => runScenario(input.lab, untitled, environmentOf(cx), { ...run, observe: true }));
}

/** Explores the first scenario of a lab; of guards that are known to break, only whether they do here, too. */
function exploreAll(
  cx: CliContext,
  file: string,
  guards: readonly string[],
  known: readonly Exploration[] = [],
): Exploration[] {
  const options = { guard: guards, stats: true, maxInsns: 1 };
  const { lab } = readLab(cx, join(PROGRAMS, file), options);
  const [scenario] = scenariosOf(lab);
  const limits = { ...LIMITS, clock: now, isInterrupted: () => false };
  const runs = runOptionsFor(cx, options);
  return runs.map((run, i) => {
    const verdictOnly = (known[i]?.broken.length ?? 0) > 0;
    return finish(explore(lab, scenario!, environmentOf(cx), { ...run, verdictOnly }, limits));
  });
}

/** Where the shipped guards are, as one would type it. */
function shippedGuard(name: string): string {
  const path = join(PROGRAMS, 'guards', `${name}.bpf`);
  try {
    const short = relative(process.cwd(), path);
    return short.startsWith('..') ? path : short;
  } catch {
    // The working directory has been removed.
    return path;
  }
}

/** A guard that cannot be measured, since it faults or never admits anything, can still be run and explored. */
async function measureOrSay(cx: CliContext, guards: readonly string[]): Promise<BenchResult | undefined> {
  try {
    return await measure(cx, guards);
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
    cx.report(e.diagnostics);
    cx.fail();
    return undefined;
  }
}

function measure(cx: CliContext, guards: readonly string[]): Promise<BenchResult> {
  const cases = CASES.filter((c) => c.name === 'trig-fentry');
  const chosen = guardsFor(cx, guards);
  const timer = timerOf(now);
  return runBench(environmentOf(cx), {
    ...{ cases, guards: chosen, model: modelNamed('arm64-7.3'), engine: 'wasm', lab: labReader(), timer },
    schedule: timingPlanFor(Math.min(1, quickSeconds(chosen.length)), timer),
    progress: () => undefined,
  });
}

/** The worst of what exploration found: a guard that stays locked is worse than one that lets two in. */
function worst(explorations: readonly Exploration[], palette: Palette): string[] {
  const e = explorations.findLast((x) => x.counterexamples.length > 0);
  if (e === undefined) return [];
  const c = e.counterexamples.find((x) => x.property === 'balanced') ?? e.counterexamples[0]!;
  return ['', `under ${e.guard}:`, formatCounterexample(e, c, palette)];
}

export function tourCommand(cx: CliContext): Command {
  return new Command('tour')
    .addOption(new Option('-g, --guard <name|file>', 'the guard to ask about, beside `generic`'))
    .option('--no-bench', 'measure nothing')
    .addOption(maxErrorsOption())
    .action(async (options: Options) => {
      const own = options.guard ?? MERGED;
      const guards = [...new Set([BASELINE, own])];
      const isJson = cx.json;
      const say = (...lines: readonly string[]): void => {
        if (!isJson) for (const line of lines) cx.out(line);
      };
      const head = (n: number, text: string): void => say('', cx.palette.bold(`${n}. ${text}`), '');

      say('What happens when a BPF program would re-enter itself?');
      head(
        1,
        `A program deletes from a map, and is attached to the function that deletes (programs/${RECURSION})`,
      );
      const runs = runBoth(cx, guards);
      runs.forEach((r, i) => {
        say(...(i > 0 ? [''] : []), formatScenario(r, { timeline: true, palette: cx.palette }));
      });
      say('', 'Four bytes on each CPU are all that keeps it out: `active` before and after.');

      let bench: BenchResult | undefined;
      if (options.bench) {
        head(2, 'What entering it costs on this machine, compiled to WebAssembly');
        bench = await measureOrSay(cx, guards);
        if (bench !== undefined)
          say(
            ...formatBars(bench, cx.palette),
            ...doubtLines(bench),
            '',
            '`tinybpf bench` measures with care, and says how far to believe it.',
          );
      }

      head(options.bench ? 3 : 2, `Two tasks on one CPU, every interleaving (programs/${TWO_TASKS})`);
      const explored = options.guard === undefined ? [...guards, FIRST] : guards;
      const explorations = exploreAll(cx, TWO_TASKS, explored);
      const { kernel } = explorations[0]!;
      say(
        `kernel ${kernel}: a task can be preempted inside a program, as its RCU readers are preemptible`,
        '',
        formatGuardTable(explorations, cx.palette),
        ...worst(explorations, cx.palette),
        '',
        `and with a third task, a hardirq and an NMI at any instruction (programs/${MORE})`,
        '',
      );
      const more = exploreAll(cx, MORE, explored, explorations);
      say(formatGuardTable(more, cx.palette), ...worst(more, cx.palette));

      head(options.bench ? 4 : 3, 'Your turn');
      say(
        `  cp ${shippedGuard(MERGED)} mine.bpf`,
        '  # change its instructions, then ask again:',
        '  npx tinybpf tour --guard ./mine.bpf',
      );
      const toured: Toured = { runs, bench, explorations: [...explorations, ...more] };
      if (isJson) cx.document({ tour: tourToJson(toured) });
      const asked = [...explorations, ...more].filter((e) => e.guard === runs.at(-1)?.guard);
      const breaks = options.guard !== undefined && asked.some((e) => e.broken.length > 0);
      if (runs.some((r) => !r.passed) || breaks) cx.fail();
    });
}

function tourToJson({ runs, bench, explorations }: Toured): object {
  return {
    scenarios: runs.map(scenarioToJson),
    bench: bench && benchToJson(bench),
    explorations: explorations.map(explorationToJson),
  };
}
