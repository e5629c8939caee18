import { evaluateConstant } from '../isa/lower/context.js';
import type { AttachPoint } from '../kernel/attach-point.js';
import { bootKernel } from '../kernel/boot.js';
import type { Kernel, ProgramStats } from '../kernel/kernel.js';
import type { RingContent } from '../kernel/map/ringbuf.js';
import { DEFAULT_MODEL, type KernelModel } from '../kernel/model.js';
import { backtrace, type Fault, type FrameLine, summarizeFault } from '../machine/fault.js';
import { toAddress } from '../machine/memory.js';
import { startThread } from '../machine/start.js';
import type { GuardAst, LabAst, Name, ScenarioAst, SettingAst } from '../syntax/lab-ast.js';
import { type Diagnostic, errorAt, throwIfErrors } from '../text/diagnostic.js';
import type { Span } from '../text/source.js';
import { type Environment, modelNamed } from './environment.js';
import type { LabEvent } from './events.js';
import { explainCondition, holds } from './expect.js';
import { type PlannedAction, planScenario } from './plan.js';
import { Recorder } from './recorder.js';

/** What the command line says over what the scenario says. */
export interface RunOptions {
  readonly guard?: GuardAst;
  /** Name of a shipped guard or of one the lab declares. */
  readonly guardName?: string;
  readonly model?: KernelModel;
  /** Overrides `stats on` and `stats off`. */
  readonly stats?: boolean;
  readonly strictAlignment?: boolean;
  /** Most instructions to execute. */
  readonly maxInsns?: number;
  /** Record events. */
  readonly observe?: boolean;
}

export const DEFAULT_MAX_INSNS = 100_000_000;

export interface ProgramResult extends ProgramStats {
  readonly id: number;
  readonly name: string;
  readonly attach: AttachPoint;
}

export interface ExpectResult {
  readonly text: string;
  readonly passed: boolean;
  /** For a failed one: what was found instead. */
  readonly found: readonly string[];
  readonly span: Span;
}

export interface ActionResult {
  readonly text: string;
  readonly cpu: number;
  /** r0 of each repetition, as a signed number. */
  readonly results: readonly bigint[];
}

/** What a consumer of a ring buffer would find after the run. */
export interface RingResult extends RingContent {
  readonly map: string;
}

export type Outcome =
  | { readonly kind: 'finished' }
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'budget' | 'blocked'; readonly executed: number; readonly where: readonly FrameLine[] };

export interface ScenarioResult {
  readonly title: string | undefined;
  readonly guard: string;
  readonly guardArea: { readonly size: number; readonly align: number };
  readonly kernel: string;
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
  readonly executed: number;
  readonly events: readonly LabEvent[];
  /** What was found doubtful in the lab, though it could be run. */
  readonly warnings: readonly Diagnostic[];
}

type Settings = { readonly [K in SettingAst['kind']]?: SettingAst & { readonly kind: K } };

function settingsOf(scenario: ScenarioAst, diagnostics: Diagnostic[]): Settings {
  const found: Record<string, SettingAst> = {};
  for (const s of scenario.settings) {
    if (found[s.kind] !== undefined)
      diagnostics.push(errorAt('B0405', `\`${s.kind}\` stands twice`, { span: s.span }));
    found[s.kind] = s;
  }
  return found as Settings;
}

const MOST_CPUS = 64;

function cpuCount(settings: Settings, diagnostics: Diagnostic[]): number {
  if (settings.cpus === undefined) return 1;
  const count = evaluateConstant(settings.cpus.count, new Map(), diagnostics);
  if (count >= 1n && count <= BigInt(MOST_CPUS)) return Number(count);
  diagnostics.push(
    errorAt('B0405', `${count} CPUs`, { span: settings.cpus.span, expected: `1 to ${MOST_CPUS}` }),
  );
  return 1;
}

/** A booted scenario, ready to run or to be looked at. */
export interface Booted {
  readonly kernel: Kernel;
  readonly model: KernelModel;
  readonly stats: boolean;
}

/** Boots the machine a scenario asks for. Throws `InputError`. */
export function bootScenario(
  lab: LabAst,
  scenario: ScenarioAst | undefined,
  env: Environment,
  options: RunOptions,
): Booted {
  const diagnostics: Diagnostic[] = [];
  const settings = scenario === undefined ? {} : settingsOf(scenario, diagnostics);
  const cpus = cpuCount(settings, diagnostics);
  const named: Name | undefined = settings.kernel?.name;
  const model = options.model ?? modelNamed(named?.name ?? DEFAULT_MODEL, named?.span);
  const guardName = options.guardName ?? settings.guard?.name.name ?? model.guard;
  const at = options.guardName === undefined ? settings.guard?.name.span : undefined;
  const guard = options.guard ?? env.guard(guardName, lab, at);
  const stats = options.stats ?? settings.stats?.on ?? true;
  throwIfErrors(diagnostics);
  const used = [
    ...new Set([0, ...(scenario?.cpus ?? []).map((c) => Number(evaluateConstant(c.cpu, new Map(), [])))]),
  ];
  const kernel = bootKernel({
    model,
    cpus,
    guard,
    kernel: env.kernelFor(model),
    lab,
    stats,
    tasks: used.filter((cpu) => cpu >= 0 && cpu < cpus).map((cpu) => ({ name: `task ${cpu}`, cpu })),
    ...(settings.attach !== undefined && { attach: settings.attach.programs }),
    strictAlignment: options.strictAlignment === true || settings.strict_alignment !== undefined,
  });
  return { kernel, model, stats };
}

/** Carries out the actions of a scenario, one CPU block after the other. */
class Run {
  readonly kernel: Kernel;
  readonly recorder: Recorder | undefined;
  readonly actions: ActionResult[] = [];
  left: number;

  constructor(kernel: Kernel, options: RunOptions) {
    this.kernel = kernel;
    this.recorder = options.observe === true ? new Recorder(kernel) : undefined;
    this.left = options.maxInsns ?? DEFAULT_MAX_INSNS;
  }

  /** Runs one repetition of an action; the outcome if the run is over. */
  once(action: PlannedAction, cpu: number, results: bigint[]): Outcome | undefined {
    const { kernel, recorder } = this;
    const task = kernel.tasks.find((t) => t.thread.cpu === cpu)!;
    const { thread, buffer } = task;
    if (action.key !== undefined) kernel.memory.u8.set(action.key, buffer.key.start);
    if (action.value !== undefined) kernel.memory.u8.set(action.value, buffer.value.start);
    const args = action.args.map((a) => (typeof a === 'bigint' ? a : toAddress(buffer[a].start)));
    recorder?.emit(thread, { kind: 'action', text: action.text });
    startThread(kernel.machine, thread, action.fn, args);
    recorder?.start(thread, action.fn);
    const before = kernel.machine.executed;
    const { interpreter } = kernel;
    const stop =
      recorder === undefined
        ? interpreter.run(thread, this.left)
        : interpreter.observe(thread, this.left, recorder);
    this.left -= kernel.machine.executed - before;
    switch (stop.kind) {
      case 'done': {
        const result = BigInt.asIntN(64, thread.getRegister(0));
        results.push(result);
        recorder?.emit(thread, { kind: 'action_end', text: action.text, result });
        return undefined;
      }
      case 'fault':
        recorder?.emit(thread, { kind: 'fault', text: summarizeFault(stop.fault) });
        return { kind: 'fault', fault: stop.fault };
      case 'budget':
      case 'blocked':
        return {
          kind: stop.kind,
          executed: kernel.machine.executed,
          where: backtrace(kernel.machine, thread, thread.pc),
        };
      default:
        return stop satisfies never;
    }
  }

  all(plan: ReturnType<typeof planScenario>): Outcome {
    for (const { cpu, actions } of plan) {
      for (const action of actions) {
        const results: bigint[] = [];
        this.actions.push({ text: action.text, cpu, results });
        for (let i = 0; i < action.times; i += 1) {
          const over = this.once(action, cpu, results);
          if (over !== undefined) return over;
        }
      }
    }
    return { kind: 'finished' };
  }
}

function checkExpects(kernel: Kernel, scenario: ScenarioAst, outcome: Outcome): ExpectResult[] {
  return scenario.expects.map((e) => {
    const { source, start, end } = e.span;
    const text = source.text.slice(start, end);
    if (e.kind === 'fault') {
      const fault = outcome.kind === 'fault' ? outcome.fault : undefined;
      const where = fault?.backtrace[0]?.function;
      const passed = fault?.kind === e.fault.name && (e.at === undefined || e.at.name === where);
      const found =
        fault === undefined ? 'there was no fault' : `the fault is ${fault.kind} in ${where ?? '?'}`;
      return { text, passed, found: passed ? [] : [found], span: e.span };
    }
    const passed = holds(kernel, e.condition);
    return { text, passed, found: passed ? [] : explainCondition(kernel, e.condition), span: e.span };
  });
}

/** Boots, runs and checks one scenario. Throws `InputError` if the lab cannot be run at all. */
export function runScenario(
  lab: LabAst,
  scenario: ScenarioAst,
  env: Environment,
  options: RunOptions = {},
): ScenarioResult {
  const { kernel, model, stats } = bootScenario(lab, scenario, env, options);
  const diagnostics: Diagnostic[] = [];
  const plan = planScenario(kernel, scenario, diagnostics);
  throwIfErrors(diagnostics);
  const run = new Run(kernel, options);
  const outcome = run.all(plan);
  const expects = checkExpects(kernel, scenario, outcome);
  const wantedFault = scenario.expects.some((e) => e.kind === 'fault');
  const asWanted = outcome.kind === 'finished' || (outcome.kind === 'fault' && wantedFault);
  return {
    title: scenario.title?.name,
    guard: kernel.guard.name,
    guardArea: { size: kernel.guard.size, align: kernel.guard.align },
    kernel: model.name,
    cpus: kernel.cpus,
    stats,
    programs: [...kernel.programs.values()].map((p) => ({
      id: p.id,
      name: p.name,
      attach: p.attach,
      ...kernel.stats(p),
    })),
    actions: run.actions,
    outcome,
    expects,
    passed: asWanted && expects.every((e) => e.passed),
    printed: kernel.printed(),
    rings: [...kernel.maps.values()]
      .filter((m) => m.info.family === 'ring')
      .map((m) => ({ map: m.definition.name, ...kernel.ringRecords(m) })),
    executed: kernel.machine.executed,
    events: run.recorder?.events ?? [],
    warnings: kernel.warnings,
  };
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
