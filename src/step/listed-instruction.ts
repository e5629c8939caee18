import { targetSlot } from '../isa/flow.js';
import type { Kernel } from '../kernel/kernel.js';
import { showInsn } from '../machine/show.js';
import { type FrameInfo, walkFrames } from '../machine/stack.js';
import type { FunctionKind } from '../machine/text.js';
import type { Thread } from '../machine/thread.js';
import { lineAround, placeOf } from '../text/source.js';

/** A line of a file. */
interface SourceLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  /** The line is of another language than the instruction: C. */
  readonly isForeign: boolean;
}

/** An instruction of the machine as a listing has it. */
export interface ListedInstruction {
  readonly fn: string;
  readonly kind: FunctionKind;
  /** Slot within the function. */
  readonly offset: number;
  readonly slot: number;
  /** The instruction in LLVM's spelling, with the place a jump goes to. */
  readonly text: string;
  readonly source?: SourceLine;
}

function sourceAt(kernel: Kernel, slot: number): SourceLine | undefined {
  const span = kernel.machine.text.at(slot)?.insn.span;
  if (span === undefined) return undefined;
  const { source, start } = span;
  return {
    file: source.name,
    line: placeOf(source, start).line,
    text: lineAround(source, start).text.trim(),
    // Only lines that an object's line information names have numbers of their own.
    isForeign: source.lineNumbers !== undefined,
  };
}

export function placeAt(kernel: Kernel, slot: number): ListedInstruction | undefined {
  const placed = kernel.machine.text.at(slot);
  if (placed === undefined) return undefined;
  const { insn, fn } = placed;
  const offset = slot - fn.start;
  const text = showInsn(kernel.machine, slot, placed);
  const target = targetSlot(insn, offset);
  const source = sourceAt(kernel, slot);
  return {
    fn: fn.name,
    kind: fn.kind,
    offset,
    slot,
    text: target === undefined ? text : `${text}  <${fn.name}+${target}>`,
    ...(source && { source }),
  };
}

/** The live frames of a thread, innermost first. */
export function framesOf(kernel: Kernel, thread: Thread): readonly FrameInfo[] {
  return thread.isBusy ? walkFrames(kernel.memory, thread.word, thread.pc) : [];
}

/** What makes two instructions one line: the same frame, and the same line of a file. */
export function lineKey(kernel: Kernel, thread: Thread): string {
  const frames = framesOf(kernel, thread);
  const source = sourceAt(kernel, thread.pc);
  const where = source === undefined ? `slot ${thread.pc}` : `${source.file}:${source.line}`;
  return `${thread.at} ${frames.length} ${frames[0]?.fn} ${where}`;
}
