import type { Kernel } from '../kernel/kernel.js';
import { BUCKET } from '../kernel/layout.js';
import type { FrameLine } from '../machine/fault.js';
import { objectAt } from '../machine/locate.js';
import { backtrace } from '../machine/make-fault.js';
import { fromAddress, toAddress } from '../machine/memory.js';
import { showInsn } from '../machine/show.js';
import { type FrameInfo, walkFrames } from '../machine/stack.js';
import type { Thread } from '../machine/thread.js';
import { formatLine } from '../text/source.js';

/** A context that goes round until a lock is free. */
export interface LockWait {
  readonly waiter: string;
  /** What the lock is of, as reports name it: `the list of CPU 0 of map l`. */
  readonly lock: string;
  /** Who has it, and its frames from the one that took it on; undefined where nobody is found. */
  readonly holder: { readonly name: string; readonly where: readonly FrameLine[] } | undefined;
  /** It never comes to that: what came on top of the holder waits itself. */
  readonly isForEver: boolean;
}

/** What goes round until a lock is free, with its address in r6, or that of what has it at so many bytes. */
const LOOPS: ReadonlyMap<string, number> = new Map([
  ['raw_spin_lock_irqsave', 0],
  ['resilient_queued_spin_lock_slowpath', 0],
  ['bpf_spin_lock', 0],
  ['htab_lock_bucket', BUCKET.fields.lock.offset],
]);

const TAKES = /^call (?!\w*unlock)\w*(?:_lock_irqsave|lock_bucket|spin_lock)/;
const GIVES = /^call (?!rcu)\w*unlock/;

/** r6 to r9 of a frame: in the record of the one that it called, or in the registers. */
const saved = (thread: Thread, inner: FrameInfo | undefined, n: number, kernel: Kernel): bigint =>
  inner === undefined ? thread.getRegister(n) : kernel.memory.readU64(inner.top + 8 * (n - 6));

const framesOf = ({ memory }: Kernel, thread: Thread): FrameInfo[] =>
  thread.isBusy ? walkFrames(memory, thread.word, thread.pc) : [];

/** Offset of the lock that a thread goes round for; undefined if it does not. */
function lockOf(kernel: Kernel, thread: Thread): number | undefined {
  const frames = framesOf(kernel, thread);
  for (const [i, frame] of frames.entries()) {
    const fn = kernel.machine.text.at(frame.slot)?.fn;
    const added = LOOPS.get(fn?.name ?? '');
    if (fn === undefined || added === undefined || frame.slot === fn.start) continue;
    const at = (fromAddress(saved(thread, frames[i - 1], 6, kernel)) ?? 0) + added;
    if (at > added && at + 4 <= kernel.memory.limit && kernel.memory.readU32(at) !== 0) return at;
  }
  return undefined;
}

/** Whether a thread is in what gives up before long. */
const isResilient = (kernel: Kernel, thread: Thread): boolean =>
  framesOf(kernel, thread).some(
    ({ slot }) => kernel.machine.text.at(slot)?.fn.name === 'resilient_queued_spin_lock_slowpath',
  );

/** Whether a function has taken a lock by the call that it is at, and not given one back. */
function hasTaken({ machine }: Kernel, { slot }: FrameInfo): boolean {
  const { text } = machine;
  for (let at = slot; at >= (text.at(slot)?.fn.start ?? at + 1); at -= 1) {
    const placed = text.at(at);
    const line = placed === undefined ? '' : showInsn(machine, at, placed);
    if (TAKES.test(line)) return true;
    if (GIVES.test(line)) return false;
  }
  return false;
}

/** The frame of a thread that has the address of a lock, or of its bucket, among what calls keep, and has taken a lock. */
function holdingFrame(kernel: Kernel, thread: Thread, lock: number): number {
  const { memory } = kernel;
  const addresses = [lock, lock - BUCKET.fields.lock.offset].map(toAddress);
  const frames = framesOf(kernel, thread);
  return frames.findIndex((frame, i) => {
    if (LOOPS.has(kernel.machine.text.at(frame.slot)?.fn.name ?? '') || !hasTaken(kernel, frame))
      return false;
    const kept = [6, 7, 8, 9].map((n) => saved(thread, frames[i - 1], n, kernel));
    for (let at = frame.bottom; at < frame.top; at += 8) kept.push(memory.readU64(at));
    return kept.some((value) => addresses.includes(value));
  });
}

interface Found {
  readonly lock: number;
  readonly holder: Thread | undefined;
}

/** Whose a lock is that a thread goes round for; undefined if it does not. */
function waitOf(kernel: Kernel, thread: Thread): Found | undefined {
  const lock = lockOf(kernel, thread);
  if (lock === undefined) return undefined;
  const contexts = [
    ...kernel.processors.flatMap((cpu) => [...cpu.stack].reverse()),
    ...kernel.tasks.map((t) => t.thread),
  ];
  const others = contexts.filter((t) => t !== thread && holdingFrame(kernel, t, lock) >= 0);
  // Who has come into the function that takes it may have it or not.
  return { lock, holder: others.find((t) => lockOf(kernel, t) !== lock) ?? others[0] };
}

/** Whether a holder never goes on: what came on top of it goes round for a lock that is given back by nobody either. */
function isStuck(kernel: Kernel, holder: Thread | undefined, seen: readonly Thread[]): boolean {
  const top = kernel.processors.find((cpu) => holder !== undefined && cpu.stack.includes(holder))?.top;
  if (top === undefined || top === holder || isResilient(kernel, top)) return false;
  return seen.includes(top) || isStuck(kernel, waitOf(kernel, top)?.holder, [...seen, top]);
}

/**
 * Who goes round until a lock is free, on top of each CPU: which lock, and whose it is. Nothing in memory says who has a lock: it is
 * whoever has its address in a frame that has taken one, and does not go round for it.
 */
export function lockWaits(kernel: Kernel): LockWait[] {
  const { machine, memory, processors } = kernel;
  return processors.flatMap(({ top }): LockWait[] => {
    const found = waitOf(kernel, top);
    if (found === undefined) return [];
    const { lock, holder } = found;
    const frame = holder === undefined ? 0 : holdingFrame(kernel, holder, lock);
    return [
      {
        waiter: top.name,
        lock: objectAt(memory, lock)?.name ?? 'memory',
        holder: holder && {
          name: holder.name,
          where: backtrace(machine, holder, holder.pc).slice(frame),
        },
        isForEver: !isResilient(kernel, top) && isStuck(kernel, holder, [top]),
      },
    ];
  });
}

/** `nmi on CPU 0 waits for the lock of the list of CPU 0 of map l, which A has taken in bpf_lru_pop_free+12 (map.bpf:259)`. */
export function formatLockWait({ waiter, lock, holder, isForEver }: LockWait): string {
  const [first] = holder?.where ?? [];
  const at = first?.span === undefined ? '' : ` (${formatLine(first.span)})`;
  const has =
    first === undefined ? '' : `, which ${holder!.name} has taken in ${first.function}+${first.slot}${at}`;
  return `${waiter} waits for the lock of ${lock}${has}${isForEver ? ', and never gives back' : ''}`;
}
