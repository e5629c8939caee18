import { detachProgram } from '../kernel/attach/attach.js';
import type { Kernel } from '../kernel/kernel.js';
import type { KernelModel } from '../kernel/model.js';
import { type BootOptions, bootForChecks } from '../lab/boot.js';
import type { Call } from '../lab/calls.js';
import { checkScenario } from '../lab/claims.js';
import { type Environment, parseOrThrow } from '../lab/environment.js';
import { orAllMistakes } from '../lab/mistakes.js';
import { performAtOnce } from '../lab/perform-step.js';
import type { PlannedStep, PlannedTask } from '../lab/planned.js';
import type { Stop } from '../machine/engine.js';
import { MEASURING_ENGINES } from '../machine/engines.js';
import { summarizeFault } from '../machine/fault.js';
import { toAddress } from '../machine/memory.js';
import { startThread } from '../machine/start.js';
import type { LabAst, ScenarioAst } from '../syntax/lab-ast.js';
import { errorAt, InputError } from '../text/diagnostic.js';
import { Findings } from '../text/findings.js';
import { grouped, plural } from '../text/numbers.js';
import { BARE, type BenchCase, NO_GUARD } from './cases.js';
import type { Timer } from './clock.js';
import { measureAll, type Progress } from './measure.js';
import type { Prepared } from './prepare.js';
import { checkFits, type TimingPlan } from './rounds.js';
import { type BenchEngine, type BenchResult, evaluate } from './run.js';

/** What programs of a lab do in one call of a case. */
interface Effect {
  /** How often they run. */
  readonly runs: number;
  /** How often they are kept out. */
  readonly misses: number;
}

/** What of a lab is not measured. */
interface LeftOut {
  /** As a case is called, or as the lab says it. */
  readonly what: string;
  /** Under which guard only; undefined: under all. */
  readonly guard: string | undefined;
  readonly why: string;
}

/** What calls of a lab cost. Rows under `BARE` are of the same call with no program attached. */
export interface OwnResult extends BenchResult {
  readonly leftOut: readonly LeftOut[];
}

export interface OwnSpec {
  readonly lab: LabAst;
  readonly scenarios: readonly ScenarioAst[];
  /** How to boot, by guard: `generic` first, whose kernel is that of all, and `none` among them. */
  readonly guards: readonly BootOptions[];
  readonly engine: BenchEngine;
  /** When to measure how many cells for how long. */
  readonly schedule: (cells: number) => TimingPlan;
  readonly timer: Timer;
  readonly progress?: (done: number, all: number, what: string) => void;
}

/** Carries out one action again and again; a function of the lab, since the kernel has none that does. */
const DRIVER = 'bench_action_driver';
const DRIVER_TEXT = `function ${DRIVER}(u64 action, u64 times) notrace {
    r6 = r1
    r7 = r2
again:
    if r7 == 0 goto out
    r1 = r6
    call call_action
    r7 += -1
    goto again
out:
    r0 = 0
    exit
}
`;

/** Instructions that one call may take. */
const MOST_INSNS = 2_000_000;
/** Instructions of one timed batch, about: long enough beside what entering it costs, short enough for many in a round. */
const BATCH_INSNS: Readonly<Record<BenchEngine, number>> = {
  wasm: 600_000,
  interp: 15_000,
};
const MOST_BATCH: Readonly<Record<BenchEngine, number>> = {
  wasm: 4000,
  interp: 100,
};

/** Where a call of a lab is: its scenario, its task, and how many steps of the task come before it. */
interface Where {
  readonly scenario: ScenarioAst;
  readonly task: string;
  readonly step: number;
  readonly name: string;
}

const withDriver = (lab: LabAst): LabAst => ({
  ...lab,
  declarations: [...lab.declarations, ...parseOrThrow({ name: '<bench>', text: DRIVER_TEXT }).declarations],
});

/**
 * A machine of a scenario, of which nothing has happened yet, and what its tasks are to do. What comes in between is left out: a place
 * in the code of one guard is not there under another. Throws `InputError`.
 */
function boot(env: Environment, lab: LabAst, whole: ScenarioAst, options: BootOptions) {
  const scenario = { ...whole, events: [], sources: [], expects: [], claims: [] };
  return orAllMistakes(lab, env, options, () => {
    const findings = new Findings();
    const booted = bootForChecks(lab, scenario, env, options, findings);
    const { plan } = checkScenario(booted, scenario, findings);
    findings.orThrow();
    return { kernel: booted.kernel, model: booted.model, plan };
  });
}

/** Why steps that are not calls are not measured. */
const WHY_NOT: Readonly<Record<Exclude<PlannedStep['action']['kind'], 'call'>, string>> = {
  attach: 'is carried out before what comes after it',
  detach: 'is carried out before what comes after it',
  set: 'is carried out before what comes after it',
  provide: 'is carried out before what comes after it',
  migrate: 'tasks stay where they are',
  join: 'tasks do not wait for each other, since each call is measured by itself',
  sleep: 'costs what it says',
};

/** What there is to measure in scenarios, and what of them is not measured whatever the guard. */
function casesOf(
  spec: OwnSpec,
  plans: ReadonlyMap<ScenarioAst, readonly PlannedTask[]>,
): { readonly cases: readonly Where[]; readonly leftOut: readonly LeftOut[] } {
  const leftOut: LeftOut[] = [];
  const cases: Where[] = [];
  const { scenarios } = spec;
  for (const [i, scenario] of scenarios.entries()) {
    const title = scenarios.length === 1 ? '' : `${scenario.title?.name ?? i + 1}: `;
    const leave = (what: string, why: string): number =>
      leftOut.push({ what: `${title}${what}`, guard: undefined, why });
    const tasks = plans.get(scenario)!;
    if (tasks.filter((t) => t.steps.length > 0).length > 1)
      leave(
        tasks.map((t) => t.name).join(', '),
        'that tasks run at the same time: each call is measured by itself',
      );
    for (const { name: task, steps } of tasks) {
      for (const [step, { text, action }] of steps.entries()) {
        if (action.kind !== 'call') {
          leave(text, WHY_NOT[action.kind]);
          continue;
        }
        const before = cases.filter(
          (c) => c.name === `${title}${text}` || c.name.startsWith(`${title}${text} #`),
        );
        const name = `${title}${text}${before.length === 0 ? '' : ` #${before.length + 1}`}`;
        cases.push({ scenario, task, step, name });
      }
    }
    const { events, sources } = scenario;
    for (const { span } of [...events, ...sources]) {
      const [line = ''] = span.source.text.slice(span.start, span.end).trim().split('\n');
      leave(line.replace(/\s*\{\s*$/, ''), 'what comes in between is not measured');
    }
  }
  return { cases, leftOut };
}

/** Calls again and again on a task's thread. */
function repeat(kernel: Kernel, taskName: string, { at }: Call, times: number): Stop {
  const { thread } = kernel.tasks.find((t) => t.name === taskName)!;
  startThread(kernel.machine, thread, kernel.symbols.functionIndex(DRIVER), [toAddress(at), BigInt(times)]);
  return kernel.engine.run(thread, MOST_INSNS * times);
}

/** Why a call did not come to its end; undefined if it did. */
function whyNot(stop: Stop): string | undefined {
  switch (stop.kind) {
    case 'done':
      return undefined;
    case 'fault':
      return `fault: ${stop.fault.kind}: ${summarizeFault(stop.fault)}`;
    case 'budget':
      return `takes more than ${grouped(MOST_INSNS)} instructions`;
    default:
      return 'waits for what only another task, or an interrupt, can do';
  }
}

/** Carries out what a task does before the call that is measured. Why that is not possible; undefined if it is. */
function carryOutBefore(kernel: Kernel, task: PlannedTask, step: number): string | undefined {
  for (const { action, text, times, span } of task.steps.slice(0, step)) {
    switch (action.kind) {
      case 'call': {
        const why = times === 0 ? undefined : whyNot(repeat(kernel, task.name, action.call, times));
        if (why !== undefined) return `\`${text}\`, which comes before it: ${why}`;
        break;
      }
      case 'attach':
      case 'detach':
      case 'set':
      case 'provide':
        performAtOnce(kernel, action, span);
        break;
      case 'migrate':
      case 'join':
      case 'sleep':
        break;
      default:
        action satisfies never;
    }
  }
  return undefined;
}

/** How often programs have run, and have been kept out. */
function effectOf(kernel: Kernel): Effect {
  const all = [...kernel.programs.values()].map((p) => kernel.stats(p));
  return {
    runs: Number(all.reduce((n, s) => n + s.runCnt, 0n)),
    misses: Number(all.reduce((n, s) => n + s.recursionMisses + s.linkMissed, 0n)),
  };
}

/** A call that can be measured, with what its programs do in it; or why it cannot be. */
type Tried = (Prepared & { readonly effect: Effect }) | string;

/** Makes a call ready: carries out what comes before it, and sees what it does while statistics are on. */
function prepareOwn(
  kernel: Kernel,
  task: PlannedTask,
  step: number,
  engine: BenchEngine,
  isBare: boolean,
): Tried {
  const { action } = task.steps[step]!;
  if (action.kind !== 'call') return WHY_NOT[action.kind];
  const { call } = action;
  const before = carryOutBefore(kernel, task, step);
  if (before !== undefined) return before;
  if (isBare) for (const program of kernel.programs.values()) detachProgram(kernel, program);
  const stats = kernel.globals.get('bpf_stats_enabled_key')!;
  kernel.writeGlobal(stats, 0, 1n);
  const { machine } = kernel;
  const [start, executed] = [effectOf(kernel), machine.executed];
  const why = whyNot(repeat(kernel, task.name, call, 1));
  if (why !== undefined) return why;
  const first = effectOf(kernel).runs - start.runs;
  const insns = machine.executed - executed;
  const batch = Math.max(1, Math.min(MOST_BATCH[engine], Math.round(BATCH_INSNS[engine] / insns)));
  const counted = effectOf(kernel);
  const stop = whyNot(repeat(kernel, task.name, call, batch));
  if (stop !== undefined) return stop;
  const after = effectOf(kernel);
  const effect = {
    runs: (after.runs - counted.runs) / batch,
    misses: (after.misses - counted.misses) / batch,
  };
  if (!isBare && effect.runs + effect.misses === 0) return 'no program runs in it';
  if (!isBare && (effect.runs === 0 || effect.runs < Math.min(first, 1)))
    return `programs ran ${plural(after.runs - start.runs, 'time')} in ${plural(batch + 1, 'call')}, since the guard kept them out`;
  if (isBare && effect.runs > 0) return 'the call itself runs a program';
  kernel.writeGlobal(stats, 0, 0n);
  const run = (): void => {
    const failed = whyNot(repeat(kernel, task.name, call, batch));
    if (failed !== undefined)
      throw new InputError(errorAt('B0621', `\`${task.steps[step]!.text}\`: ${failed}`));
  };
  const from = machine.executed;
  run();
  return { run, batch, insns: (machine.executed - from) / batch, effect };
}

/**
 * Measures what each call of scenarios costs under each guard, and without programs: every call by itself, again and again,
 * after what its task does before it. What cannot be measured is said, and why. Throws `InputError` for a lab that cannot be
 * run, or where nothing is left to be measured.
 */
export async function runOwnBench(env: Environment, spec: OwnSpec): Promise<OwnResult> {
  const { engine, timer, guards } = spec;
  const lab = withDriver(spec.lab);
  const boots = guards.map((g): BootOptions => ({ ...g, stats: false, engine: MEASURING_ENGINES[engine]! }));
  const names: string[] = [];
  const kernels = new Map<ScenarioAst, KernelModel>();
  const plans = new Map<ScenarioAst, readonly PlannedTask[]>();
  const [first] = boots;
  for (const scenario of spec.scenarios) {
    // A guard may be meant for another kernel; all are measured on one.
    const { model } = boot(env, lab, scenario, first!);
    kernels.set(scenario, model);
    for (const options of boots) {
      const { kernel, plan } = boot(env, lab, scenario, { ...options, model });
      if (!names.includes(kernel.guard.name)) names.push(kernel.guard.name);
      plans.set(scenario, plan.tasks);
    }
  }
  const { cases, leftOut } = casesOf(spec, plans);
  const bare = boots[names.indexOf(NO_GUARD)] ?? boots[0]!;
  const machines = cases.map(({ scenario, task: name, step }) =>
    [...boots, bare].map((options, g) => {
      const { kernel, plan } = boot(env, lab, scenario, { ...options, model: kernels.get(scenario)! });
      const task = plan.tasks.find((t) => t.name === name)!;
      return prepareOwn(kernel, task, step, engine, g === boots.length);
    }),
  );
  const found = [...leftOut, ...cases.flatMap(({ name }, c) => whyLeft(name, names, machines[c]!))];
  const measured = cases.flatMap((c, i) => {
    const row = machines[i]!;
    return row.slice(0, -1).some(isReady) ? [{ where: c, row }] : [];
  });
  if (measured.length === 0) throw nothingLeft(found);
  const columns = [...names, BARE];
  const benches = measured.map(({ where, row }): BenchCase => {
    const insns = row
      .slice(0, -1)
      .filter(isReady)
      .map((p) => p.insns);
    const usesGuard = new Set(insns).size > 1 || row.some((p, g) => g < names.length && !isReady(p));
    return { name: where.name, driver: DRIVER, usesGuard, what: where.name };
  });
  const prepared = measured.map(({ row }) => row.map((p) => (isReady(p) ? p : undefined)));
  const cells = prepared.flat().filter((p) => p !== undefined).length;
  const schedule = spec.schedule(cells);
  checkFits(schedule, cells, timer);
  const tell = spec.progress;
  const progress: Progress | undefined =
    tell && ((done, all, cell) => tell(done, all, `${benches[cell.bench]!.name} ${columns[cell.guard]!}`));
  const { samples, clockPart } = await measureAll(prepared, schedule, timer, progress);
  const clock = { step: timer.step * 1e6, part: clockPart };
  const evaluation = evaluate(benches, columns, samples, clock, (b, g) => prepared[b]![g]!.insns);
  return {
    engine,
    kernel: [...new Set([...kernels.values()].map((m) => m.name))].join(', '),
    cases: benches,
    guards: columns,
    schedule: {
      ...schedule,
      rounds: Math.max(...samples.flat().map((s) => s.length)),
    },
    ...evaluation,
    rows: evaluation.rows.map((row) => {
      const at = prepared[benches.findIndex((b) => b.name === row.case)]![columns.indexOf(row.guard)];
      return { ...row, ...(at?.effect && { effect: at.effect }) };
    }),
    leftOut: found,
  };
}

const isReady = (tried: Tried): tried is Exclude<Tried, string> => typeof tried !== 'string';

/** What of a case is not measured: under all guards for one reason, or under some. */
function whyLeft(what: string, names: readonly string[], row: readonly Tried[]): LeftOut[] {
  const reasons = row.slice(0, -1).map((tried) => (isReady(tried) ? undefined : tried));
  const [first] = reasons;
  if (first !== undefined && reasons.every((r) => r === first))
    return [{ what, guard: undefined, why: first }];
  const bare = row.at(-1)!;
  return [
    ...reasons.flatMap((why, g) => (why === undefined ? [] : [{ what, guard: names[g]!, why }])),
    ...(isReady(bare) ? [] : [{ what, guard: BARE, why: bare }]),
  ];
}

function nothingLeft(found: readonly LeftOut[]): InputError {
  return new InputError(
    errorAt('B0624', 'there is no call that could be measured', {
      help: "a scenario says what happens: `cpu 0 { delete MAP[0] }`; or `--do 'call FUNCTION(1)'`",
      notes: found.map(
        ({ what, guard, why }) => `\`${what}\`${guard === undefined ? '' : ` under ${guard}`}: ${why}`,
      ),
    }),
  );
}
