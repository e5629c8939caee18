import { Memory } from '../../machine/memory.js';
import { NO_CALLER, popFrame, pushFrame } from '../../machine/stack.js';
import { WORD } from '../../machine/thread.js';
import { LEFT } from '../../machine/wasm/site.js';
import type { Clock } from './measure.js';
import { estimate } from './statistics.js';

/** All that a thread of the host needs to be one emulated CPU: compiled code, memory, and a thread that stands ready. */
export interface CpuJob {
  readonly module: WebAssembly.Module;
  /** Shared with the others. */
  readonly memory: WebAssembly.Memory;
  /** Bytes of data in it. */
  readonly limit: number;
  /** Offset of the emulated thread's block. */
  readonly thread: number;
  /** The driver: its index and the size of its frame. */
  readonly fn: number;
  readonly frameSize: number;
}

/** Triggers of one call of the driver. */
const BATCH = 4000;
/** Instructions that such a call may execute: more than it does, so that it is never left in the middle. */
const FUEL = 1 << 30;

/** What a CPU did between the common start and its last call's end. */
export interface CpuSample {
  readonly triggers: number;
  /** Milliseconds by the host's clock, whatever else ran meanwhile. */
  readonly elapsed: number;
  /** The part of it that calls would have taken had all been as short as the middle one: the rest was disturbed. */
  readonly busy: number;
}

/** Runs the driver of one emulated CPU. */
export class CpuRunner {
  readonly #job: CpuJob;
  readonly #memory: Memory;
  readonly #run: (thread: number, budget: number) => number;

  constructor(job: CpuJob) {
    this.#job = job;
    this.#memory = new Memory(job.limit, true, job.memory);
    const imports: Record<string, WebAssembly.ImportValue> = { memory: job.memory };
    // Leaves are TypeScript, for one thread of the host; a driver that calls one is left, which is an error below.
    for (const { name, kind } of WebAssembly.Module.imports(job.module))
      if (kind === 'function') imports[name] = () => 1;
    const { exports } = new WebAssembly.Instance(job.module, { m: imports });
    this.#run = exports['run'] as (thread: number, budget: number) => number;
  }

  /** Triggers `times` times; false if compiled code was left, for a fault or a leaf. */
  call(times: number): boolean {
    const { thread, fn, frameSize } = this.#job;
    const word = thread >> 2;
    pushFrame(this.#memory, word, frameSize, NO_CALLER, fn);
    this.#memory.i64[(word + WORD.r1) >> 1] = BigInt(times);
    if (this.#run(thread, FUEL) === LEFT) return false;
    popFrame(this.#memory, word);
    return true;
  }

  /** Calls the driver until `ms` have passed; undefined if it cannot be run. */
  measure(ms: number, now: Clock): CpuSample | undefined {
    const start = now();
    const times: number[] = [];
    for (let last = start; last - start < ms; ) {
      if (!this.call(BATCH)) return undefined;
      const end = now();
      times.push(end - last);
      last = end;
    }
    const { median } = estimate(times);
    const elapsed = times.reduce((a, b) => a + b, 0);
    return {
      triggers: times.length * BATCH,
      elapsed,
      busy: Math.min(1, (median * times.length) / elapsed),
    };
  }
}
