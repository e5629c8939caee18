import { REGISTER_ARGUMENTS } from '../kernel/attach/trampoline.js';
import { ACTION } from '../kernel/layout.js';
import { toAddress } from '../machine/memory.js';
import type { Scene, SceneSource, SceneTask } from '../replay/scene.js';
import { errorAt, InputError } from '../text/diagnostic.js';
import type { Cells } from './cells.js';
import type { Emitter } from './emitter.js';
import { MemoryText } from './memory-text.js';
import { BEGIN, type State } from './state.js';
import { constant } from './values.js';
import type { Role } from './walker.js';

/** Puts a thread at the entry of a function. */
function enter(scene: Scene, state: State, fn: number, args: readonly bigint[], rest: bigint): void {
  const { entries } = scene.kernel.machine.text;
  state.frames = [];
  state.push(fn, entries[fn * 2 + 1]!, -1);
  for (let r = 0; r <= 9; r += 1)
    state.set(r, constant(r >= 1 && r <= REGISTER_ARGUMENTS ? (args[r - 1] ?? 0n) : 0n));
  state.set(11, constant(rest));
  state.slot = entries[fn * 2]!;
}

/** The steps of a task, one after the other. */
export function taskRole(scene: Scene, cells: Cells, { task, steps }: SceneTask): Role {
  const { cpu } = task.thread;
  const joined = (step: number): number | undefined => {
    const action = steps[step]?.action;
    return action?.kind === 'join' ? scene.tasks.findIndex((t) => t.task.name === action.task) : undefined;
  };
  return {
    guard(state) {
      const other = joined(state.step);
      return other === undefined ? undefined : `is_done[${other}]`;
    },
    begin(state, out) {
      const { action, span } = steps[state.step]!;
      switch (action.kind) {
        case 'call':
          enter(
            scene,
            state,
            action.call.fn,
            action.call.args,
            toAddress(action.call.at + ACTION.fields.args.offset + 8 * REGISTER_ARGUMENTS),
          );
          return true;
        case 'join':
          return false;
        case 'set': {
          const size = action.global.bits / 8;
          const place = cells.place(toAddress(action.global.at + action.index * size))!;
          cells.write(place.cell);
          const value = { kind: 'const', value: BigInt.asUintN(64, action.value) } as const;
          if (cells.isDemanded(place.cell))
            out.emit(...new MemoryText(cells, cpu).store({ ...place, index: undefined }, size, value));
          return false;
        }
        case 'provide':
          throw new InputError(
            errorAt('B0413', `\`${steps[state.step]!.text}\` cannot be expressed in Promela`, {
              span,
              help: 'tasks of a model call functions, set globals and join each other',
            }),
          );
        default:
          return action satisfies never;
      }
    },
    finish(state: State, out: Emitter) {
      state.slot = BEGIN;
      state.step += 1;
      if (state.step >= steps.length) {
        out.emit(`current_cpu${cpu} = IDLE_cpu${cpu};`, 'tasks_left--;', 'is_done[me] = 1;');
        return false;
      }
      const other = joined(state.step);
      if (other !== undefined)
        out.emit('if', `:: is_done[${other}]`, `:: else -> current_cpu${cpu} = IDLE_cpu${cpu}`, 'fi;');
      return true;
    },
  };
}

/** A handler, from its entry until it returns to what it interrupted. */
export function interruptRole(scene: Scene, source: SceneSource, cpu: number): Role {
  return {
    guard: () => undefined,
    begin(state) {
      enter(scene, state, source.entry, source.args, 0n);
      return true;
    },
    finish(_, out) {
      out.emit(`top_cpu${cpu} = below;`, `irqs_off_cpu${cpu} = irqs_before;`);
      if (source.level === 'nmi') out.emit(`nmis_cpu${cpu}--;`);
      return false;
    },
  };
}
