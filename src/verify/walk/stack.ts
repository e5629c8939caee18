import { formatBits } from '../range/tnum.js';
import type { Register } from '../state/register.js';
import type { Access } from './access.js';
import { refuse } from './refused.js';
import { frameOf, slotAt, stackRange } from './stack-place.js';
import { readStack, readStackAnywhere } from './stack-read.js';
import { writeStack, writeStackAnywhere } from './stack-write.js';
import type { Walk } from './walk.js';

/** A load or a store through a stack pointer. */
export function accessStack(walk: Walk, pointer: Register, access: Access): void {
  const { first, last } = stackRange(walk, pointer, access, access.mode);
  walk.log?.touchSlots(slotAt(last + access.size - 1), slotAt(first));
  const frame = frameOf(walk.state, pointer);
  const isFixed = pointer.scalar.isConstant;
  if (access.mode === 'write') {
    if (isFixed) writeStack(walk, frame, first, access);
    else writeStackAnywhere(walk, frame, { first, last }, access);
    return;
  }
  if (isFixed) readStack(walk, frame, first, access);
  else {
    if (access.value === undefined) {
      const bits = formatBits(pointer.scalar.bits);
      refuse(
        'EACCES',
        `variable offset stack pointer cannot be passed into helper function; var_off=${bits} off=${access.offset} size=${access.size}`,
      );
    }
    readStackAnywhere(walk, pointer, { first, last }, access);
  }
}
