import { type Insn, makeInsn, slotsOf } from '../../src/isa/insn.js';
import type { Operation } from '../../src/isa/operation.js';
import { listProgram } from '../../src/isa/print/listing.js';
import { operation } from '../../src/isa/table.js';
import { TEXT_HIGH } from '../../src/machine/text.js';

/** An instruction before it has a place: jumps name the index of another one of the same function. */
export interface Node {
  readonly op: Operation;
  readonly dst: number;
  readonly src: number;
  readonly off: number;
  readonly imm: number;
  readonly hi: number;
  /** Where a jump goes. Of a wide load: that place's address is what is loaded. */
  readonly target?: number;
  /** The function that is called, or whose address is loaded. */
  readonly callee?: number;
}

export interface Program {
  readonly functions: readonly (readonly Node[])[];
}

export function node(op: string | Operation, fields: Partial<Omit<Node, 'op'>> = {}): Node {
  const named = typeof op === 'string' ? operation(op) : op;
  return { dst: 0, src: 0, off: 0, imm: 0, hi: 0, ...fields, op: named };
}

/** Slots of a program that is placed at slot 0 of an empty text. */
function place(program: Program): { readonly starts: number[]; readonly slots: number[][] } {
  let slot = 0;
  const starts: number[] = [];
  const slots = program.functions.map((nodes) => {
    starts.push(slot);
    return nodes.map(({ op }) => {
      const at = slot;
      slot += slotsOf(makeInsn(op));
      return at;
    });
  });
  return { starts, slots };
}

/** The program as instructions, one function after the other. */
export function toInsns(program: Program): Insn[] {
  const { starts, slots } = place(program);
  return program.functions.flatMap((nodes, f) =>
    nodes.map(({ target, callee, ...fields }, i) => {
      const next = slots[f]![i]! + slotsOf(makeInsn(fields.op));
      const insn = makeInsn(fields.op, fields);
      if (callee !== undefined) {
        const from = fields.op.form === 'call_local' ? next : next - 1;
        return { ...insn, imm: starts[callee]! - from };
      }
      if (target === undefined) return insn;
      const to = slots[f]![target]!;
      if (fields.op.form === 'wide') return { ...insn, hi: TEXT_HIGH, imm: to * 8 };
      return fields.op.form === 'gotol' ? { ...insn, imm: to - next } : { ...insn, off: to - next };
    }),
  );
}

/** The program as assembly that gives the same instructions again. */
export function toAssembly(program: Program): string {
  const { starts } = place(program);
  const symbols = new Map(starts.map((slot, i) => [slot, `f${i}`]));
  return listProgram(toInsns(program), { style: 'llvm', alu32: true, bytes: false, symbols }).join('\n');
}

/** The same program without an instruction; jumps to it go to the one after. */
export function without(program: Program, f: number, i: number): Program {
  const shorter = program.functions[f]!.filter((_, k) => k !== i).map((n) =>
    n.target !== undefined && n.target > i ? { ...n, target: n.target - 1 } : n,
  );
  return { functions: program.functions.map((nodes, k) => (k === f ? shorter : nodes)) };
}
