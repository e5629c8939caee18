import { helperById } from '../isa/helpers.js';
import type { Insn } from '../isa/insn.js';
import { baseOf, followAddress, type State, startingAt } from './offsets.js';

/** Helpers that read a traced function's arguments or result out of the context. */
const READS = /^bpf_get_func_(?:arg|ret|arg_cnt)$/;

/** The first instruction, as they lie, that is as asked, by what registers may hold of the context's address before it. */
function firstWhere(
  insns: readonly Insn[],
  isMeant: (insn: Insn, before: State) => boolean,
): Insn | undefined {
  const found = new Set<Insn>();
  followAddress(insns, startingAt(1), (insn, before) => {
    if (isMeant(insn, before)) found.add(insn);
  });
  return insns.find((insn) => found.has(insn));
}

/**
 * The first instruction by which a program may read what its context holds: a load from it, a helper that looks into it, or one
 * that hands its address to a function of its own or to memory, from where it can be read. Undefined if it reads nothing.
 */
export const firstContextRead = (insns: readonly Insn[]): Insn | undefined =>
  firstWhere(insns, (insn, before) => {
    const register = baseOf(insn);
    const { form } = insn.op;
    const isLoad = register !== undefined && before[insn[register]] !== 'other';
    const isStored = (form === 'store_reg' || form === 'xchg') && before[insn.src] !== 'other';
    const isHanded = before[1] !== 'other';
    const isPassed = (form === 'call_local' || form === 'callx') && isHanded;
    const name = insn.ref?.name ?? helperById(insn.imm)?.name;
    const isRead = form === 'call_helper' && isHanded && name !== undefined && READS.test(name);
    return isLoad || isStored || isPassed || isRead;
  });

/** The first instruction that accesses what lies beyond the bytes of a context, at an offset that is known. */
export const contextReadBeyond = (insns: readonly Insn[], size: number): Insn | undefined =>
  firstWhere(insns, (insn, before) => {
    const register = baseOf(insn);
    const at = register === undefined ? undefined : before[insn[register]];
    return typeof at === 'number' && at + insn.off + insn.op.size > size;
  });
