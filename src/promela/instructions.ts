// cspell:ignore oldx
import { FORMS, slotsOfForm } from '../isa/forms.js';
import { type Insn, wideValue } from '../isa/insn.js';
import { operation } from '../isa/table.js';
import type { Kernel } from '../kernel/kernel.js';
import { arithmetic } from './arithmetic.js';
import type { Cells } from './cells.js';
import type { Emitter } from './emitter.js';
import { leafResult } from './leaf.js';
import { Accesses, assignment, type Target } from './memory.js';
import { placedText, refuse } from './refuse.js';
import type { State } from './state.js';
import { ALL32, constant, lost, type Value } from './values.js';

/** What the per-CPU operations do to an address. */
const ADD = operation('add64_reg');
const HELP = 'the model has current, the clock, the CPU and interrupts on and off; all else has to be BPF';

/** Writes what single instructions do, for code on one CPU: all but jumps, calls of BPF and exit. */
export class Instructions {
  readonly accesses: Accesses;
  readonly #kernel: Kernel;
  readonly #cpu: number;

  constructor(kernel: Kernel, cells: Cells, cpu: number) {
    this.accesses = new Accesses(kernel.machine, cells, cpu);
    this.#kernel = kernel;
    this.#cpu = cpu;
  }

  /** The variable of a register in the innermost call. */
  name(register: number, state: State): string {
    return `r${register}_${state.frames.length}`;
  }

  /** Puts the result of an instruction into its register. */
  #assign(register: number, result: ReturnType<typeof arithmetic>, state: State, out: Emitter): void {
    const { machine } = this.#kernel;
    const name = this.name(register, state);
    if (result === undefined) refuse(machine, state.slot, 'the model has no such operation');
    else if (result.kind === 'value') state.set(register, out.own(name, result.value));
    else {
      const e = result.kind === 'indexed' ? result.offset : result.expression;
      const isWide = e.max > ALL32;
      const to = isWide ? `${name}x` : name;
      out.touched.add(to);
      if (e.text !== to) out.emit(assignment(to, e, isWide));
      state.set(
        register,
        result.kind === 'indexed'
          ? { kind: 'index', base: result.base, name: to, max: e.max }
          : isWide
            ? { kind: 'wide', name: to }
            : { kind: 'var', name: to, max: e.max },
      );
    }
  }

  /** Any instruction that is not a jump, call or exit; false if the step has to end before it. */
  plain(insn: Insn, state: State, out: Emitter): boolean {
    const { machine } = this.#kernel;
    const { op } = insn;
    const { slot } = state;
    const next = slot + slotsOfForm(op.form);
    const dst = state.get(insn.dst);
    const src = op.form.endsWith('_imm') ? constant(BigInt(insn.imm)) : state.get(insn.src);
    switch (op.form) {
      case 'mov_imm':
      case 'mov_reg':
      case 'alu_imm':
      case 'alu_reg':
      case 'neg':
      case 'extend':
      case 'swap':
      case 'cast':
        this.#assign(insn.dst, arithmetic(insn, dst, src), state, out);
        break;
      case 'percpu': {
        const offset = constant(this.#kernel.percpu.offsetOf(this.#cpu));
        const add = { ...insn, op: ADD };
        this.#assign(insn.dst, arithmetic(add, src, offset), state, out);
        break;
      }
      case 'wide':
        state.set(insn.dst, constant(wideValue(insn)));
        break;
      case 'goto':
        state.slot = slot + 1 + insn.off;
        return true;
      case 'gotol':
        state.slot = slot + 1 + insn.imm;
        return true;
      case 'call_helper': {
        const leaf = machine.leaves[insn.imm]!;
        const result = leafResult(this.#kernel, this.#cpu, leaf, state.get(1));
        if (result === undefined) return refuse(machine, slot, `${leaf.name} has no model`, HELP);
        if (result.statements.length > 0) {
          if (out.hasAccessed) return false;
          out.hasAccessed = true;
          out.comment(placedText(machine, slot));
          if (result.reads) out.emit(`${this.name(0, state)} = irqs_off_cpu${this.#cpu};`);
          out.emit(...result.statements);
        }
        if (result.reads) out.touched.add(this.name(0, state));
        state.clobber();
        state.set(0, result.reads ? { kind: 'var', name: this.name(0, state), max: 1n } : result.value);
        break;
      }
      case 'load':
      case 'acquire':
      case 'store_imm':
      case 'store_reg':
      case 'release':
      case 'lock':
      case 'fetch':
      case 'xchg':
      case 'cmpxchg':
      case 'this_cpu':
      case 'this_cpu_fetch':
        if (!this.#memory(insn, state, out)) return false;
        break;
      default:
        return refuse(machine, slot, `the model has no ${op.name}`);
    }
    state.slot = next;
    return true;
  }

  /** An access to memory; false if the step has to end before it. */
  #memory(insn: Insn, state: State, out: Emitter): boolean {
    const { machine } = this.#kernel;
    const accesses = this.accesses;
    const { op } = insn;
    const { slot } = state;
    const { touches, writes } = FORMS[op.form];
    const isLoad = touches === 'load';
    let address = state.get(isLoad ? insn.src : insn.dst);
    if (touches === 'percpu_update') {
      const sum = arithmetic(
        { ...insn, op: ADD },
        address,
        constant(this.#kernel.percpu.offsetOf(this.#cpu)),
      );
      address = sum?.kind === 'value' ? sum.value : lost('not known');
    }
    const target: Target = accesses.target(slot, address, insn.off, op.size, !isLoad);
    if (target.kind === 'variable') {
      if (out.hasAccessed) return false;
      out.hasAccessed = true;
      out.comment(placedText(machine, slot));
    }
    if (isLoad) {
      state.set(insn.dst, accesses.load(insn, target, this.name(insn.dst, state), state, out));
      return true;
    }
    if (touches === 'store') {
      const value = op.form === 'store_imm' ? constant(BigInt(insn.imm)) : state.get(insn.src);
      accesses.store(op.size, target, value, state, out);
      return true;
    }
    const result = op.form === 'cmpxchg' ? 0 : insn.src;
    const hasResult = writes.length > 0;
    if (target.kind === 'ignored') {
      if (hasResult) state.set(result, { kind: 'lost', cells: [target.cell] });
      return true;
    }
    if (target.kind !== 'variable') return refuse(machine, slot, 'it changes the stack in one step');
    const source = accesses.needed(slot, state.get(insn.src));
    const compared = op.form === 'cmpxchg' ? accesses.needed(slot, state.get(0)) : undefined;
    accesses.update(slot, insn, target, { source, compared }, out);
    if (!hasResult) return true;
    const old: Value =
      op.size === 8 ? { kind: 'wide', name: 'oldx' } : { kind: 'var', name: 'old', max: ALL32 };
    state.set(result, out.own(this.name(result, state), old));
    return true;
  }
}
