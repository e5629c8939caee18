import { Memory } from '../machine/memory.js';
import { NO_CALLER, popFrame, pushFrame } from '../machine/stack.js';
import { WORD } from '../machine/thread.js';
import { LEFT } from '../machine/wasm/exit-site.js';
import type { Timer } from './clock.js';
import { type Sample, takeSample } from './sample.js';
import { estimate } from './statistics.js';

/** All that a thread of the host needs to be one emulated CPU: compiled code, memory, and a thread that is ready. */
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
  /** Nanoseconds of one trigger by the host's clock, whatever else ran meanwhile. */
  readonly ns: number;
  /** The part of the time that calls would have taken had all been as short as the middle one: the rest was disturbed. */
  readonly busy: number;
  /** When it began and ended, by a clock that all CPUs have in common. */
  readonly from: number;
  readonly to: number;
}

/** Thrown by a call that leaves compiled code. */
const LEFT_CODE = Symbol('compiled code was left');

function leaveCode(): never {
  throw LEFT_CODE;
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
    // Leaves are TypeScript, for one thread of the host; a driver that calls one is left.
    for (const { name, kind } of WebAssembly.Module.imports(job.module)) {
      if (kind === 'function') imports[name] = name === 'isTrap' ? () => 1 : leaveCode;
      if (kind === 'global') imports[name] = undefined;
    }
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

  /**
   * Calls the driver until `ms` have passed; undefined if it cannot be run. Throws `InputError` if the clock cannot be
   * used.
   */
  measure(ms: number, timer: Timer): CpuSample | undefined {
    let made = 0;
    const call = (): void => {
      if (!this.call(BATCH)) throw LEFT_CODE;
      made += 1;
    };
    const from = timer.now();
    const samples: Sample[] = [];
    let elapsed = 0;
    try {
      for (; elapsed < ms; elapsed += samples.at(-1)!.ms) samples.push(takeSample(call, timer));
    } catch (e) {
      if (e === LEFT_CODE) return undefined;
      throw e;
    }
    const calls = samples.reduce((sum, sample) => sum + sample.calls, 0);
    const { median } = estimate(samples.map((sample) => sample.ms / sample.calls));
    const busy = Math.min(1, (median * calls) / elapsed);
    const ns = (elapsed * 1e6) / (calls * BATCH);
    return { triggers: made * BATCH, ns, busy, from, to: timer.now() };
  }
}
