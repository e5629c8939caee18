import { isBefore } from '../series.js';
import { FLAGS } from '../state/kind.js';
import type { Register } from '../state/register.js';
import type { ObjectField } from './call-facts.js';
import { checkPlainPointer } from './plain-pointer.js';
import { NotJudged, refuse } from './refused.js';
import type { Walk } from './walk.js';

/** The map owns what is there: it is exchanged, not stored. `__kptr` says so since Linux 6.4. */
export const isOwning = ({ request }: Walk, { tag }: ObjectField): boolean =>
  tag !== 'kptr_untrusted' && !isBefore(request.series.release, '6.4');

/** The kernel's type that a field points to; the program's own are not known here. */
export function kernelTypeOf({ request }: Walk, { to }: ObjectField): string {
  if (request.types.struct(to) === undefined) throw new NotJudged(`objects of type struct ${to} in maps`);
  return to;
}

/** The field that an object is exchanged with (process_kptr_func). */
export function fieldToExchange(register: Register, number: number): ObjectField {
  if (register.kind !== 'map_value') throw new NotJudged('an exchange in an allocated object');
  const { map, scalar } = register;
  const fields = map.fields.filter((f) => f.kind === 'pointer');
  // A map whose value has nothing of the kernel's was most likely made without types.
  if (map.fields.length === 0) {
    refuse('EINVAL', `map '${map.name}' has to have BTF in order to use bpf_kptr_xchg`);
  }
  if (!scalar.isConstant) {
    refuse('EINVAL', `R${number} doesn't have constant offset. kptr has to be at the constant offset`);
  }
  if (fields.length === 0) refuse('EINVAL', `R${number} has no valid kptr`);
  const offset = scalar.bits.value.signed;
  const field = fields.find((f) => BigInt(f.offset) === offset);
  if (field === undefined) refuse('EACCES', `off=${offset} doesn't point to kptr`);
  return field;
}

const { maybeNull, trusted, rcu, untrusted } = FLAGS;

/** Whether a pointer fits the field where it is put (map_kptr_match_type). */
export function checkFits(walk: Walk, field: ObjectField, number: number): void {
  const register = walk.register(number);
  const to = kernelTypeOf(walk, field);
  const isOwned = isOwning(walk, field);
  const allowed = maybeNull | trusted | rcu | (isOwned ? 0 : untrusted);
  const name = register.target.struct?.name ?? '';
  const isObject = register.kind === 'btf' && (register.flags & ~allowed) === 0;
  if (isObject) checkPlainPointer(register, number, true);
  if (isObject && name === to && register.scalar.constant === 0n) return;
  refuse(
    'EACCES',
    `invalid kptr access, R${number} type=${register.type}${name} expected=ptr_${to}${isOwned ? '' : ` or untrusted_ptr_${to}`}`,
  );
}
