import type { Kernel } from '../kernel/kernel.js';
import type { Outcome } from '../lab/script.js';
import { isClobbered } from '../machine/stack.js';
import { LEVELS, type Level, type Thread } from '../machine/thread.js';
import { describeValue } from './describe-value.js';
import { framesOf, type ListedInstruction, placeAt } from './listed-instruction.js';
import type { Session } from './session.js';

export interface RegisterView {
  readonly name: string;
  readonly value: bigint;
  /** What the value is, where that is more than a number. */
  readonly what?: string;
  /** A call has left something in it that nobody should use. */
  readonly isLost: boolean;
  readonly changed: boolean;
}

/** A context on a CPU: its task, or an interrupt on top of it. */
interface ContextView {
  readonly level: Level;
  readonly name: string;
  readonly at: ListedInstruction | undefined;
}

/** preempt_count as a number and by its fields, the ones that are not zero. */
export interface PreemptView {
  readonly value: number;
  readonly fields: readonly { readonly name: string; readonly count: number }[];
}

interface ActiveView {
  readonly program: string;
  readonly bytes: Uint8Array;
  readonly changed: boolean;
}

/** Where a run is, with all that is shown of it. */
export interface View {
  /** Instructions executed before. */
  readonly position: number;
  /** Simulated time in nanoseconds. */
  readonly time: number;
  readonly outcome: Outcome | undefined;
  readonly cpu: number;
  readonly thread: string;
  /** The next instruction; of a run that is over, where it last was. */
  readonly at: ListedInstruction | undefined;
  /** The instructions round it. */
  readonly listing: readonly ListedInstruction[];
  readonly registers: readonly RegisterView[];
  /** Nothing says which registers have changed: the place shown before was in another thread. */
  readonly isOtherThread: boolean;
  /** Innermost first. */
  readonly frames: readonly ListedInstruction[];
  /** Innermost first; the last is a task. */
  readonly contexts: readonly ContextView[];
  readonly preempt: PreemptView & { readonly changed: boolean };
  readonly active: readonly ActiveView[];
}

const BEFORE = 2;
const AFTER = 4;

/** Instructions of the function at a slot, from some before it to some after it. */
export function listingAround(
  kernel: Kernel,
  slot: number,
  before = BEFORE,
  after = AFTER,
): ListedInstruction[] {
  const fn = kernel.machine.text.at(slot)?.fn;
  if (fn === undefined) return [];
  const all: ListedInstruction[] = [];
  for (let s = fn.start; s < fn.end; s += 1) {
    const place = placeAt(kernel, s);
    if (place !== undefined) all.push(place);
  }
  const here = all.findIndex((p) => p.slot === slot);
  return all.slice(Math.max(0, here - before), here + after + 1);
}

export function preemptView(kernel: Kernel, cpu: number): PreemptView {
  const value = kernel.preemptCount(cpu);
  const { preempt: layout } = kernel.model;
  const field = (mask: number, unit: number): number => ((value & mask) >>> 0) / unit;
  const softirq = field(layout.softirqMask, layout.softirqOffset);
  const fields = [
    { name: 'preempt', count: value & 0xff },
    // The lowest bit of the field says that one is being served; disabling bottom halves counts in twos.
    { name: 'serving softirq', count: softirq & 1 },
    { name: 'softirq disabled', count: softirq >> 1 },
    { name: 'hardirq', count: field(layout.hardirqMask, layout.hardirqOffset) },
    { name: 'nmi', count: field(layout.nmiMask, layout.nmiOffset) },
  ].filter((f) => f.count !== 0);
  return { value, fields };
}

/** A thread's registers. r10 is the frame pointer; r11 belongs to the machine's own code. */
export function registersOf(kernel: Kernel, thread: Thread): RegisterView[] {
  return Array.from({ length: 11 }, (_, n) => {
    const value = thread.getRegister(n);
    const what = describeValue(kernel, value);
    return {
      name: `r${n}`,
      value,
      isLost: isClobbered(value),
      changed: false,
      ...(what !== undefined && { what }),
    };
  });
}

function contextsOf(kernel: Kernel, cpu: number): ContextView[] {
  return [...kernel.processors[cpu]!.stack].reverse().map((thread) => ({
    level: LEVELS[thread.level]!,
    name: thread.name,
    at: thread.isBusy ? placeAt(kernel, thread.pc) : undefined,
  }));
}

const sameBytes = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
  a === undefined || a.every((x, i) => x === b[i]);

/** What is shown of a run where it is; `last` is what was shown before, for what has changed since. */
export function viewOf(session: Session, last?: View): View {
  const { kernel, outcome, position } = session;
  const { machine } = kernel;
  const thread = session.thread;
  const cpu = thread?.cpu ?? last?.cpu ?? 0;
  const isOtherThread = last !== undefined && (last.thread !== thread?.name || last.registers.length === 0);
  const registers = thread === undefined ? [] : registersOf(kernel, thread);
  const preempt = preemptView(kernel, cpu);
  return {
    position,
    time: machine.now,
    outcome,
    cpu,
    thread: thread?.name ?? last?.thread ?? '',
    at: thread === undefined ? last?.at : placeAt(kernel, thread.pc),
    listing: thread === undefined ? [] : listingAround(kernel, thread.pc),
    registers: registers.map((r, n) => ({
      ...r,
      changed: last !== undefined && !isOtherThread && last.registers[n]?.value !== r.value,
    })),
    isOtherThread,
    frames:
      thread === undefined
        ? []
        : framesOf(kernel, thread)
            .map((f) => placeAt(kernel, f.slot))
            .filter((p) => p !== undefined),
    contexts: contextsOf(kernel, cpu),
    preempt: { ...preempt, changed: last?.cpu === cpu && last.preempt.value !== preempt.value },
    active: [...kernel.programs.values()].map((program) => {
      const bytes = kernel.active(program, cpu);
      const before = last?.cpu === cpu ? last.active.find((a) => a.program === program.name) : undefined;
      return { program: program.name, bytes, changed: !sameBytes(before?.bytes, bytes) };
    }),
  };
}
