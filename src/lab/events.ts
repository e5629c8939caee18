import type { Level } from '../machine/thread.js';
import type { LayerName, TakerName } from './layers.js';

/** What happened in a run, in the words of the kernel. Timelines, counters' histories and traces are folds over these. */
interface Common {
  /** Simulated time in nanoseconds. */
  readonly time: number;
  readonly cpu: number;
  /** The task it happened in, or the interrupt on top of it. */
  readonly task: string;
  /** Interrupts on top of each other: 0 in a task. */
  readonly depth: number;
  readonly preemptCount: number;
}

export type LabEvent = Common &
  (
    | { readonly kind: 'action'; readonly text: string }
    | { readonly kind: 'action_end'; readonly text: string; readonly result: bigint | undefined }
    /** A traceable function or a tracepoint is entered; `trampoline` if programs are attached to it. */
    | {
        readonly kind: 'call';
        readonly name: string;
        readonly args: readonly string[];
        readonly trampoline: boolean;
      }
    | { readonly kind: 'return'; readonly name: string; readonly result: bigint }
    /** The traced function itself runs, called by its trampoline. */
    | { readonly kind: 'original'; readonly name: string }
    | { readonly kind: 'original_end'; readonly name: string; readonly result: bigint }
    /** The guard has decided; bytes of `active` on this CPU before and after. */
    | {
        readonly kind: 'enter';
        readonly program: string;
        readonly admitted: boolean;
        readonly before: Uint8Array;
        readonly after: Uint8Array;
      }
    | {
        readonly kind: 'exit';
        readonly program: string;
        readonly before: Uint8Array;
        readonly after: Uint8Array;
      }
    /** An instruction has written to the guard's area of a program on a CPU, whether it belongs to a guard or not. */
    | {
        readonly kind: 'write';
        readonly program: string;
        readonly areaCpu: number;
        readonly before: Uint8Array;
        readonly after: Uint8Array;
        /** The function of the instruction, and its slot within it. */
        readonly function: string;
        readonly slot: number;
      }
    | { readonly kind: 'run'; readonly program: string }
    /** A program, or a function of one, gives its frame to another program. */
    | { readonly kind: 'tail_call'; readonly program: string; readonly target: string }
    | { readonly kind: 'run_end'; readonly program: string; readonly result: bigint }
    /** A program calls a helper or kfunc that is not a traceable function. A leaf is over at once and has no end. */
    | { readonly kind: 'helper'; readonly program: string; readonly name: string; readonly isLeaf: boolean }
    | { readonly kind: 'helper_end'; readonly name: string; readonly result: bigint }
    /** Programs kept out by something else than the guard. */
    | {
        readonly kind: 'missed';
        readonly programs: readonly string[];
        readonly by: LayerName;
      }
    /** A helper, or a function of the kernel, has not got what it needs: a lock that is held, or a buffer. */
    | { readonly kind: 'busy'; readonly function: string; readonly by: TakerName }
    /** An interrupt comes in, on top of what the event belongs to, and is over. */
    | { readonly kind: 'interrupt'; readonly level: Exclude<Level, 'task'>; readonly text: string }
    | { readonly kind: 'interrupt_end' }
    /** A task gives way to another, waits for something, and goes on. */
    | { readonly kind: 'preempted'; readonly by: string }
    | { readonly kind: 'blocked' }
    | { readonly kind: 'resumed' }
    | { readonly kind: 'fault'; readonly text: string }
  );

export type EventKind = LabEvent['kind'];

const same = (a: Uint8Array, b: Uint8Array): boolean => a.every((x, i) => x === b[i]);

/**
 * Whether the event that comes next says all of a write: it is the only one of a guard's enter or exit, whose bytes
 * before and after that event has. Not so of an instance that never gets to the end of its enter or exit, of one of
 * several writes, and of one that came when the area was another one than at the beginning.
 */
export function isToldBy(e: LabEvent, next: LabEvent | undefined): boolean {
  if (e.kind !== 'write' || (next?.kind !== 'enter' && next?.kind !== 'exit')) return false;
  const isItsOwn = next.program === e.program && next.task === e.task && next.depth === e.depth;
  const isHere = next.cpu === e.cpu && e.areaCpu === e.cpu;
  return isItsOwn && isHere && same(e.before, next.before) && same(e.after, next.after);
}
