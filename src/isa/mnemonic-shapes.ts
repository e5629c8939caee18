import type { Form } from './forms.js';

/**
 * An operand of the mnemonic dialect, by what it sets: a register field, an immediate, the 64-bit immediate, a half of
 * the immediate (`to`, `from`), a jump target in off or imm, or memory whose base register is dst or src.
 */
export type Shape =
  | 'dst'
  | 'src'
  | 'imm'
  | 'wide'
  | 'to'
  | 'from'
  | 'off_target'
  | 'imm_target'
  | 'callee'
  | 'at_dst'
  | 'at_src';

/** The operands of each form in the order they are written; printing and reading both follow it. */
export const SHAPES: Readonly<Record<Form, readonly Shape[]>> = {
  mov_imm: ['dst', 'imm'],
  mov_reg: ['dst', 'src'],
  alu_imm: ['dst', 'imm'],
  alu_reg: ['dst', 'src'],
  neg: ['dst'],
  extend: ['dst', 'src'],
  swap: ['dst'],
  cast: ['dst', 'src', 'to', 'from'],
  percpu: ['dst', 'src'],
  wide: ['dst', 'wide'],
  pseudo: ['dst', 'wide'],
  goto: ['off_target'],
  gotol: ['imm_target'],
  gotox: ['dst'],
  may_goto: ['off_target'],
  jump_imm: ['dst', 'imm', 'off_target'],
  jump_reg: ['dst', 'src', 'off_target'],
  call_helper: ['callee'],
  call_local: ['imm_target'],
  call_kfunc: ['imm'],
  callx: ['dst'],
  exit: [],
  load: ['dst', 'at_src'],
  store_imm: ['at_dst', 'imm'],
  store_reg: ['at_dst', 'src'],
  packet_abs: ['imm'],
  packet_ind: ['src', 'imm'],
  lock: ['at_dst', 'src'],
  fetch: ['at_dst', 'src'],
  xchg: ['at_dst', 'src'],
  cmpxchg: ['at_dst', 'src'],
  acquire: ['dst', 'at_src'],
  release: ['at_dst', 'src'],
  this_cpu: ['at_dst', 'src'],
  this_cpu_fetch: ['at_dst', 'src'],
};
