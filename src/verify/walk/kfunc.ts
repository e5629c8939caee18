import type { Insn } from '../../isa/insn.js';
import type { ArgumentType, CallRow } from '../calls/row.js';
import { kfuncFor, refuseKfunc } from '../prototype/kfunc.js';
import { isBefore } from '../series.js';
import { newCall } from './call-facts.js';
import { restoreIrq, saveIrq } from './irq.js';
import { destroyIterator, makeIterator, nextOfIterator, processIterator } from './iterator.js';
import { checkPlainPointer } from './plain-pointer.js';
import { acquire, isProtected, isTrusted, release, releaseProtected, whatKeepsAwake } from './references.js';
import { NotJudged, refuse } from './refused.js';
import { resultOf } from './result.js';
import type { Walk } from './walk.js';

/** Structures that arguments point to, by the words of the rows. */
const STRUCTS: Partial<Readonly<Record<ArgumentType, string>>> = {
  task_struct: 'task_struct',
  cpumask: 'cpumask',
  bpf_cpumask: 'bpf_cpumask',
};
/** Structures that begin with another one, so that a pointer to them is one to it as well. */
const BEGINS_WITH: Readonly<Record<string, string>> = { bpf_cpumask: 'cpumask' };

/** How the kernel names an argument: by its register since 7.1, by its place before. */
const nameOf = (walk: Walk, number: number, before: string): string =>
  isBefore(walk.request.series.release, '7.1') ? `${before}${number - 1}` : `R${number}`;

/** A pointer to an object of the kernel that is certainly there (the KF_ARG_PTR_TO_BTF_ID case of check_kfunc_args). */
function checkObject(walk: Walk, row: CallRow, number: number, struct: string): void {
  const register = walk.register(number);
  if (register.isNullable || register.isNull) {
    refuse('EACCES', `Possibly NULL pointer passed to trusted ${nameOf(walk, number, 'arg')}`);
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
    refuse('EINVAL', `${nameOf(walk, number, 'R')} must be referenced or trusted`);
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

/** One argument of a kfunc (check_kfunc_args). */
function checkArgument(walk: Walk, row: CallRow, index: number): void {
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
      if (row.name === 'bpf_local_irq_save') saveIrq(walk, number);
      else restoreIrq(walk, number);
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

/** A call of a function of the kernel by its name (check_kfunc_call). */
export function callKfunc(walk: Walk, insn: Insn): void {
  const { request } = walk;
  const name = request.kfuncs[insn.imm];
  const row = name === undefined ? undefined : kfuncFor(request, name);
  if (row === undefined) throw new NotJudged(`kfunc ${name ?? insn.imm}`);
  const refusal = refuseKfunc(request, row);
  if (refusal !== undefined) refuse(refusal.errno, refusal.message);
  for (let i = 0; i < 5; i++) checkArgument(walk, row, i);
  changeSection(walk, row.name);
  const awake = whatKeepsAwake(walk);
  if (row.flags.has('sleeps') && awake !== undefined) {
    refuse('EACCES', `kernel func ${row.name} is sleepable within ${awake}`);
  }
  const released = row.flags.has('releases') ? walk.register(1) : undefined;
  if (released !== undefined) release(walk, released.id);
  const iterator = row.args[0]?.type === 'iter_num' ? walk.register(1) : undefined;
  walk.clobber();
  const result = resultOf(walk, newCall(row));
  walk.set(0, row.flags.has('acquires') ? result.with({ id: acquire(walk) }) : result);
  if (iterator !== undefined) {
    if (row.flags.has('iter_new')) makeIterator(walk, iterator);
    else if (row.flags.has('iter_destroy')) destroyIterator(walk, iterator);
    else if (row.flags.has('iter_next')) nextOfIterator(walk, iterator);
  }
  walk.slot++;
}
