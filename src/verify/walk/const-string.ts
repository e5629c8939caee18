import { isMapOf } from '../map-types.js';
import type { Register } from '../state/register.js';
import { refuse } from './refused.js';
import { checkMapAccess, isReadOnly } from './region.js';

/** A string in a map that nobody changes any more, with a zero at its end (check_arg_const_str). */
export function processConstString(register: Register, number: number): void {
  const { map, scalar } = register;
  if (!isReadOnly(map)) refuse('EACCES', `R${number} does not point to a readonly map'`);
  if (!scalar.isConstant) refuse('EACCES', `R${number} is not a constant address'`);
  if (!isMapOf(map, 'array')) refuse('EACCES', 'no direct value access support for this map type');
  const at = Number(scalar.bits.value.signed);
  const size = map.valueSize - at;
  checkMapAccess(register, { register: number, offset: 0, size, zeroSize: false, by: 'helper' });
  if (map.content !== undefined && !map.content.subarray(at, map.valueSize).includes(0)) {
    refuse('EINVAL', 'string is not zero-terminated');
  }
}
