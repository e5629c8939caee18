import { errorAt, InputError } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';
import { jsonText, shownLine } from '../text/shown.js';
import type { Span } from '../text/source.js';
import { CHOICE, readChoice } from './choice.js';
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
  const turns: { turn: ScheduledTurn; key: number }[] = [];
  for (const move of moves) {
    const c = readChoice(move);
    const last = turns.at(-1);
    const key = c.kind === 'task' ? c.task : CHOICE.interrupt(c.cpu);
    if (last !== undefined && last.key === key && c.kind !== 'arrival') {
      last.turn = { ...last.turn, moves: last.turn.moves + 1 };
      continue;
    }
    const common = { moves: 1, span: undefined };
    switch (c.kind) {
      case 'task':
        turns.push({ key, turn: { kind: 'task', name: scene.tasks[c.task]!.task.name, ...common } });
        break;
      case 'interrupt':
        turns.push({ key, turn: { kind: 'interrupt', cpu: c.cpu, ...common } });
        break;
      case 'arrival':
        turns.push({
          key,
          turn: { kind: 'arrive', name: scene.sources[c.source]!.name, cpu: c.cpu, ...common },
        });
        break;
      default:
        c satisfies never;
    }
  }
  return turns.map((t) => t.turn);
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

/** A path that could be read otherwise, or not at all, is in quotes with the escapes of JSON. */
const writtenGuard = (guard: string): string =>
  shownLine(guard) === guard && !/^["\s]|\/\/|\s$/.test(guard)
    ? guard
    : jsonText(guard).replaceAll('\\"', '\\u0022');

export function formatSchedule(schedule: Schedule, comment: string): string {
  const { title, guard, kernel, turns, stats, strictAlignment } = schedule;
  return [
    `// ${comment}`,
    ...(title === undefined ? [] : [`scenario "${shownLine(title)}"`]),
    ...(guard === undefined ? [] : [`guard ${writtenGuard(guard)}`]),
    ...(kernel === undefined ? [] : [`kernel ${kernel}`]),
    ...(stats === false ? ['stats off'] : []),
    ...(strictAlignment === true ? ['strict_alignment'] : []),
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
