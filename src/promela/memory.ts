// cspell:ignore nextx oldx
import type { Insn } from '../isa/insn.js';
import type { Machine } from '../machine/machine.js';
import type { Cells } from './cells.js';
import type { Emitter } from './emitter.js';
import { MemoryText, type Position } from './memory-text.js';
import { compute, type Expression, inC, type Operand, promela } from './operators.js';
import { refuse } from './refuse.js';
import type { State } from './state.js';
import { ALL32, constant, lost, type Value } from './values.js';

/** What an access reaches: the thread's own stack, memory that is as it was booted or left out, or a variable. */
export type Target =
  | { readonly kind: 'stack'; readonly offset: number }
  | { readonly kind: 'fixed'; readonly value: bigint }
  | { readonly kind: 'ignored'; readonly cell: string }
  | { readonly kind: 'variable'; readonly position: Position; readonly max: bigint };

/** Loads and stores of one thread's code. */
export class Accesses {
  readonly #machine: Machine;
  readonly #cells: Cells;
  readonly #text: MemoryText;

  constructor(machine: Machine, cells: Cells, cpu: number) {
    this.#machine = machine;
    this.#cells = cells;
    this.#text = new MemoryText(cells, cpu);
  }

  /** Where an address leads, for an instruction that writes there or only reads. */
  target(slot: number, address: Value, off: number, size: number, writes: boolean): Target {
    const cells = this.#cells;
    const no = (why: string): never => refuse(this.#machine, slot, why);
    switch (address.kind) {
      case 'lost':
        cells.demand(address.cells);
        return no(`its address is ${address.reason ?? 'not known'}`);
      case 'var':
      case 'wide':
        return no('its address is computed from what is only known while it runs');
      case 'stack':
        return { kind: 'stack', offset: address.offset + off };
      default:
    }
    const base = address.kind === 'const' ? address.value : address.kind === 'index' ? address.base : 0n;
    const place =
      address.kind === 'current'
        ? cells.field(address.offset + off)
        : cells.place(BigInt.asUintN(64, base + BigInt(off)));
    if (place === undefined || !cells.isClean(place, size)) return no('it accesses what is not there');
    const { cell, offset } = place;
    if (cell.isOfTask && (offset !== 0 || size !== cell.size)) return no('it accesses a part of a field');
    const index = address.kind === 'index' ? address.name : undefined;
    if (index !== undefined && !cells.isNamed(cell))
      return no('its address is computed from what is only known while it runs');
    if (writes || index !== undefined || address.kind === 'current') cells.write(cell);
    if (!cells.isWritten(cell)) return { kind: 'fixed', value: cells.initial(cell, 0, offset, size) };
    if (!cells.isDemanded(cell)) return { kind: 'ignored', cell: cell.name };
    const max = address.kind === 'index' ? address.max : 0n;
    return { kind: 'variable', position: { cell, offset, index }, max };
  }

  /** An index that may lead out of the cell is a fault there. */
  checkBounds({ position, max }: Extract<Target, { kind: 'variable' }>, size: number, out: Emitter): void {
    const { cell, offset, index } = position;
    if (index === undefined || BigInt(offset + size) + max <= BigInt(cell.size)) return;
    const last = cell.size - offset - size;
    out.emit('if', `:: ${index} >= 0 && ${index} <= ${last}`, ':: else ->');
    // Nothing comes after a fault.
    out.branch().emit('HOLDS_no_fault(false);', 'is_dead = 1;', `${index} = 0;`);
    out.emit('fi;');
  }

  load(insn: Insn, target: Target, name: string, state: State, out: Emitter): Value {
    const { size, signed } = insn.op;
    if (target.kind === 'ignored') return { kind: 'lost', cells: [target.cell] };
    if (target.kind === 'fixed')
      return constant(signed ? BigInt.asIntN(8 * size, target.value) : target.value);
    if (target.kind === 'stack') {
      const found = this.fromStack(target.offset, size, state);
      if (!signed) return out.own(name, found);
      if (found.kind === 'const') return constant(BigInt.asIntN(8 * size, found.value));
      return found.kind === 'var' ? this.#extend(found.name, size, name, out) : lost('part of an address');
    }
    this.checkBounds(target, size, out);
    const to = size === 8 ? `${name}x` : name;
    out.touched.add(to);
    out.emit(this.#text.load(to, target.position, size));
    if (size === 8) return { kind: 'wide', name: to };
    if (signed) return this.#extend(name, size, name, out);
    return { kind: 'var', name, max: (1n << BigInt(8 * size)) - 1n };
  }

  #extend(from: string, size: number, name: string, out: Emitter): Value {
    const type = size === 1 ? 'signed char' : size === 2 ? 'short' : 'int';
    out.touched.add(`${name}x`);
    out.emit(`c_code { @->${name}x = (u64)(long long)(${type})@->${from}; };`);
    return { kind: 'wide', name: `${name}x` };
  }

  /** What lies on the stack; a frame is zero when it is opened. */
  fromStack(offset: number, size: number, state: State): Value {
    if (!state.isOpen(offset, size))
      return refuse(this.#machine, state.slot, 'it reads outside of its frame');
    const found = state.stack.get(offset);
    if (found?.size === size) return found.value;
    const over = [...state.stack].filter(([o, s]) => o < offset + size && offset < o + s.size);
    if (over.length === 0) return constant(0n);
    const [o, { size: whole, value }] = over[0]!;
    if (over.length === 1 && value.kind === 'const' && o <= offset && o + whole >= offset + size)
      return constant(BigInt.asUintN(8 * size, value.value >> BigInt(8 * (offset - o))));
    return refuse(this.#machine, state.slot, 'it reads the stack in another width than it was written in');
  }

  toStack(offset: number, size: number, value: Value, state: State, out: Emitter): void {
    if (!state.isOpen(offset, size)) refuse(this.#machine, state.slot, 'it writes outside of its frame');
    for (const [o, s] of [...state.stack]) {
      if (o >= offset + size || offset >= o + s.size) continue;
      if (o < offset || o + s.size > offset + size)
        refuse(this.#machine, state.slot, 'it writes a part of what lies on the stack');
      state.stack.delete(o);
    }
    const name = `s${-offset}`;
    const kept = ((): Value => {
      if (size === 8) return out.own(name, value);
      if (value.kind === 'const') return constant(BigInt.asUintN(8 * size, value.value));
      if (value.kind === 'lost') return value;
      if (value.kind !== 'var') return lost('part of an address');
      const max = (1n << BigInt(8 * size)) - 1n;
      out.touched.add(name);
      out.emit(`${name} = ${value.name}${size === 4 ? '' : ` & ${max}`};`);
      return { kind: 'var', name, max: value.max < max ? value.max : max };
    })();
    state.stack.set(offset, { size, value: kept });
  }

  /** A value that the model has to have, since it decides something. */
  needed(slot: number, v: Value): Operand {
    if (v.kind === 'const' || v.kind === 'var' || v.kind === 'wide') return v;
    if (v.kind === 'lost') this.#cells.demand(v.cells);
    const what = v.kind === 'lost' ? (v.reason ?? 'not known') : 'an address whose number is not known';
    return refuse(this.#machine, slot, `what it uses is ${what}`);
  }

  store(size: number, target: Target, value: Value, state: State, out: Emitter): void {
    if (target.kind === 'stack') this.toStack(target.offset, size, value, state, out);
    if (target.kind !== 'variable') return;
    const operand = this.needed(state.slot, value);
    this.checkBounds(target, size, out);
    out.emit(...this.#text.store(target.position, size, operand));
  }

  /** One step that reads, computes and writes. Gives what it read. */
  update(
    slot: number,
    insn: Insn,
    target: Extract<Target, { kind: 'variable' }>,
    operands: { readonly source: Operand; readonly compared: Operand | undefined },
    out: Emitter,
  ): void {
    const { op } = insn;
    const old: Operand =
      op.size === 8 ? { kind: 'wide', name: 'oldx' } : { kind: 'var', name: 'old', max: ALL32 };
    const { source, compared } = operands;
    this.checkBounds(target, op.size, out);
    out.touched.add(old.name);
    out.emit(this.#text.load(old.name, target.position, op.size));
    if (compared !== undefined) {
      const test =
        op.size === 8
          ? `c_expr { @->oldx == ${inC(compared, 64)} }`
          : compared.kind === 'wide'
            ? `c_expr { (u32)@->old == ${inC(compared, 32)} }`
            : `old == ${promela(compared)}`;
      out.emit('if', `:: ${test} ->`);
      out.branch().emit(...this.#text.store(target.position, op.size, source));
      out.emit(':: else', 'fi;');
      return;
    }
    const expression = op.form === 'xchg' ? undefined : compute(op, old, source);
    if (expression === undefined) {
      if (op.form !== 'xchg') refuse(this.#machine, slot, 'the model has no such operation');
      out.emit(...this.#text.store(target.position, op.size, source));
      return;
    }
    const next: Operand =
      op.size === 8 ? { kind: 'wide', name: 'nextx' } : { kind: 'var', name: 'next', max: ALL32 };
    out.touched.add(next.name);
    out.emit(assignment(next.name, expression, op.size === 8));
    out.emit(...this.#text.store(target.position, op.size, next));
  }
}

/** A statement that puts what an expression computes into a variable. */
export function assignment(name: string, e: Expression, isWide: boolean): string {
  if (isWide) return `c_code { @->${name} = ${e.text}; };`;
  return e.isC ? `c_code { @->${name} = (int)(${e.text}); };` : `${name} = ${e.text};`;
}
