import { type AttachPoint, formatAttachPoints } from '../kernel/attach/point.js';
import { type ZeroReads, zeroReadsOf } from '../kernel/btf-loads.js';
import type { Kernel, ProgramStats } from '../kernel/kernel.js';
import type { PerfContent } from '../kernel/map/perf-buffer.js';
import type { RingContent } from '../kernel/map/ringbuf.js';
import { tracesOf } from '../kernel/map/stack-trace.js';
import type { Undeclared } from '../kernel/undeclared.js';
import { trackUnwrittenReads } from '../kernel/unwritten.js';
import type { BroughtTypes } from '../object/core/type-space.js';
import type { LabAst, ScenarioAst } from '../syntax/lab-ast.js';
import { splitSpacedName } from '../syntax/name-space.js';
import { type Diagnostic, errorAt, throwIfErrors } from '../text/diagnostic.js';
import { Findings } from '../text/findings.js';
import type { Span } from '../text/source.js';
import { type Booted, type BootOptions, bootForChecks } from './boot.js';
import { checkScenario, guardWarnings } from './claims.js';
import type { Environment } from './environment.js';
import type { LabEvent } from './events.js';
import { explainCondition, holds } from './expect.js';
import { setCounters } from './given-counters.js';
import { RECORD_BYTES } from './limits.js';
import { orAllMistakes } from './mistakes.js';
import { Recorder } from './recorder.js';
import type { Runner } from './runner.js';
import { Scheduler } from './scheduler.js';
import type { Outcome, StepResult } from './script.js';
import { madeUpTaskWarnings, signalWarnings } from './signals.js';
import type { InterruptCount } from './triggers.js';
import { untriggeredWarnings } from './untriggered.js';
import { type GuardWrite, WriteHistory } from './writes.js';

export interface RunOptions extends BootOptions {
  /** Most instructions to execute. */
  readonly maxInsns?: number;
  /** Record events. */
  readonly observe?: boolean;
  /** With `observe`: most events to record; all if absent. */
  readonly maxEvents?: number;
  /** With `observe`: leave out writes to a guard's area of which the next event says all. */
  readonly foldsWrites?: boolean;
  /** With `observe`: record too which instructions wrote `active` and preempt_count. */
  readonly writes?: boolean;
}

/** A stack trace in a map: where its calls are, as `NAME+N`, the innermost first. */
export interface StackResult {
  readonly map: string;
  readonly id: number;
  readonly frames: readonly string[];
}

export const DEFAULT_MAX_INSNS = 100_000_000;

export interface ProgramResult extends ProgramStats {
  readonly id: number;
  readonly name: string;
  readonly attach: AttachPoint;
  /** The attach point as a section name. */
  readonly section: string;
}

export interface ExpectResult {
  readonly text: string;
  readonly passed: boolean;
  /** For a failed one: what was found instead. */
  readonly found: readonly string[];
  readonly span: Span;
}

export type ActionResult = Readonly<StepResult>;

/** What a consumer of a ring buffer would find after the run. */
export interface RingResult extends RingContent {
  readonly map: string;
}

/** What user space would find in the buffer that a CPU has in a perf event array. */
export interface PerfResult extends PerfContent {
  readonly map: string;
  readonly cpu: number;
}

export interface ScenarioResult {
  readonly title: string | undefined;
  readonly guard: string;
  readonly guardArea: { readonly size: number; readonly align: number };
  readonly kernel: string;
  /** The object whose registers the kernel was chosen for, where nobody has said one. */
  readonly kernelBecause: string | undefined;
  readonly cpus: number;
  readonly stats: boolean;
  readonly programs: readonly ProgramResult[];
  readonly actions: readonly ActionResult[];
  readonly outcome: Outcome;
  readonly expects: readonly ExpectResult[];
  /** False if an expectation failed, or the run did not finish and no expectation asked for that. */
  readonly passed: boolean;
  readonly printed: string;
  readonly rings: readonly RingResult[];
  readonly perf: readonly PerfResult[];
  readonly stacks: readonly StackResult[];
  readonly executed: number;
  /** What became of the interrupts that the scenario has. */
  readonly interrupts: readonly InterruptCount[];
  readonly events: readonly LabEvent[];
  /** How many came after `maxEvents`. */
  readonly droppedEvents: number;
  readonly writes: readonly GuardWrite[];
  /** Functions and tracepoints that were made because programs are attached to them. */
  readonly undeclared: readonly Undeclared[];
  /** What objects brought of types that the emulated kernel does not have. */
  readonly brought: BroughtTypes;
  /** Loads that read 0 through addresses of the kernel's objects where there was nothing, as in Linux. */
  readonly zeroReads: readonly ZeroReads[];
  /** What was found doubtful in the lab, though it could be run. */
  readonly warnings: readonly Diagnostic[];
}

export function checkExpects(kernel: Kernel, scenario: ScenarioAst, outcome: Outcome): ExpectResult[] {
  return scenario.expects.map((e) => {
    const { source, start, end } = e.span;
    const text = source.text.slice(start, end);
    if (e.kind === 'fault') {
      const fault = outcome.kind === 'fault' ? outcome.fault : undefined;
      const where = fault?.backtrace[0]?.function;
      const bareWhere = where && splitSpacedName(where).bare;
      const passed = fault?.kind === e.fault.name && (e.at === undefined || e.at.name === bareWhere);
      const found =
        fault === undefined ? 'there was no fault' : `the fault is ${fault.kind} in ${where ?? '?'}`;
      return { text, passed, found: passed ? [] : [found], span: e.span };
    }
    const passed = holds(kernel, e.condition);
    return { text, passed, found: passed ? [] : explainCondition(kernel, e.condition), span: e.span };
  });
}

/** A scenario of which nothing has happened yet. */
export interface Begun extends Booted {
  readonly runner: Runner;
  readonly recorder: Recorder | undefined;
  readonly history: WriteHistory | undefined;
  /** Offset of the first byte after what the scenario has in the arena. */
  readonly arenaUsed: number;
}

/** Boots a machine and plans what a scenario does on it. Throws `InputError` if the lab cannot be run at all. */
export function beginScenario(
  lab: LabAst,
  scenario: ScenarioAst,
  env: Environment,
  options: RunOptions,
): Begun {
  const { booted, plan, given } = orAllMistakes(lab, env, options, () => {
    const findings = new Findings();
    const booted = bootForChecks(lab, scenario, env, options, findings);
    const checked = checkScenario(booted, scenario, findings);
    findings.orThrow();
    return { booted, ...checked };
  });
  const { kernel } = booted;
  setCounters(kernel, given);
  kernel.warnings.push(
    ...guardWarnings(lab, scenario, env, options.guardFiles),
    ...untriggeredWarnings(kernel, scenario, env),
  );
  const isObserved = options.observe === true;
  const history = isObserved && options.writes === true ? new WriteHistory(kernel) : undefined;
  const recorder = isObserved ? new Recorder(kernel, options, history) : undefined;
  const scheduler = new Scheduler(
    kernel,
    plan,
    recorder,
    options.maxInsns ?? DEFAULT_MAX_INSNS,
    options.limits,
  );
  return { ...booted, runner: scheduler, recorder, history, arenaUsed: plan.arenaUsed };
}

/** What there is to tell of a machine after a run. */
export function resultOf(
  { kernel, model, modelBecause, stats, runner, recorder, history }: Begun,
  scenario: ScenarioAst,
  outcome: Outcome,
  { limits }: Pick<RunOptions, 'limits'>,
): ScenarioResult {
  recorder?.finish();
  const expects = checkExpects(kernel, scenario, outcome);
  const wantedFault = scenario.expects.some((e) => e.kind === 'fault');
  const most = Math.floor((limits?.maxBytes ?? Infinity) / RECORD_BYTES);
  const asWanted = outcome.kind === 'finished' || (outcome.kind === 'fault' && wantedFault);
  return {
    title: scenario.title?.name,
    guard: kernel.guard.name,
    guardArea: { size: kernel.guard.size, align: kernel.guard.align },
    kernel: model.name,
    kernelBecause: modelBecause,
    cpus: kernel.cpus,
    stats,
    programs: [...kernel.programs.values()].map((p) => ({
      id: p.id,
      name: p.name,
      attach: p.attach,
      section: formatAttachPoints(p.attach, p.targets),
      ...kernel.stats(p),
    })),
    actions: runner.results,
    outcome,
    expects,
    passed: asWanted && expects.every((e) => e.passed),
    printed: kernel.printed(),
    rings: [...kernel.maps.values()]
      .filter((m) => m.info.family === 'ring')
      .map((m) => ({ map: m.definition.name, ...kernel.ringRecords(m, most) })),
    perf: [...kernel.maps.values()]
      .filter((m) => m.info.family === 'perf')
      .flatMap((m) =>
        Array.from({ length: m.definition.buffers }, (_, cpu) => ({
          ...{ map: m.definition.name, cpu },
          ...kernel.perfRecords(m, cpu, most),
        })),
      ),
    stacks: [...kernel.maps.values()]
      .filter((m) => m.info.family === 'stacks')
      .flatMap((m) => tracesOf(m, kernel.machine.text).map((t) => ({ map: m.definition.name, ...t }))),
    executed: kernel.machine.executed,
    interrupts: runner.interrupts,
    events: recorder?.events ?? [],
    droppedEvents: recorder?.dropped ?? 0,
    writes: history?.writes ?? [],
    undeclared: kernel.undeclared,
    brought: kernel.types.brought,
    zeroReads: zeroReadsOf(kernel),
    warnings: [...kernel.warnings, ...signalWarnings(kernel), ...madeUpTaskWarnings(kernel)],
  };
}

/** Boots, runs and checks one scenario. Throws `InputError` if the lab cannot be run at all. */
export function runScenario(
  lab: LabAst,
  scenario: ScenarioAst,
  env: Environment,
  options: RunOptions = {},
): ScenarioResult {
  const begun = beginScenario(lab, scenario, env, options);
  trackUnwrittenReads(begun.kernel);
  return resultOf(begun, scenario, begun.runner.run(), options);
}

/** The scenarios of a lab. Throws `InputError` where there is nothing to run. */
export function scenariosOf(lab: LabAst): readonly ScenarioAst[] {
  const scenarios = lab.declarations.filter((d) => d.kind === 'scenario');
  if (scenarios.length > 0) return scenarios;
  const program = lab.declarations.find((d) => d.kind === 'program');
  const help = 'add one: `scenario { cpu 0 { delete MAP[0] } expect PROGRAM.run_cnt == 1 }`';
  throwIfErrors([
    errorAt('B0408', 'the lab has no scenario, so nothing would happen', { span: program?.name.span, help }),
  ]);
  return scenarios;
}
