import type { RawSlot } from '../../isa/decode.js';
import type { Insn } from '../../isa/insn.js';
import { type KindRow, kindOf } from '../kinds.js';
import { isGpl, type Refusal, type VerifyRequest } from '../request.js';
import { refuseFlow, refuseRecursion } from './flow.js';
import { bySlot, type InstructionFaults, instructionFaults, refuseLastHalf } from './instructions.js';
import { rawSlots } from './raw.js';
import {
  findStarts,
  refuseAbnormalReturns,
  refuseKfuncs,
  refuseLayout,
  refuseTypes,
  type Subprogram,
  subprogramsOf,
} from './subprograms.js';
import { refuseRight, refuseTarget } from './target.js';

/** A program whose instructions follow each other as they may. */
export interface CheckedProgram {
  readonly row: KindRow;
  readonly raws: readonly RawSlot[];
  /** By slots: what begins there. */
  readonly insns: readonly (Insn | undefined)[];
  readonly subprograms: readonly Subprogram[];
  /** What is wrong with instructions and is only said once a walk comes there. */
  readonly faults: ReadonlyMap<number, Refusal>;
}

/** Why a program is refused before it is walked, the program if it is not, and undefined for a kind that is not known here. */
export type ProgramAnswer =
  | { readonly kind: 'checked'; readonly program: CheckedProgram }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | undefined;

/** Instructions a program can have, over all functions (BPF_COMPLEXITY_LIMIT_INSNS). */
const MOST_SLOTS = 1_000_000;

/** The first refusal, in the order in which the kernel asks. */
function firstOf(...asked: readonly (() => Refusal | undefined)[]): Refusal | undefined {
  for (const ask of asked) {
    const refusal = ask();
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function refuse(
  request: VerifyRequest,
  row: KindRow,
  raws: readonly RawSlot[],
  {
    starts,
    faults,
    subprograms,
  }: { starts: readonly number[]; faults: InstructionFaults; subprograms: readonly Subprogram[] },
): Refusal | undefined {
  const { series } = request;
  const kfuncs = (): Refusal | undefined => refuseKfuncs(raws, isGpl(request));
  const layout = (): Refusal | undefined =>
    firstOf(
      () => refuseLayout(raws, starts),
      () => refuseTypes(request, starts),
      () => refuseAbnormalReturns(request, raws, starts),
    );
  const instructions = (): Refusal | undefined => faults.first;
  const flow = (): Refusal | undefined => refuseFlow(series, raws);
  const target = (): Refusal | undefined => refuseTarget(request, row);
  const recursion = (): Refusal | undefined =>
    series.recursion === 'refused' ? refuseRecursion(raws, subprograms) : undefined;
  const fields = series.checksFieldsFirst
    ? [() => refuseLastHalf(raws), layout, instructions, kfuncs]
    : [kfuncs, layout];
  const rest = series.checksTargetLast ? [flow, target] : [target, instructions, flow];
  return firstOf(...fields, ...rest, recursion);
}

/** What is asked of a program before it is walked (bpf_check, kernel/bpf/verifier.c). */
export function checkProgram(request: VerifyRequest): ProgramAnswer {
  const row = kindOf(request);
  if (row === undefined) return undefined;
  const raws = rawSlots(request.insns);
  const refused = (refusal: Refusal): ProgramAnswer => ({ kind: 'refused', refusal });
  const right = refuseRight(request, row);
  if (right !== undefined) return refused(right);
  if (raws.length === 0 || raws.length > MOST_SLOTS) return refused({ errno: 'E2BIG', message: '' });
  const starts = findStarts(raws);
  if ('errno' in starts) return refused(starts);
  const subprograms = subprogramsOf(request, starts, raws.length);
  const faults = instructionFaults(request, raws);
  const refusal = refuse(request, row, raws, { starts, faults, subprograms });
  if (refusal !== undefined) return refused(refusal);
  return {
    kind: 'checked',
    program: { row, raws, insns: bySlot(request.insns), subprograms, faults: faults.later },
  };
}
