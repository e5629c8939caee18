import { plainLeaves } from '../explore/reduce/leaves.js';
import { Liveness } from '../explore/state/liveness.js';
import type { Environment } from '../lab/environment.js';
import { type PROPERTIES, type Property, propertiesIn } from '../lab/properties.js';
import { makeScene, type Scene, type SceneOptions } from '../replay/scene.js';
import type { LabAst, ScenarioAst } from '../syntax/lab-ast.js';
import { errorAt, InputError } from '../text/diagnostic.js';
import { actorsOf, Cells, Learned } from './cells.js';
import { partName } from './memory-text.js';
import { interruptRole, taskRole } from './roles.js';
import { type Node, Walker } from './walker.js';

/** A variable that all processes share. */
export interface Variable {
  readonly name: string;
  readonly title: string;
  readonly type: 'byte' | 'int' | 'u64';
  /** Elements; 0 for no array. */
  readonly length: number;
  /** What it holds at the start, an element each. */
  readonly initial: readonly bigint[];
  /** Whether everything having returned must leave it so. */
  readonly isBalanced: boolean;
}

/** Processes that have the same code. */
export interface ProcessModel {
  readonly name: string;
  readonly kind: 'task' | 'hardirq' | 'nmi';
  readonly cpu: number;
  /** The number of the source of an interrupt. */
  readonly source: number;
  /** Name and number of each. */
  readonly members: readonly { readonly name: string; readonly me: number }[];
  readonly locals: readonly string[];
  readonly nodes: readonly Node[];
}

/** Everything that is written as Promela. */
export interface PromelaModel {
  readonly title: string | undefined;
  readonly guard: string;
  readonly kernel: string;
  readonly cpus: number;
  readonly preemptibleReaders: boolean;
  readonly maxNmis: number;
  readonly tasks: readonly { readonly name: string; readonly cpu: number; readonly steps: number }[];
  readonly sources: readonly {
    readonly name: string;
    readonly times: number;
    readonly level: string;
    readonly cpu: number | undefined;
  }[];
  readonly variables: readonly Variable[];
  /** preempt_count as code on a CPU sees it, by CPU. */
  readonly preemptCounts: readonly string[];
  /** Programs and CPUs, and whether one runs from the start. */
  readonly guarded: readonly { readonly name: string; readonly isRunning: boolean }[];
  readonly processes: readonly ProcessModel[];
  /** Programs whose bodies are not in it, and memory that is written and decides nothing. */
  readonly programs: readonly string[];
  readonly leftOut: readonly string[];
  readonly checked: readonly Property[];
  readonly conditions: readonly string[];
}

/** Properties that a model can say. */
export const PROMELA_PROPERTIES = [
  'one_instance',
  'balanced',
  'admits_alone',
  'progress',
  'no_fault',
  'no_deadlock',
] as const satisfies readonly (keyof typeof PROPERTIES)[];

/** Whoever has finished learning writes the whole model. */
const MOST_ATTEMPTS = 500;
/** SPIN numbers processes by a byte; some are the model's own. */
const MOST_PROCESSES = 250;

interface Written {
  readonly processes: ProcessModel[];
  readonly guarded: ReadonlySet<string>;
}

function processes(scene: Scene, cells: Cells, liveness: Liveness): Written {
  const { kernel } = scene;
  const found = new Map<string, ProcessModel>();
  const guarded = new Set<string>();
  const add = (
    name: string,
    me: number,
    walker: Walker,
    kind: ProcessModel['kind'],
    source: number,
  ): void => {
    walker.walk();
    for (const g of walker.guarded) guarded.add(g);
    const { cpu, nodes } = walker;
    const key = JSON.stringify([kind, cpu, source, nodes]);
    const same = found.get(key);
    const members = [...(same?.members ?? []), { name, me }];
    const locals = [...walker.variables].sort();
    found.set(key, { name: same?.name ?? name, kind, cpu, source, members, locals, nodes });
  };
  const actors = actorsOf(scene);
  actors.forEach((t, me) => {
    if (t.kind !== 'task') return;
    const { cpu } = t.task.thread;
    const walker = new Walker(kernel, cells, liveness, cpu, taskRole(scene, cells, t));
    add(`task_${t.task.name}`, me, walker, 'task', -1);
  });
  let me = actors.length;
  scene.sources.forEach((source, s) => {
    for (const { id } of kernel.processors) {
      if ((source.cpu ?? id) !== id) continue;
      for (let copy = 1; copy <= source.times; copy += 1) {
        const walker = new Walker(kernel, cells, liveness, id, interruptRole(scene, source, id));
        const name = `${source.name}${kernel.cpus > 1 ? `_cpu${id}` : ''}${source.times > 1 ? `_${copy}` : ''}`;
        add(name, me, walker, source.level, s);
        me += 1;
      }
    }
  });
  return { processes: [...found.values()], guarded };
}

function variables(scene: Scene, cells: Cells): Variable[] {
  const areas = new Set(
    scene.kernel.processors.flatMap(({ id }) =>
      [...scene.kernel.programs.keys()].map((p) => `active_${p}_cpu${id}`),
    ),
  );
  return cells.variables.flatMap(([cell, { isBytes, parts }]) => {
    const isBalanced = areas.has(cell.name) || /^preempt_count/.test(cell.name);
    const common = { title: cell.title, isBalanced };
    if (isBytes) {
      const initial = Array.from({ length: cell.size }, (_, i) => cells.initial(cell, 0, i, 1));
      return [{ ...common, name: cell.name, type: 'byte' as const, length: cell.size, initial }];
    }
    return [...parts].map(([offset, size]): Variable => {
      const initial = cell.at.map((_, copy) => cells.initial(cell, copy, offset, size));
      const type = size === 8 ? 'u64' : size === 1 ? 'byte' : 'int';
      const length = cell.isOfTask ? cell.at.length : 0;
      return { ...common, name: partName(cell, offset, size), type, length, initial };
    });
  });
}

/** Makes the model of a scenario under a guard. Throws `InputError` for what cannot be explored or said in Promela. */
export function promelaModel(
  lab: LabAst,
  scenario: ScenarioAst,
  env: Environment,
  options: SceneOptions,
): PromelaModel {
  const scene = makeScene(lab, scenario, env, options);
  const { kernel } = scene;
  const count = scene.tasks.length + kernel.cpus * scene.sources.reduce((n, source) => n + source.times, 0);
  if (count > MOST_PROCESSES)
    throw new InputError(
      errorAt('B0413', `${count} tasks and interrupts are more processes than SPIN has`, {
        span: scenario.span,
        expected: `at most ${MOST_PROCESSES}`,
      }),
    );
  const liveness = new Liveness(kernel.machine, plainLeaves(kernel.machine));
  const cells = new Cells(scene);
  const ofTask = !kernel.percpuVariables.has('__preempt_count');
  let written: Written | undefined;
  for (let attempt = 0; written === undefined; attempt += 1) {
    if (attempt > MOST_ATTEMPTS) throw new Error('the model does not come to an end');
    cells.restart();
    try {
      for (const { id } of kernel.processors) {
        cells.access(cells.named(ofTask ? 'preempt_count' : `preempt_count_cpu${id}`), 0, 4);
        cells.access(cells.named(`irqs_off_cpu${id}`), 0, 4);
      }
      written = processes(scene, cells, liveness);
    } catch (e) {
      if (!(e instanceof Learned)) throw e;
    }
  }
  const text = (span: {
    readonly source: { readonly text: string };
    readonly start: number;
    readonly end: number;
  }) => span.source.text.slice(span.start, span.end);
  return {
    title: scene.title,
    guard: kernel.guard.name,
    kernel: kernel.model.name,
    cpus: kernel.cpus,
    preemptibleReaders: kernel.model.preemptRcu,
    maxNmis: kernel.model.maxNmis,
    tasks: scene.tasks
      .filter((t) => t.kind === 'task')
      .map(({ task, steps }) => ({ name: task.name, cpu: task.thread.cpu, steps: steps.length })),
    sources: scene.sources.map(({ name, times, level, cpu }) => ({ name, times, level, cpu })),
    variables: variables(scene, cells),
    preemptCounts: kernel.processors.map(({ id }) =>
      ofTask ? `preempt_count[current_cpu${id}]` : `preempt_count_cpu${id}`,
    ),
    guarded: [...written.guarded].map((name) => ({
      name,
      isRunning: scene.given.some((g) => g.isRunning && `instances_${g.program.name}_cpu${g.cpu}` === name),
    })),
    processes: written.processes,
    programs: [...kernel.programs.keys()],
    leftOut: cells.leftOut.map((c) => c.title),
    checked: propertiesIn(scene.checked).filter((p) => PROMELA_PROPERTIES.some((known) => known === p)),
    conditions: [...scene.always, ...scene.finally].map((c) => text(c.span)),
  };
}
