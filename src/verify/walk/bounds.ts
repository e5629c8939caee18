import { formatBits } from '../range/tnum.js';
import type { Register } from '../state/register.js';
import { refuse } from './refused.js';
import { checkRegion } from './region.js';

/** An access to a packet, as far as it has been compared with its end (check_packet_access). */
export function checkPacket(pointer: Register, access: Parameters<typeof checkRegion>[1]): void {
  const range = pointer.target.range ?? 0;
  if (range < 0) refuse('EINVAL', `R${access.register} offset is outside of the packet`);
  checkRegion(pointer, access, range);
}

/** A buffer whose size is known when the program is attached: any offset but a variable or a negative one. */
export function checkBuffer(
  pointer: Register,
  access: { register: number; offset: number },
  what: string,
): void {
  const { scalar } = pointer;
  if (!scalar.isConstant) {
    const bits = formatBits(scalar.bits);
    refuse(
      'EACCES',
      `R${access.register} invalid variable buffer offset: off=${access.offset}, var_off=${bits}`,
    );
  }
  const start = scalar.bits.value.signed;
  if (start + BigInt(access.offset) < 0n) {
    refuse(
      'EACCES',
      `R${access.register} invalid negative ${what} buffer offset: off=${access.offset}, var_off=${start}`,
    );
  }
}
