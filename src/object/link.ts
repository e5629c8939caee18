import { functionSlot } from '../isa/flow.js';
import { type AnyInsn, type Insn, slotsOf } from '../isa/insn.js';
import type { Diagnostic } from '../text/diagnostic.js';
import type { CodeSection, ObjectFunction } from './code.js';
import { describeSection } from './elf.js';
import { malformed } from './malformed.js';
import type { ObjectProgram } from './object.js';

/** Slots all programs of an object may have together, shared functions counted in each. */
const MOST_LINKED = 4_000_000;

interface Call {
  /** Slot in the function's section. */
  readonly slot: number;
  readonly callee: ObjectFunction;
}

/** Puts programs together from the functions of an object. */
export class Linker {
  readonly #code: ReadonlyMap<number, CodeSection>;
  /** Why instructions were poisoned, by section and slot. */
  readonly #poisoned: ReadonlyMap<number, ReadonlyMap<number, Diagnostic>>;
  readonly #calls = new Map<ObjectFunction, readonly Call[]>();
  #linked = 0;

  constructor(
    code: ReadonlyMap<number, CodeSection>,
    poisoned: ReadonlyMap<number, ReadonlyMap<number, Diagnostic>>,
  ) {
    this.#code = code;
    this.#poisoned = poisoned;
  }

  #insnsOf(fn: ObjectFunction): readonly AnyInsn[] {
    return fn.code.insns.slice(fn.code.indexOf(fn.start), fn.code.indexOf(fn.end));
  }

  /** The calls of a function, also those that need no relocation because callee and caller share a section. */
  #callsOf(fn: ObjectFunction): readonly Call[] {
    const known = this.#calls.get(fn);
    if (known !== undefined) return known;
    const calls: Call[] = [];
    let slot = fn.start;
    for (const insn of this.#insnsOf(fn)) {
      const local = functionSlot(insn, slot);
      if (local !== undefined) {
        const target = fn.code.targets.get(slot) ?? { section: fn.code.section.index, slot: local };
        const callee = this.#code.get(target.section)?.functions.get(target.slot);
        if (callee === undefined) {
          const where = describeSection(this.#code.get(target.section)!.section);
          throw malformed(
            'B1009',
            `\`${fn.name}\` calls slot ${target.slot} of ${where}, where no function begins`,
          );
        }
        calls.push({ slot, callee });
      }
      slot += slotsOf(insn);
    }
    this.#calls.set(fn, calls);
    return calls;
  }

  /**
   * The functions a program needs and the slot each gets: itself, then each function where it is first called, that
   * one's callees following it (bpf_object__reloc_code of libbpf).
   */
  #layOut(main: ObjectFunction): Map<ObjectFunction, number> {
    const placed = new Map<ObjectFunction, number>();
    let end = 0;
    const place = (fn: ObjectFunction): { calls: readonly Call[]; next: number } => {
      placed.set(fn, end);
      end += fn.end - fn.start;
      this.#linked += fn.end - fn.start;
      if (this.#linked > MOST_LINKED)
        throw malformed('B1009', `its programs have more than ${MOST_LINKED} instruction slots in total`);
      return { calls: this.#callsOf(fn), next: 0 };
    };
    const open = [place(main)];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const call = top.calls[top.next];
      top.next += 1;
      if (call === undefined) open.pop();
      else if (!placed.has(call.callee)) open.push(place(call.callee));
    }
    return placed;
  }

  /** Programs by their main functions; throws `InputError`, before any is put together if they are too large. */
  linkAll(mains: readonly ObjectFunction[]): ObjectProgram[] {
    const layouts = mains.map((main) => ({ main, placed: this.#layOut(main) }));
    return layouts.map(({ main, placed }) => this.#link(main, placed));
  }

  #link(main: ObjectFunction, placed: ReadonlyMap<ObjectFunction, number>): ObjectProgram {
    const insns: AnyInsn[] = [];
    const labels = new Map<string, number>();
    const unresolved: Diagnostic[] = [];
    for (const [fn, start] of placed) {
      if (fn !== main) labels.set(fn.name, start);
      const poisoned = this.#poisoned.get(fn.code.section.index);
      const calls = this.#callsOf(fn);
      let next = 0;
      let slot = fn.start;
      for (const insn of this.#insnsOf(fn)) {
        const call = calls[next];
        if (call?.slot === slot) {
          next += 1;
          const imm = placed.get(call.callee)! - (start + slot - fn.start) - 1;
          insns.push({ ...(insn as Insn), imm });
        } else insns.push(insn);
        const reason = poisoned?.get(slot);
        if (reason !== undefined) unresolved.push(reason);
        slot += slotsOf(insn);
      }
    }
    const { name } = main.code.section;
    const autoload = !name.startsWith('?');
    return { name: main.name, section: autoload ? name : name.slice(1), autoload, insns, labels, unresolved };
  }
}

/** The functions that are programs; the others are only called. */
export function mainFunctions(functions: readonly ObjectFunction[]): ObjectFunction[] {
  const isText = (f: ObjectFunction): boolean => f.code.section.name === '.text';
  // libbpf: the only function of an object is a program even in .text.
  if (functions.length === 1) return [...functions];
  return functions.filter((f) => f.isGlobal && !isText(f));
}
