import type { Lab } from './lab.js';
import type { Found } from './oracle.js';

/** A turn of a schedule. */
interface Turn {
  readonly text: string;
  /** Who has it: turns of one after the other are one. */
  readonly key: string;
  moves: number;
}

/**
 * The moves that lead to something the oracle found as a schedule, which `run --schedule` carries out: there, whoever
 * begins executes an instruction at once, so moves that do not are left out. Undefined where it was not found.
 */
export function scheduleText(found: Found, lab: Lab, what: string): string | undefined {
  const path = found.pathTo(what);
  if (path === undefined) return undefined;
  const turns: Turn[] = [];
  const { world } = found;
  const { kernel, sources, image, now } = world;
  const { mark } = image;
  const names = sources.map((s, i) => {
    const level = s.level === 'nmi' ? 'nmi' : s.level;
    const same = sources.filter((o) => o.level === s.level);
    return same.length === 1
      ? level
      : `${level}_${sources.slice(0, i).filter((o) => o.level === s.level).length + 1}`;
  });
  let arrived: Turn | undefined;
  const turn = (text: string, key: string): void => {
    const last = turns.at(-1);
    if (last?.key === key && last !== undefined) last.moves += 1;
    else turns.push({ text, key, moves: 1 });
  };
  for (const move of path) {
    const processor = kernel.processors[move.cpu]!;
    if (move.kind === 'arrive') {
      arrived = {
        text: `arrive ${names[move.source]} cpu ${move.cpu}`,
        key: `interrupt cpu ${move.cpu}`,
        moves: 1,
      };
    } else {
      const { name, thread } =
        move.kind === 'switch' ? world.actors[move.task]!.task : (processor.current ?? processor.idle);
      const begins = !thread.isBusy && !isDeed(found, name);
      if (arrived !== undefined) turns.push(arrived);
      else if (processor.depth > 0) turn(`interrupt cpu ${move.cpu}`, `interrupt cpu ${move.cpu}`);
      else if (!begins) turn(`task ${name}`, `task ${name}`);
      arrived = undefined;
    }
    world.move(move);
  }
  image.undo(mark);
  world.now = now;
  const lines = turns.map((t) => `${t.text} ${t.moves}`);
  return [`guard ${kernel.guard.name}`, `kernel ${lab.kernel}`, ...lines, ''].join('\n');
}

/** Whether the step that a task begins takes no instructions. */
function isDeed({ world }: Found, task: string): boolean {
  const i = world.actors.findIndex((a) => a.task.name === task);
  const action = world.actors[i]!.steps[world.now.positions[i]!]?.action;
  return action !== undefined && action.kind !== 'call';
}
