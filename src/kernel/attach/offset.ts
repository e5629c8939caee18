import { EILSEQ, EINVAL, ENOENT } from '../errno.js';
import type { Kernel, Program } from '../kernel.js';
import { instructionsIn, SLOT_BYTES } from './breakpoint.js';
import { type AttachTarget, formatTarget } from './point.js';
import { targetOf } from './program-target.js';
import { type Refused, refuse } from './refused.js';

/**
 * Why a kprobe cannot be that far in a function. Linux refuses what does not begin an instruction (arch_prepare_kprobe); after the function's end
 * it would be in the next one.
 */
export function refuseOffset(
  kernel: Kernel,
  program: Program,
  { on, offset }: AttachTarget,
): Refused | undefined {
  if (offset === 0) return undefined;
  const fn = kernel.machine.text.functions[targetOf(kernel, on)!.fn]!;
  const slots = [...instructionsIn(kernel, fn).keys()];
  if (slots.includes(offset / SLOT_BYTES)) return undefined;
  const end = (fn.end - fn.start) * SLOT_BYTES;
  const last = SLOT_BYTES * slots.at(-1)!;
  if (offset >= end)
    return refuse(program, ENOENT, 'B0602', `${offset} bytes is outside \`${on}\`, which has ${end}`, {
      help: `its last instruction is \`${on}+${last}\``,
    });
  const next = slots.find((slot) => slot * SLOT_BYTES > offset);
  const near = [slots.findLast((slot) => slot * SLOT_BYTES < offset), next]
    .filter((slot) => slot !== undefined)
    .map((slot) => `\`${formatTarget({ on, offset: slot * SLOT_BYTES })}\``);
  const isArm = kernel.model.arch === 'arm64';
  return refuse(
    program,
    isArm ? EINVAL : EILSEQ,
    'B0602',
    `\`${on}+${offset}\` is in the middle of an instruction`,
    {
      help: `write ${near.join(' or ')}: an instruction has 8 bytes, a 64-bit load 16`,
      notes: [`the kernel answers ${isArm ? '-EINVAL' : '-EILSEQ'}`],
    },
  );
}
