import { linkName, perfEventName } from '../names.js';
import { add, address, type CodeLine, call, clear, copy, exit, inFrame, R10, set } from './lines.js';
import { ENTRY_SIZE, type FilledRecord, fillLines, isPlain, wholeSize } from './record.js';
import { saveArguments } from './trampoline.js';

/** What a tracepoint calls when it is hit, in order of registration. */
export type TracepointCallback =
  | {
      readonly kind: 'raw';
      readonly program: string;
      /** Which of its links. */
      readonly link: number;
      readonly sleepable: boolean;
    }
  /** All programs that are attached through perf, which registers itself with the first of them. */
  | { readonly kind: 'perf' };

/**
 * The code behind `call trace_NAME`: arguments go into an array on the stack, then each callback runs
 * (include/trace/bpf_probe.h, include/linux/tracepoint.h). Programs on perf get a record with `nargs` arguments in it, before
 * which lies its struct trace_entry.
 */
export function tracepointLines(
  name: string,
  nargs: number,
  callbacks: readonly TracepointCallback[],
  record: FilledRecord,
): readonly CodeLine[] {
  const lines: CodeLine[] = [];
  const args = -8 * nargs;
  const isFilled = !isPlain(record, nargs);
  const recordAt = args - (isFilled ? wholeSize(record.layout) : ENTRY_SIZE);
  const pass = (first: string, fn: string, context = args): void => {
    lines.push(address(1, first), copy(2, R10), add(2, context), call(fn));
  };
  const perf = (): void => {
    if (isFilled) lines.push(...fillLines(record, recordAt, args));
    else lines.push(clear(inFrame(recordAt)));
    pass(perfEventName(name), 'perf_trace_run', recordAt);
  };
  if (callbacks.length > 0) {
    lines.push(...saveArguments(nargs, args));
    // Sleepable programs run before preemption is disabled for the others.
    for (const c of callbacks)
      if (c.kind === 'raw' && c.sleepable) pass(linkName(c.program, c.link), '__bpf_trace_run_sleepable');
    lines.push(call('preempt_disable_notrace'));
    for (const c of callbacks) {
      if (c.kind === 'perf') perf();
      else if (!c.sleepable) pass(linkName(c.program, c.link), '__bpf_trace_run');
    }
    lines.push(call('preempt_enable_notrace'));
  }
  lines.push(set(0, 0), exit);
  return lines;
}
