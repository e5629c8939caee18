import { FORMS } from '../../isa/forms.js';
import { type Insn, registerOf } from '../../isa/insn.js';
import { printKernel } from '../../isa/print/kernel.js';
import type { Frame } from '../state/frame.js';
import type { Slot } from '../state/slot.js';
import type { State } from '../state/state.js';
import { formatRegister } from './register.js';

/** Where the state begins that is printed after an instruction, in columns. */
const COLUMN = 40;

/** Eight bytes of stack; undefined where nothing is in them. */
function formatSlot(slot: Slot, index: number, frame: number): string | undefined {
  if (/^[?p]*$/.test(slot.bytes)) return undefined;
  const at = ` fp${-8 * (index + 1)}=`;
  const { id, parent, target } = slot.spilled;
  const { dynptr, iterator } = target;
  if (dynptr !== undefined) {
    // One line for both of its slots.
    const owner = parent === 0 ? '' : `,parent_id=${parent}`;
    return dynptr.first ? `${at}dynptr_${dynptr.kind}(id=${id}${owner})` : undefined;
  }
  if (iterator !== undefined) {
    const { name, state, depth } = iterator;
    return `${at}iter_${name}(ref_id=${id},state=${state},depth=${depth})`;
  }
  if (slot.bytes.charAt(7) !== 'r') return `${at}${slot.bytes}`;
  return `${at}${slot.bytes.replaceAll('r', '')}${formatRegister(slot.spilled, frame)}`;
}

/** The log of a walk in the kernel's format: an instruction a line, and what has become of what it touched. */
export class WalkLog {
  lines: string[] = [];
  /** The last line is an instruction that nothing is written after yet. */
  #isOpen = false;
  #registers = 0xffff;
  #slots: 'all' | Set<number> = 'all';

  readonly level: 1 | 2;
  /** Where a line ended before a state was written after it, by its number. */
  readonly #ends = new Map<number, number>();
  /** What is written next continues the last line. */
  #continues = false;

  constructor(level: 1 | 2) {
    this.level = level;
  }

  /** A path begins: all of its state is new to the reader. */
  begin(): void {
    this.#registers = 0xffff;
    this.#slots = 'all';
    this.#isOpen = false;
  }

  /**
   * Goes on with a path that was put aside. At level 1 what was written since is taken back, up to where the kernel's buffer ended then: of
   * a line that a state was written after, the line end is lost.
   */
  resume(logged: number, from: number, slot: number, state: State): void {
    this.begin();
    if (this.level === 2) {
      this.lines.push('', `from ${from} to ${slot}:${this.#state(state.frame, state.references)}`);
      return;
    }
    this.lines.length = logged;
    const end = this.#ends.get(logged - 1);
    const last = this.lines.at(-1);
    if (end === undefined || last === undefined) return;
    this.lines[logged - 1] = `${last.slice(0, end)} `;
    this.#ends.delete(logged - 1);
    this.#continues = true;
  }

  #push(line: string): void {
    const last = this.lines.at(-1);
    if (this.#continues && last !== undefined) this.lines[this.lines.length - 1] = last + line;
    else this.lines.push(line);
    this.#continues = false;
  }

  touchRegister(number: number): void {
    this.#registers |= 1 << number;
  }

  /** Writes all of two frames: of a call, the caller's and the callee's, or on the way back. */
  writeFrames(state: State, frames: readonly (readonly [title: string, frame: Frame])[]): void {
    for (const [title, frame] of frames) {
      this.begin();
      this.write(title);
      this.write(this.#state(frame, state.references));
    }
    this.#registers = 0;
    this.#slots = new Set();
  }

  touchSlots(first: number, last: number): void {
    if (this.#slots === 'all') return;
    for (let i = first; i <= last; i++) this.#slots.add(i);
  }

  #touch(insn: Insn): void {
    const { reads, writes, handsOn } = FORMS[insn.op.form];
    const isCall = handsOn === 'arguments';
    for (const use of isCall ? ([0] as const) : [...reads, ...writes]) {
      this.#registers |= 1 << registerOf(insn, use);
    }
  }

  #state(frame: Frame, references: State['references']): string {
    const parts: string[] = frame.number === 0 ? [] : [` frame${frame.number}:`];
    for (const [i, register] of frame.registers.entries()) {
      const isTouched = (this.#registers & (1 << i)) !== 0;
      if (isTouched && register.kind !== 'none')
        parts.push(` R${i}=${formatRegister(register, frame.number)}`);
    }
    for (const [i, slot] of frame.stack.entries()) {
      if (this.#slots === 'all' || this.#slots.has(i)) parts.push(formatSlot(slot, i, frame.number) ?? '');
    }
    const held = references.filter((r) => r.kind === 'pointer').map((r) => r.id);
    if (held.length > 0) parts.push(` refs=${held.join(',')}`);
    return parts.join('');
  }

  /** Writes what has been touched since it was last written, after the instruction that did if that is the last line. */
  writeState(slot: number, { frame, references }: State): void {
    if (this.#registers === 0 && this.#slots !== 'all' && this.#slots.size === 0) return;
    const state = this.#state(frame, references);
    const last = this.lines.at(-1);
    if (this.#isOpen && last !== undefined) {
      const length = last.length + 1;
      const column = Math.ceil(Math.max(length + 4, COLUMN) / 8) * 8;
      this.#ends.set(this.lines.length - 1, last.length);
      this.lines[this.lines.length - 1] = `${last}${' '.repeat(column - length - 1)};${state}`;
    } else {
      this.#push(`${slot}:${state}`);
    }
    this.#isOpen = false;
    this.#registers = 0;
    this.#slots = new Set();
  }

  /** Writes an instruction before it is walked. */
  writeInstruction(slot: number, insn: Insn): void {
    const opcode = insn.op.opcode.toString(16).padStart(2, '0');
    this.#push(`${slot}: (${opcode}) ${printKernel(insn)}`);
    this.#isOpen = true;
    this.#touch(insn);
  }

  write(line: string): void {
    this.#push(line);
    this.#isOpen = false;
  }
}
