import { formatBits } from '../range/tnum.js';
import type { Register } from '../state/register.js';
import { refuse } from './refused.js';

/** A pointer that must come as it was given, or with a constant added if `mayMove` (__check_ptr_off_reg). */
export function checkPlainPointer(pointer: Register, register: number, mayMove: boolean): void {
  const { scalar, type } = pointer;
  if (!scalar.isConstant) {
    refuse('EACCES', `variable ${type} access var_off=${formatBits(scalar.bits)} disallowed`);
  }
  const off = scalar.bits.value.signed;
  if (scalar.smin < 0n) {
    refuse('EACCES', `negative offset ${type} ptr R${register} off=${off} disallowed`);
  }
  if (!mayMove && off !== 0n) {
    refuse('EACCES', `dereference of modified ${type} ptr R${register} off=${off} disallowed`);
  }
}
