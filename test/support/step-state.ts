import { createHash } from 'node:crypto';
import type { Scheduler } from '../../src/lab/scheduler.js';
import type { Session } from '../../src/step/session.js';
import { takeSnapshot } from '../../src/step/snapshots.js';

/** All that a run of a scenario is at a moment, with nothing in it that only this run has. */
export function stateOf(session: Session): object {
  const { memory, runner: _, ...rest } = takeSnapshot(session.run);
  const scheduler = (session.run.runner as Scheduler).save();
  const { thread } = session;
  return {
    ...rest,
    memory: createHash('sha256').update(memory).digest('hex'),
    recorder: { ...rest.recorder, open: rest.recorder.open.map(([t, open]) => [t.at, open]) },
    events: [...session.events],
    outcome: session.outcome,
    next: [thread?.name, thread?.pc],
    scheduler: {
      ...scheduler,
      queue: scheduler.queue.map(({ script, at }) => [script.task.name, at]),
      last: scheduler.last?.task.name,
      slice: [scheduler.slice?.thread.name, scheduler.slice?.left, scheduler.slice?.exact],
      events: { ...scheduler.events, stoppedAt: scheduler.events.stoppedAt.map(([t, slot]) => [t.at, slot]) },
    },
  };
}
