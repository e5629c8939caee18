import type { SearchResult } from './search.js';

/**
 * The states in which everything has returned, as texts: shared memory, task structures, interrupts that did not come, and
 * whether somebody ran. Two searches of one scene agree if these are the same; numbers of components are not comparable.
 */
export function finalStates(result: SearchResult): ReadonlySet<string> {
  const { space, states } = result;
  const { layout, store, stepper, instances, scene } = space;
  const keys = result.finalStates.map((i) => {
    const row = states.rows.subarray(i * layout.width, (i + 1) * layout.width);
    const shared = row[layout.shared]!;
    const words = store.words
      .map((w): [number, number] => [w, store.sharedWord(shared, w)])
      .filter(([w, value]) => value !== store.bootWord(w))
      .sort((a, b) => a[0] - b[0]);
    const tasks = scene.tasks.map((_, t) => [
      stepper.part(row[t]!, 1) !== 0,
      [...store.structures.rows[stepper.part(row[t]!, 2)]!].join(' '),
      stepper.part(row[t]!, 3),
    ]);
    const remaining = [...row.subarray(layout.remaining)];
    return JSON.stringify([words, tasks, remaining, instances.someRan(row[layout.instances]!)]);
  });
  return new Set(keys);
}
