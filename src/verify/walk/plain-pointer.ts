import { formatBits } from '../range/tnum.js';
import type { Register } from '../state/register.js';
import { refuse } from './refused.js';

/** A pointer that must come as it was given, or with a constant added if `mayMove` (__check_ptr_off_reg). */
export function checkPlainPointer(pointer: Register, register: number, mayMove: boolean): void {
  const { scalar } = pointer;
  const { value } = scalar.bits;
  if (scalar.isConstant && value.isZero) return;
  const { type } = pointer;
  if (!scalar.isConstant) {
    refuse('EACCES', `variable ${type} access var_off=${formatBits(scalar.bits)} disallowed`);
  }
  const off = value.signed;
  if (off < 0n) {
    refuse('EACCES', `negative offset ${type} ptr R${register} off=${off} disallowed`);
  }
  if (!mayMove) {
    refuse('EACCES', `dereference of modified ${type} ptr R${register} off=${off} disallowed`);
  }
}
