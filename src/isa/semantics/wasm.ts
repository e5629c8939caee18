/**
 * What operations mean in WebAssembly, beside what they mean in JavaScript: instructions of its text format, one after
 * the other, as they work on its stack.
 *
 *     d, s        push the destination's value, the source's (or the immediate)
 *     T           the type of the operation's width: `T.add` is i64.add or i32.add. A 32-bit operation gets the low
 *                 halves of its operands as i32, and what it leaves is zero-extended
 *     if          leaves one value of type T; its arms end at `else` and `end`
 *
 * A computation leaves the new value of the destination, a condition an i32 that is not zero where it holds. Counts of
 * shifts are taken modulo the width by WebAssembly, as by BPF.
 */
export const mov = 's';
export const add = 'd s T.add';
export const sub = 'd s T.sub';
export const mul = 'd s T.mul';
export const or = 'd s T.or';
export const and = 'd s T.and';
export const xor = 'd s T.xor';
export const lsh = 'd s T.shl';
export const rsh = 'd s T.shr_u';
export const arsh = 'd s T.shr_s';
export const neg = 'T.const 0 d T.sub';

/** WebAssembly traps where BPF divides by zero, and where the least value is divided by -1. */
export const div = 's T.eqz if T.const 0 else d s T.div_u end';
export const mod = 's T.eqz if d else d s T.rem_u end';
export const sdiv =
  's T.eqz if T.const 0 else s T.const -1 T.eq if T.const 0 d T.sub else d s T.div_s end end';
export const smod = 's T.eqz if d else d s T.rem_s end';

export const movsx8 = 's T.extend8_s';
export const movsx16 = 's T.extend16_s';
export const movsx32 = 's T.extend32_s';

export const keep16 = 'd i64.const 65535 i64.and';
export const keep32 = 'd i32.wrap_i64 i64.extend_i32_u';
export const keep64 = 'd';
/** The product has the lower byte in its highest byte and both of them below; the lower half is not needed. */
export const swap16 =
  'd i32.wrap_i64 i32.const 65535 i32.and i32.const 16777472 i32.mul i32.const 16 i32.shr_u i64.extend_i32_u';
/** Two rotations, each right for every other byte. */
export const swap32 =
  'd i32.wrap_i64 i32.const 8 i32.rotl i32.const 16711935 i32.and ' +
  'd i32.wrap_i64 i32.const 8 i32.rotr i32.const -16711936 i32.and i32.or i64.extend_i32_u';
/** Bytes go by 8, 24, 40 or 56 bits: four rotations, each right for every fourth byte. */
export const swap64 = [
  'd i64.const 8 i64.rotl i64.const 1095216660735 i64.and',
  'd i64.const 24 i64.rotl i64.const 280375465148160 i64.and i64.or',
  'd i64.const 40 i64.rotl i64.const 71776119077928960 i64.and',
  'd i64.const 56 i64.rotl i64.const -72057589759737856 i64.and i64.or i64.or',
].join(' ');

export const eq = 'd s T.eq';
export const ne = 'd s T.ne';
export const gt = 'd s T.gt_u';
export const ge = 'd s T.ge_u';
export const lt = 'd s T.lt_u';
export const le = 'd s T.le_u';
export const sgt = 'd s T.gt_s';
export const sge = 'd s T.ge_s';
export const slt = 'd s T.lt_s';
export const sle = 'd s T.le_s';
export const set = 'd s T.and T.const 0 T.ne';
