import type { Insn } from '../../isa/insn.js';
import type { ArgumentType, CallRow } from '../calls/row.js';
import { kfuncFor, refuseKfunc } from '../prototype/kfunc.js';
import { signedRange } from '../range/scalar.js';
import { MAX_ERRNO } from '../range/words.js';
import { isBefore } from '../series.js';
import { NONE, NULL, scalarRegister } from '../state/register.js';
import { argumentName } from './argument-name.js';
import { type Call, newCall } from './call-facts.js';
import { checkCallSize } from './call-memory.js';
import { makeDynptr, useDynptr } from './dynptr.js';
import { restoreIrq, saveIrq } from './irq.js';
import { destroyIterator, makeIterator, nextOfIterator, processIterator } from './iterator.js';
import { mayAccessPacket } from './packet.js';
import { checkPlainPointer } from './plain-pointer.js';
import { markPrecise } from './precision.js';
import { acquire, isProtected, isTrusted, release, releaseProtected, whatKeepsAwake } from './references.js';
import { NotJudged, Refused, refuse } from './refused.js';
import { resultOf } from './result.js';
import { type LockKind, processLock } from './special-field.js';
import type { Walk } from './walk.js';

/** Structures that arguments point to, by the words of the rows. */
const STRUCTS: Partial<Readonly<Record<ArgumentType, string>>> = {
  task_struct: 'task_struct',
  cpumask: 'cpumask',
  bpf_cpumask: 'bpf_cpumask',
};
/** Structures that begin with another one, so that a pointer to them is one to it as well. */
const BEGINS_WITH: Readonly<Record<string, string>> = { bpf_cpumask: 'cpumask' };

/** A pointer to an object of the kernel that is certainly there (the KF_ARG_PTR_TO_BTF_ID case of check_kfunc_args). */
function checkObject(walk: Walk, row: CallRow, number: number, struct: string): void {
  const register = walk.register(number);
  if (register.isNullable || register.isNull) {
    refuse('EACCES', `Possibly NULL pointer passed to trusted ${argumentName(walk, number, 'arg')}`);
  }
  const isNew = !isBefore(walk.request.series.release, '7.1');
  if (register.kind !== 'btf') {
    refuse(
      'EINVAL',
      isNew
        ? `R${number} is ${register.type} expected STRUCT ${struct}`
        : `arg#${number - 1} pointer type STRUCT ${struct} must point to scalar, or struct with scalar`,
    );
  }
  if (!isTrusted(walk, register) && !register.has('rcu')) {
    refuse('EINVAL', `${argumentName(walk, number, 'R')} must be referenced or trusted`);
  }
  checkPlainPointer(register, number, true);
  const found = register.target.struct?.name ?? '';
  if (found !== struct && BEGINS_WITH[found] !== struct) {
    refuse(
      'EINVAL',
      `kernel function ${row.name} args#${number - 1} expected pointer to STRUCT ${struct} but R${number} has a pointer to STRUCT ${found}`,
    );
  }
}

/** Arguments that are numbers; all others are addresses. */
const NUMBERS: ReadonlySet<ArgumentType> = new Set<ArgumentType>([
  'any',
  'size',
  'size_or_zero',
  'const_size',
]);

/** Arguments that null is handed for. */
const NULLABLE: ReadonlySet<ArgumentType> = new Set<ArgumentType>(['mem_or_null']);

/** A size, and the memory in front of it, which the call may read and write (KF_ARG_MEM_SIZE). */
function checkSize(walk: Walk, call: Call, number: number): void {
  if (!walk.register(number).isScalar) refuse('EINVAL', `R${number} is not a scalar`);
  if (walk.register(number - 1).isNull) return;
  try {
    checkCallSize(walk, number, { zeroSize: true, use: 'changes' }, call);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const [memory, size] = [argumentName(walk, number - 1, 'arg#'), argumentName(walk, number, 'arg#')];
    refuse(
      error.errno,
      ...error.lines,
      `${memory} and ${size} memory, len pair leads to invalid memory access`,
    );
  }
}

/** The locks that a row takes or lets go, with interrupts off or not. */
const lockOf = ({ args, flags }: CallRow): { readonly kind: LockKind; readonly takes: boolean } => ({
  kind: args.some(({ type }) => type === 'irq_flag') ? 'res_lock_irq' : 'res_lock',
  takes: flags.has('may_fail'),
});

/** One argument of a kfunc (check_kfunc_args). */
function checkArgument(walk: Walk, call: Call, index: number): void {
  const { row } = call;
  const argument = row.args[index];
  if (argument === undefined) return;
  const { type, since } = argument;
  if (since !== undefined && isBefore(walk.request.series.release, since)) return;
  const number = index + 1;
  const register = walk.read(number);
  const struct = STRUCTS[type];
  if (struct !== undefined) {
    if (
      row.flags.has('releases') &&
      !walk.state.isReferenced(register) &&
      !register.isNull &&
      !register.isNullable
    ) {
      refuse(
        'EINVAL',
        isBefore(walk.request.series.release, '7.1')
          ? `arg#${index} pointer type STRUCT ${struct} must point to scalar, or struct with scalar`
          : `release kfunc ${row.name} expects referenced PTR_TO_BTF_ID passed to R${number}`,
      );
    }
    checkObject(walk, row, number, struct);
    return;
  }
  const mayBeNull = register.isNull || register.isNullable;
  if (mayBeNull && !NUMBERS.has(type) && !NULLABLE.has(type)) {
    refuse('EACCES', `Possibly NULL pointer passed to trusted ${argumentName(walk, number, 'arg')}`);
  }
  switch (type) {
    case 'any':
      if (!register.isScalar) refuse('EINVAL', `R${number} is not a scalar`);
      return;
    case 'ctx':
      if (register.kind !== 'ctx') {
        refuse('EINVAL', `arg#${index} expected pointer to ctx, but got ${register.type}`);
      }
      return;
    case 'iter_num':
      processIterator(walk, row, number);
      return;
    case 'irq_flag':
      if (row.name === 'bpf_local_irq_save') saveIrq(walk, number, 'native');
      else if (row.flags.has('may_fail')) saveIrq(walk, number, 'lock');
      else restoreIrq(walk, number, row.args[0]?.type === 'res_lock' ? 'lock' : 'native');
      return;
    case 'res_lock':
      if (register.kind !== 'map_value' && !register.has('alloc')) {
        refuse('EINVAL', `R${number} doesn't point to map value or allocated object`);
      }
      processLock(walk, number, lockOf(row));
      return;
    case 'dynptr':
      if (register.kind === 'dynptr') checkPlainPointer(register, number, false);
      call.dynptr = useDynptr(walk, number);
      return;
    case 'uninit_dynptr':
      makeDynptr(walk, number, call.dynptr ?? 'local');
      return;
    case 'mem':
    case 'mem_or_null':
      return;
    case 'const_size':
      if (!register.scalar.isConstant) refuse('EINVAL', `R${number} must be a known constant`);
      markPrecise(walk, number);
      call.allocated = Number(register.scalar.bits.value.unsigned);
      checkSize(walk, call, number);
      return;
    case 'size':
      checkSize(walk, call, number);
      return;
    default:
      throw new NotJudged(`kfunc ${row.name}`);
  }
}

/** Sections that a kfunc begins or ends. */
function changeSection(walk: Walk, name: string): void {
  const { state } = walk;
  switch (name) {
    case 'bpf_rcu_read_lock':
      // Sections may be in each other since Linux 6.19.
      if (state.rcuLocks > 0 && isBefore(walk.request.series.release, '6.19')) {
        refuse('EINVAL', `nested rcu read lock (kernel function ${name})`);
      }
      state.rcuLocks++;
      return;
    case 'bpf_rcu_read_unlock':
      if (state.rcuLocks === 0) refuse('EINVAL', `unmatched rcu read unlock (kernel function ${name})`);
      state.rcuLocks--;
      if (!isProtected(walk)) releaseProtected(walk);
      return;
    case 'bpf_preempt_disable':
      state.preemptLocks++;
      return;
    case 'bpf_preempt_enable':
      if (state.preemptLocks === 0) {
        refuse('EINVAL', `unmatched attempt to enable preemption (kernel function ${name})`);
      }
      state.preemptLocks--;
      if (!isProtected(walk)) releaseProtected(walk);
      return;
    default:
      return;
  }
}

/** The call may have failed: what comes after that is walked as well, with nothing changed and an error in r0. */
function fail(walk: Walk): void {
  const { frame } = walk.fork(walk.slot + 1);
  for (let i = 1; i <= 5; i++) frame.registers[i] = NONE;
  frame.registers[0] = scalarRegister(signedRange(-MAX_ERRNO, -1n));
}

/** A call of a function of the kernel by its name (check_kfunc_call). */
export function callKfunc(walk: Walk, insn: Insn): void {
  const { request } = walk;
  const name = request.kfuncs[insn.imm];
  const row = name === undefined ? undefined : kfuncFor(request, name);
  if (row === undefined) throw new NotJudged(`kfunc ${name ?? insn.imm}`);
  const refusal = refuseKfunc(request, row);
  if (refusal !== undefined) refuse(refusal.errno, refusal.message);
  if (row.flags.has('may_fail')) fail(walk);
  const call = newCall(row);
  for (let i = 0; i < 5; i++) checkArgument(walk, call, i);
  if (row.returns === 'dynptr_slice_or_null' && !mayAccessPacket(request, undefined, 'write')) {
    refuse('EINVAL', 'the prog does not allow writes to packet data');
  }
  changeSection(walk, row.name);
  const awake = whatKeepsAwake(walk);
  if (row.flags.has('sleeps') && awake !== undefined) {
    refuse('EACCES', `kernel func ${row.name} is sleepable within ${awake}`);
  }
  const released = row.flags.has('releases') ? walk.register(1) : undefined;
  if (released !== undefined) release(walk, released.id);
  const iterator = row.args[0]?.type === 'iter_num' ? walk.register(1) : undefined;
  walk.clobber();
  const result = row.flags.has('may_fail') ? NULL : resultOf(walk, call);
  walk.set(0, row.flags.has('acquires') ? result.with({ id: acquire(walk) }) : result);
  if (iterator !== undefined) {
    if (row.flags.has('iter_new')) makeIterator(walk, iterator);
    else if (row.flags.has('iter_destroy')) destroyIterator(walk, iterator);
    else if (row.flags.has('iter_next')) nextOfIterator(walk, iterator);
  }
  walk.slot++;
}
