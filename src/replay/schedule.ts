import { evaluateConstant } from '../isa/lower/context.js';
import type { AttachOrder } from '../kernel/attach/attach.js';
import { formatAttachOrder, quotedWhere } from '../lab/attach-order.js';
import { taskName } from '../lab/scenario.js';
import type { ScenarioAst } from '../syntax/lab-ast.js';
import { type Diagnostic, errorAt, InputError } from '../text/diagnostic.js';
import { Findings } from '../text/findings.js';
import { didYouMean } from '../text/nearest.js';
import { shownLine } from '../text/shown.js';
import type { Span } from '../text/source.js';
import { CHOICE, continued, readChoice } from './choice.js';
import type { Scene } from './scene.js';

/**
 * A schedule as a file: whose turn it is, and how many instructions it lasts. A step of a task that is not a call
 * counts as one. `arrive` lets an interrupt arrive on a CPU, and its handler then has the turn; `interrupt` lets the
 * innermost interrupt of a CPU go on.
 *
 *     // what a line of a lab looks like after two slashes
 *     scenario "two readers"
 *     guard arm64-v1
 *     kernel arm64-7.3-preempt-rcu
 *     attach on_work=fentry/work
 *     stats off
 *     task A 57
 *     arrive nmi cpu 0 12
 *     interrupt cpu 0 3
 */
export interface Schedule {
  readonly title: string | undefined;
  readonly guard: string | undefined;
  readonly kernel: string | undefined;
  /** `stats off` and `strict_alignment`: absent where the scenario decides. */
  readonly stats?: false;
  readonly strictAlignment?: true;
  /** Programs that were attached, in this order, instead of what the scenario says: absent where it decides. */
  readonly attach?: readonly AttachOrder[];
  readonly turns: readonly ScheduledTurn[];
  /** Where what it names is written, of one that was read. */
  readonly spans?: { readonly [K in 'scenario' | 'guard' | 'kernel']?: Span };
}

export type ScheduledTurn = { readonly moves: number; readonly span: Span | undefined } & (
  | { readonly kind: 'task'; readonly name: string }
  | { readonly kind: 'arrive'; readonly name: string; readonly cpu: number }
  | { readonly kind: 'interrupt'; readonly cpu: number }
);

/** Turns of a sequence of single moves. */
export function scheduleOf(scene: Scene, moves: readonly number[]): ScheduledTurn[] {
  const turns: ScheduledTurn[] = [];
  for (let i = 0, end = 0; i < moves.length; i = end) {
    const rest = continued(moves[i]!);
    end = i + 1;
    while (end < moves.length && moves[end] === rest) end += 1;
    const common = { moves: end - i, span: undefined };
    const c = readChoice(moves[i]!);
    switch (c.kind) {
      case 'task':
        turns.push({ kind: 'task', name: scene.tasks[c.task]!.task.name, ...common });
        break;
      case 'interrupt':
        turns.push({ kind: 'interrupt', cpu: c.cpu, ...common });
        break;
      case 'arrival':
        turns.push({ kind: 'arrive', name: scene.sources[c.source]!.name, cpu: c.cpu, ...common });
        break;
      default:
        c satisfies never;
    }
  }
  return turns;
}

export function formatTurn(turn: ScheduledTurn): string {
  switch (turn.kind) {
    case 'task':
      return `task ${turn.name} ${turn.moves}`;
    case 'arrive':
      return `arrive ${turn.name} cpu ${turn.cpu} ${turn.moves}`;
    case 'interrupt':
      return `interrupt cpu ${turn.cpu} ${turn.moves}`;
    default:
      return turn satisfies never;
  }
}

export function formatSchedule(schedule: Schedule, comment: string): string {
  const { title, guard, kernel, attach = [], turns, stats, strictAlignment } = schedule;
  return [
    `// ${comment}`,
    ...(title === undefined ? [] : [`scenario "${shownLine(title)}"`]),
    ...(guard === undefined ? [] : [`guard ${quotedWhere(/^(?!["\s])(?!.*\/\/).*(?<!\s)$/s, guard)}`]),
    ...(kernel === undefined ? [] : [`kernel ${kernel}`]),
    ...(stats === false ? ['stats off'] : []),
    ...(strictAlignment === true ? ['strict_alignment'] : []),
    ...attach.map((order) => `attach ${formatAttachOrder(order)}`),
    ...turns.map(formatTurn),
    '',
  ].join('\n');
}

/** The choice that begins a turn. Throws `InputError` for names that the scenario does not have. */
export function choiceOf(scene: Scene, turn: ScheduledTurn): number {
  const refuse = (what: string, names: readonly string[], name: string): never => {
    const at = turn.span === undefined ? {} : { span: turn.span };
    throw new InputError(errorAt('B0407', what, { ...at, help: didYouMean(name, names) }));
  };
  if (turn.kind !== 'task' && turn.cpu >= scene.kernel.cpus) refuse(`there is no CPU ${turn.cpu}`, [], '');
  switch (turn.kind) {
    case 'task': {
      const names = scene.tasks.map((t) => t.task.name);
      const i = names.indexOf(turn.name);
      return i >= 0 ? CHOICE.task(i) : refuse(`there is no task \`${turn.name}\``, names, turn.name);
    }
    case 'arrive': {
      const names = scene.sources.map((s) => s.name);
      const i = names.indexOf(turn.name);
      if (i < 0) return refuse(`no \`${turn.name}\` may arrive`, names, turn.name);
      return CHOICE.arrival(i, turn.cpu);
    }
    case 'interrupt':
      return CHOICE.interrupt(turn.cpu);
    default:
      return turn satisfies never;
  }
}

/** Turns of tasks that a scenario does not have, the first of each, as far as that can be told before anything is booted. */
export function unknownTasks(scenario: ScenarioAst, turns: readonly ScheduledTurn[]): Diagnostic[] {
  const names = scenario.tasks.map((t) =>
    taskName(t.name, Number(evaluateConstant(t.cpu, new Map(), new Findings()) ?? -1)),
  );
  const known = new Set(names.length === 0 ? [taskName(undefined, 0)] : names);
  return turns.flatMap((turn) => {
    if (turn.kind !== 'task' || known.has(turn.name)) return [];
    known.add(turn.name);
    return [
      errorAt('B0407', `there is no task \`${turn.name}\``, {
        ...(turn.span && { span: turn.span }),
        help: didYouMean(turn.name, names),
      }),
    ];
  });
}
