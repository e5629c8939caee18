import type { RawSlot } from '../../isa/decode.js';
import type { Refusal, VerifyRequest } from '../request.js';
import {
  CLASS,
  classOf,
  isFunctionLoad,
  isHelperCall,
  isJump,
  isKfuncCall,
  isLocalCall,
  JUMP,
  jumpDistance,
  MODE,
  modeOf,
  operationOf,
} from './raw.js';

/** A function of the program. */
export interface Subprogram {
  /** Its first slot, and the one after its last. */
  readonly start: number;
  readonly end: number;
  /** Empty without BTF. */
  readonly name: string;
  /** Verified by itself, for any arguments that its type allows. */
  readonly isGlobal: boolean;
  /** Type id of its BTF function; 0 without. */
  readonly type: number;
}

/** Functions a program can have (BPF_MAX_SUBPROGS). */
const MOST = 256;
/** Number of bpf_tail_call. */
export const TAIL_CALL = 12;

const refused = (message: string, slot?: number, errno = 'EINVAL'): Refusal => ({
  errno,
  message,
  ...(slot !== undefined && { slot }),
});

/** Where functions begin, in order (add_subprogs); what is wrong with where one would. */
export function findStarts(raws: readonly RawSlot[]): readonly number[] | Refusal {
  const starts = new Set([0]);
  for (const [slot, raw] of raws.entries()) {
    if (!isLocalCall(raw) && !isFunctionLoad(raw)) continue;
    const start = slot + raw.imm + 1;
    if (start < 0 || start >= raws.length) return refused('call to invalid destination', slot);
    starts.add(start);
    if (starts.size > MOST) return refused('too many subprograms', slot, 'E2BIG');
  }
  return [...starts].sort((a, b) => a - b);
}

/** Why a program that calls kfuncs cannot be loaded at all (bpf_add_kfunc_call). */
export function refuseKfuncs(raws: readonly RawSlot[], isGpl: boolean): Refusal | undefined {
  const slot = raws.findIndex(isKfuncCall);
  if (slot < 0 || isGpl) return undefined;
  return refused('cannot call kernel function from non-GPL compatible program', slot);
}

const END_CODES: readonly number[] = [CLASS.jmp | JUMP.exit, CLASS.jmp | JUMP.ja, CLASS.jmp32 | JUMP.ja];

/** Whether jumps stay in their function and no function runs off its end (check_subprogs). */
export function refuseLayout(raws: readonly RawSlot[], starts: readonly number[]): Refusal | undefined {
  for (const [i, start] of starts.entries()) {
    const end = starts[i + 1] ?? raws.length;
    for (let slot = start; slot < end; slot += 1) {
      const raw = raws[slot]!;
      const operation = operationOf(raw);
      if (!isJump(raw) || operation === JUMP.call || operation === JUMP.exit) continue;
      const target = slot + 1 + jumpDistance(raw);
      if (target < start || target >= end)
        return refused(`jump out of range from insn ${slot} to ${target}`, slot);
    }
    if (!END_CODES.includes(raws[end - 1]!.opcode))
      return refused('last insn is not an exit or jmp', end - 1);
  }
  return undefined;
}

/** Whether a function other than the first has what can leave it early, which takes its type (check_abnormal_return). */
export function refuseAbnormalReturns(
  request: VerifyRequest,
  raws: readonly RawSlot[],
  starts: readonly number[],
): Refusal | undefined {
  if ((request.program?.functions.length ?? 0) > 0) return undefined;
  const slot = raws.findIndex((raw, at) => {
    const isOther = at >= (starts[1] ?? raws.length);
    const isPacket = classOf(raw) === CLASS.ld && (modeOf(raw) === MODE.abs || modeOf(raw) === MODE.ind);
    return isOther && (isPacket || (isHelperCall(raw) && raw.imm === TAIL_CALL));
  });
  if (slot < 0) return undefined;
  const what = isHelperCall(raws[slot]!) ? 'tail_call' : 'LD_ABS';
  return refused(`${what} is not allowed in subprogs without BTF`, slot);
}

/** Whether the types that a program brings are of the functions it has (check_btf_func, kernel/bpf/check_btf.c). */
export function refuseTypes({ program }: VerifyRequest, starts: readonly number[]): Refusal | undefined {
  if (program === undefined || program.functions.length === 0) return undefined;
  if (program.functions.length !== starts.length)
    return refused("number of funcs in func_info doesn't match number of subprogs");
  const differs = program.functions.some((f, i) => f.slot !== starts[i]);
  return differs ? refused("func_info BTF section doesn't match subprog layout in BPF program") : undefined;
}

export function subprogramsOf(
  { program }: VerifyRequest,
  starts: readonly number[],
  length: number,
): readonly Subprogram[] {
  return starts.map((start, i) => {
    const { type = 0, isStatic = false } = program?.functions.find((f) => f.slot === start) ?? {};
    const declared = type === 0 ? undefined : program?.btf.types[type];
    const isFunction = declared?.kind === 'func';
    return {
      start,
      end: starts[i + 1] ?? length,
      name: isFunction ? declared.name : '',
      isGlobal: isFunction && declared.linkage === 'global' && !isStatic,
      type,
    };
  });
}

/** A call of a function of the program, or the load of its address. */
export interface LocalCall {
  readonly slot: number;
  /** Index of the function. */
  readonly to: number;
  /** Called at once, not handed on to be called. */
  readonly isDirect: boolean;
}

/** By function, in the order of their slots, what each calls or hands on. */
export function localCalls(
  raws: readonly RawSlot[],
  subprograms: readonly Subprogram[],
): readonly (readonly LocalCall[])[] {
  const byStart = new Map(subprograms.map((s, i) => [s.start, i]));
  return subprograms.map(({ start, end }) =>
    raws.slice(start, end).flatMap((raw, i): readonly LocalCall[] => {
      if (!isLocalCall(raw) && !isFunctionLoad(raw)) return [];
      const slot = start + i;
      // Functions begin wherever such an instruction leads.
      return [{ slot, to: byStart.get(slot + 1 + raw.imm)!, isDirect: isLocalCall(raw) }];
    }),
  );
}
