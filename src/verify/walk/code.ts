import type { Insn } from '../../isa/insn.js';
import type { CallRow } from '../calls/row.js';
import type { CheckedProgram } from '../program/check.js';
import type { Subprogram } from '../program/subprograms.js';
import { helperFor } from '../prototype/helper.js';
import { kfuncFor } from '../prototype/kfunc.js';
import type { Refusal, VerifyRequest } from '../request.js';
import { componentsOf } from './components.js';
import { concernOf } from './concern.js';
import { liveRegisters } from './live.js';
import { shaped } from './shape.js';
import { successors } from './successors.js';

/** Where the walk looks for states that it has seen, and what it must know to walk back (kernel/bpf/cfg.c). */
interface Points {
  readonly prunes: Uint8Array;
  readonly jumps: Uint8Array;
  /** A state is kept here each time. */
  readonly checkpoints: Uint8Array;
  /** Conditional jumps whose ways differ. */
  readonly branches: Uint8Array;
  /** Calls a helper that calls back while it runs. */
  readonly callbacks: Uint8Array;
}

/** A program by slots, and what is known of it before it is walked. */
export interface Code {
  readonly insns: readonly (Insn | undefined)[];
  readonly length: number;
  readonly subprograms: readonly Subprogram[];
  /** What is wrong with instructions, where that is noticed when the walk comes there. */
  readonly faults: ReadonlyMap<number, Refusal>;
  readonly points: Points;
  /** Of each slot: what is known of the helper or kfunc that it calls. */
  readonly calls: readonly (CallRow | undefined)[];
  /** Of each slot: a bit for every register whose value is still used there. */
  readonly live: Uint16Array;
  /** Of each slot: a bit for every register that walking back over it has to do with. */
  readonly concerns: Int16Array;
  /** Of each slot: which loop it is in; 0: in none. */
  readonly components: Int32Array;
}

function pointsOf(insns: Code['insns'], calls: Code['calls']): Points {
  const make = (): Uint8Array => new Uint8Array(insns.length + 1);
  const points: Points = {
    prunes: make(),
    jumps: make(),
    checkpoints: make(),
    branches: make(),
    callbacks: make(),
  };
  const { prunes, jumps, checkpoints, branches, callbacks } = points;
  for (const [slot, insn] of insns.entries()) {
    if (insn === undefined) continue;
    switch (insn.op.form) {
      case 'goto':
      case 'gotol':
        for (const to of successors(insn, slot)) {
          prunes[to] = 1;
          jumps[to] = 1;
        }
        break;
      case 'may_goto':
      case 'jump_imm':
      case 'jump_reg': {
        const target = slot + 1 + insn.off;
        prunes[slot] = 1;
        prunes[target] = 1;
        jumps[target] = 1;
        if (insn.off !== 0) branches[slot] = 1;
        if (insn.op.form === 'may_goto') checkpoints[slot] = 1;
        break;
      }
      case 'call_helper':
      case 'call_kfunc':
      case 'call_local': {
        prunes[slot + 1] = 1;
        jumps[slot + 1] = 1;
        if (insn.op.form === 'call_local') {
          prunes[slot] = 1;
          const target = slot + 1 + insn.imm;
          prunes[target] = 1;
          jumps[target] = 1;
        }
        const flags = calls[slot]?.flags;
        if (flags?.has('calls_later')) prunes[slot] = 1;
        if (flags?.has('calls_now')) {
          prunes[slot] = 1;
          callbacks[slot] = 1;
          checkpoints[slot] = 1;
          jumps[slot] = 1;
        }
        if (flags?.has('iter_next')) {
          prunes[slot] = 1;
          checkpoints[slot] = 1;
        }
        break;
      }
      case 'pseudo':
        if (insn.op.name === 'lddw_func') {
          prunes[slot + 2] = 1;
          jumps[slot + 2] = 1;
        }
        break;
      default:
        break;
    }
  }
  return points;
}

/** What is known of the helper or kfunc that an instruction calls; undefined for all else. */
function calledRow(request: VerifyRequest, { op, imm }: Insn): CallRow | undefined {
  if (op.form === 'call_helper') return helperFor(request, imm);
  const name = op.form === 'call_kfunc' ? request.kfuncs[imm] : undefined;
  return name === undefined ? undefined : kfuncFor(request, name);
}

export function codeOf(request: VerifyRequest, program: CheckedProgram): Code {
  const { subprograms, faults } = program;
  const insns = program.insns.map((insn) => insn && shaped(insn));
  const calls = insns.map((insn) => insn && calledRow(request, insn));
  return {
    insns,
    length: insns.length,
    subprograms,
    faults,
    calls,
    points: pointsOf(insns, calls),
    live: liveRegisters(request, insns),
    concerns: Int16Array.from(insns, (insn) => (insn === undefined ? 0 : concernOf(insn))),
    components: componentsOf(insns),
  };
}
