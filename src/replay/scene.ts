import type { Kernel } from '../kernel/kernel.js';
import type { Task } from '../kernel/task.js';
import { type Booted, type BootOptions, bootForChecks } from '../lab/boot.js';
import { type Call, CallArena } from '../lab/calls.js';
import { checkScenario } from '../lab/claims.js';
import type { Environment } from '../lab/environment.js';
import { type GivenCounter, setCounters } from '../lab/given-counters.js';
import { orAllMistakes } from '../lab/mistakes.js';
import type { Plan, PlannedAction, PlannedStep } from '../lab/planned.js';
import { type Property, propertiesNamed, propertyBit } from '../lab/properties.js';
import type { ConditionAst, InterruptLevel, LabAst, Name, ScenarioAst } from '../syntax/lab-ast.js';
import { Findings } from '../text/findings.js';
import type { Source } from '../text/source.js';
import { chosenMoment, REFUSED } from './explorable.js';

/** A task and what it does, every repetition as a step of its own. */
/** A step that every way of going through a scene can do: replaying, exploring, and (all but `provide`) a model. */
interface SceneStep extends PlannedStep {
  readonly action: PlannedAction & { readonly kind: 'call' | 'join' | 'set' | 'provide' };
}

export interface SceneTask {
  readonly task: Task;
  /** `idle` tasks stand for a CPU with nothing to do; `softirqd` ones begin when they are woken. */
  readonly kind: 'task' | 'softirqd' | 'idle';
  readonly steps: readonly SceneStep[];
  /** What a softirq thread calls. */
  readonly call: Call | undefined;
}

/** An interrupt that may arrive. */
export interface SceneSource {
  readonly name: string;
  readonly text: string;
  readonly level: 'hardirq' | 'nmi';
  /** As the scenario says: what raises a softirq is a hardirq. */
  readonly planned: InterruptLevel;
  readonly entry: number;
  readonly args: readonly bigint[];
  readonly cpu: number | undefined;
  readonly times: number;
}

/** All that is explored: a booted machine, who acts on it, and what must hold. */
export interface Scene {
  readonly booted: Booted;
  readonly kernel: Kernel;
  readonly title: string | undefined;
  /** Scenario's tasks first, then a softirq thread and an idle task for each CPU. */
  readonly tasks: readonly SceneTask[];
  readonly sources: readonly SceneSource[];
  readonly given: readonly GivenCounter[];
  /** Files of the emulated kernel: code of others is a lab's or a guard's. */
  readonly kernelSources: ReadonlySet<Source>;
  readonly always: readonly ConditionAst[];
  readonly finally: readonly ConditionAst[];
  /** Properties that are checked, a bit each. */
  readonly checked: number;
  /** Properties the guard's file does not promise, a bit each. */
  readonly unpromised: number;
}

/** What every clock says, in nanoseconds. */
const STANDING_CLOCK = 1_000_000_000;
const MOST_STEPS = 10_000;
/** Tasks and interrupts are bits of a word. */
const MOST_ACTORS = 30;

export interface SceneOptions extends BootOptions {
  readonly without?: readonly Property[];
}

const isExplorable = (step: PlannedStep): step is SceneStep => REFUSED[step.action.kind] === undefined;

function flatten(steps: readonly PlannedStep[], findings: Findings): SceneStep[] {
  const count = steps.reduce((n, s) => n + s.times, 0);
  if (count > MOST_STEPS) {
    const expected = `at most ${MOST_STEPS}`;
    findings.error('B0405', `${count} steps of one task`, { span: steps[0]!.span, expected });
    return [];
  }
  return steps.flatMap((s) => {
    if (!isExplorable(s)) {
      const { kind } = s.action;
      const help = REFUSED[kind];
      findings.error('B0411', `\`${kind}\` cannot be explored`, { span: s.span, help });
      return [];
    }
    return Array.from({ length: s.times }, () => ({ ...s, times: 1 }));
  });
}

const propertyBits = (names: readonly Name[]): number =>
  propertiesNamed(names).reduce((bits, p) => bits | propertyBit(p), 0);

function sourcesOf(kernel: Kernel, plan: Plan): SceneSource[] {
  const { symbols } = kernel;
  return plan.sources.map((s, i): SceneSource => {
    const same = plan.sources.filter((o) => o.level === s.level);
    const nth = plan.sources.slice(0, i).filter((o) => o.level === s.level).length + 1;
    const name = same.length === 1 ? s.level : `${s.level}_${nth}`;
    const nmi = s.level === 'nmi';
    return {
      name,
      text: s.text,
      level: nmi ? 'nmi' : 'hardirq',
      planned: s.level,
      entry: symbols.functionIndex(nmi ? 'handle_nmi' : 'handle_irq'),
      args: [s.actions, BigInt(s.count)],
      cpu: s.cpu,
      times: s.times,
    };
  });
}

/** Boots what is to be explored. Throws `InputError`. */
export function makeScene(
  lab: LabAst,
  scenario: ScenarioAst,
  env: Environment,
  options: SceneOptions,
): Scene {
  return orAllMistakes(lab, env, options, () => {
    const findings = new Findings();
    const booted = bootForChecks(lab, scenario, env, options, findings);
    const scene = sceneOf(booted, scenario, env, options, findings);
    findings.orThrow();
    setCounters(scene.kernel, scene.given);
    return scene;
  });
}

/** What is to be explored of a booted scenario, and what is wrong with that. */
export function sceneOf(
  booted: Booted,
  scenario: ScenarioAst,
  env: Environment,
  options: SceneOptions,
  findings: Findings,
): Scene {
  const { kernel, guard } = booted;
  const { plan, given } = checkScenario(booted, scenario, findings);
  const moment = chosenMoment(scenario);
  if (moment !== undefined) findings.error('B0411', moment.what, moment);
  const conditions = (kind: 'always' | 'finally'): ConditionAst[] =>
    scenario.claims.flatMap((c) => (c.kind === kind ? [c.condition] : []));
  const always = conditions('always');
  const last = conditions('finally');
  const named = scenario.claims.flatMap((c) => (c.kind === 'without' ? c.names : []));
  const off = propertyBits(named) | (options.without ?? []).reduce((b, p) => b | propertyBit(p), 0);
  const unpromised = propertyBits(guard.without);
  // Not 0: the kernel takes that for no time at all, and counts no run.
  kernel.machine.nsPerInsn = 0;
  kernel.machine.idleNs = STANDING_CLOCK;
  const arena = new CallArena(kernel, kernel.ownArena);
  const sources = sourcesOf(kernel, plan);
  const tasks: SceneTask[] = [
    ...plan.tasks.map(({ name, steps }) => ({
      task: kernel.tasks.find((t) => t.name === name)!,
      kind: 'task' as const,
      steps: flatten(steps, findings),
      call: undefined,
    })),
    ...kernel.processors.map((cpu) => ({
      task: cpu.ksoftirqd,
      kind: 'softirqd' as const,
      steps: [],
      call: arena.named('run_ksoftirqd', []),
    })),
    ...kernel.processors.map((cpu) => ({
      task: cpu.idle,
      kind: 'idle' as const,
      steps: [],
      call: undefined,
    })),
  ];
  const actors = plan.tasks.length + kernel.cpus + sources.length;
  if (actors > MOST_ACTORS)
    findings.error('B0411', `${actors} tasks and interrupts`, {
      span: scenario.span,
      expected: `at most ${MOST_ACTORS}, including a softirq thread for each CPU`,
    });
  if (findings.errors === 0 && sources.length === 0 && tasks.every((t) => t.steps.length === 0))
    findings.error('B0411', 'the scenario does nothing', {
      span: scenario.span,
      help: 'write `task A cpu 0 { … }` for what runs, and `may nmi x 1 { … }` for what may come in between',
    });
  const all = -1;
  return {
    booted,
    kernel,
    title: scenario.title?.name,
    tasks,
    sources,
    given,
    kernelSources: new Set(env.kernelFor(booted.model).files.map((file) => file.source)),
    always,
    finally: last,
    checked: all & ~off & ~unpromised,
    unpromised,
  };
}
