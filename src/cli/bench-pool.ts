import { Worker } from 'node:worker_threads';
import type { CpuJob, CpuSample } from '../bench/cpu.js';
import type { CpuPool } from '../bench/scale.js';
import type { WorkerReply, WorkerRequest } from './bench-worker.js';

/** A pool of worker threads, which have to be ended. */
export class WorkerPool implements CpuPool {
  readonly #workers: readonly Worker[];
  /** Jobs that a worker has, by number. */
  readonly #known: readonly Map<CpuJob, number>[];

  constructor(count: number) {
    this.#workers = Array.from(
      { length: count },
      () => new Worker(new URL('bench-worker.js', import.meta.url)),
    );
    this.#known = this.#workers.map(() => new Map());
  }

  async run(jobs: readonly CpuJob[], ms: number): Promise<readonly (CpuSample | undefined)[]> {
    const gate = new Int32Array(new SharedArrayBuffer(4));
    return Promise.all(
      jobs.map((job, i) => {
        const known = this.#known[i]!;
        const id = known.get(job) ?? known.size;
        const request: WorkerRequest = {
          id,
          job: known.has(job) ? undefined : job,
          ms,
          gate,
          count: jobs.length,
        };
        known.set(job, id);
        return this.#ask(this.#workers[i]!, request);
      }),
    );
  }

  #ask(worker: Worker, request: WorkerRequest): Promise<WorkerReply> {
    return new Promise((resolve, reject) => {
      const onError = (e: Error): void => reject(e);
      worker.once('error', onError);
      worker.once('message', (reply: WorkerReply) => {
        worker.off('error', onError);
        resolve(reply);
      });
      worker.postMessage(request);
    });
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((w) => w.terminate()));
  }
}
