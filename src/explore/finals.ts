import type { Kernel } from '../kernel/kernel.js';
import { propertyBit } from '../lab/properties.js';
import type { SearchResult } from './search.js';

/**
 * The states in which everything has returned, as texts: shared memory, task structures, interrupts that did not come,
 * and whether somebody ran. Two searches of one scene agree if these are the same; numbers of components are not
 * comparable.
 * @internal
 */
export function finalStates(result: SearchResult): ReadonlySet<string> {
  const { space, states } = result;
  const { layout, store, runner, instances, scene } = space;
  const keys = result.finalStates.map((i) => {
    const row = new Int32Array(layout.width);
    states.load(i, row);
    const shared = row[layout.shared]!;
    const words = store.words
      .map((w): [number, number] => [w, store.sharedWord(shared, w)])
      .filter(([w, value]) => value !== store.bootWord(w))
      .sort((a, b) => a[0] - b[0]);
    const tasks = scene.tasks.map((_, t) => [
      runner.part(row[t]!, 1) !== 0,
      [...store.structures.row(runner.part(row[t]!, 2))].join(' '),
      runner.part(row[t]!, 3),
    ]);
    const remaining = [...row.subarray(layout.remaining)];
    return JSON.stringify([words, tasks, remaining, instances.someRan(row[layout.instances]!)]);
  });
  return new Set(keys);
}

/**
 * What a machine is asked in every state in which everything has returned: each answer once, sorted. States in which
 * something waits for ever are left out.
 */
export function outcomesOf(result: SearchResult, ask: (kernel: Kernel) => string): readonly string[] {
  const { space, states, finalStates } = result;
  const { layout, runner, scene } = space;
  const answers = new Set<string>();
  const state = new Int32Array(layout.width);
  for (const i of finalStates) {
    states.load(i, state);
    space.choices(state, []);
    if ((space.broken & propertyBit('no_deadlock')) !== 0) continue;
    runner.load(state);
    answers.add(ask(scene.kernel));
  }
  return [...answers].sort();
}
