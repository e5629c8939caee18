/** What happened in a run, in the words of the kernel. Timelines, counters' histories and traces are folds over these. */
interface Common {
  /** Instructions executed before it: the simulated time in nanoseconds. */
  readonly time: number;
  readonly cpu: number;
  readonly task: string;
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
    | { readonly kind: 'run'; readonly program: string }
    /** A program, or a function of one, gives its frame to another program. */
    | { readonly kind: 'tail_call'; readonly program: string; readonly target: string }
    | { readonly kind: 'run_end'; readonly program: string; readonly result: bigint }
    | { readonly kind: 'fault'; readonly text: string }
  );

export type EventKind = LabEvent['kind'];
