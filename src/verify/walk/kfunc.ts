import type { Insn } from '../../isa/insn.js';
import { NotJudged } from './refused.js';
import type { Walk } from './walk.js';

export function callKfunc(walk: Walk, insn: Insn): void {
  throw new NotJudged(`kfunc ${walk.request.kfuncs[insn.imm] ?? ''}`);
}
