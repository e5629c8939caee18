/** A thread of the host that is one emulated CPU. */
import { parentPort } from 'node:worker_threads';
import { type Timer, timerOf } from '../bench/clock.js';
import { type CpuJob, CpuRunner, type CpuSample } from '../bench/cpu.js';

export interface WorkerRequest {
  /** Number of the job, and the job itself the first time. */
  readonly id: number;
  readonly job: CpuJob | undefined;
  readonly ms: number;
  /** Word 0 counts the threads that are ready; the one that makes it `count` starts them all. */
  readonly gate: Int32Array;
  readonly count: number;
}

export type WorkerReply = CpuSample | undefined;

/** Jobs that have been seen, so that their code stays optimised. */
const runners = new Map<number, CpuRunner>();

/** All threads have this clock in common; that of `performance` begins with each. */
function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

let timer: Timer | undefined;

function pass(gate: Int32Array, count: number): void {
  if (Atomics.add(gate, 0, 1) + 1 === count) {
    Atomics.notify(gate, 0);
    return;
  }
  for (let ready = Atomics.load(gate, 0); ready < count; ready = Atomics.load(gate, 0))
    Atomics.wait(gate, 0, ready);
}

parentPort?.on('message', ({ id, job, ms, gate, count }: WorkerRequest) => {
  if (job !== undefined) runners.set(id, new CpuRunner(job));
  const runner = runners.get(id);
  timer ??= timerOf(now);
  pass(gate, count);
  const reply: WorkerReply = runner?.measure(ms, timer);
  parentPort?.postMessage(reply);
});
