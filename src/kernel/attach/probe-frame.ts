import { MAX_FRAME } from '../../verify/frame.js';
import { E2BIG } from '../errno.js';
import type { Kernel, Program } from '../kernel.js';
import type { AttachTarget } from './point.js';
import { frameOf, PT_REGS } from './probe.js';
import { type Refused, refuse } from './refused.js';
import { registeredOps, stagesOf } from './stages.js';

/**
 * Why a probe cannot be added to a function: what all its probes keep until it returns has to fit into the frame of one function
 * here. Linux keeps it elsewhere.
 */
export function refuseFullFrame(kernel: Kernel, program: Program, place: AttachTarget): Refused | undefined {
  const { model } = kernel;
  const links = [
    ...(kernel.functionLinks.get(place.on) ?? []),
    { program, index: 0, offset: place.offset, cookie: 0n },
  ];
  const stages = stagesOf(model, links, registeredOps(model, links, kernel.ftraceOps));
  const { nargs } = kernel.traceable.get(place.on)!;
  if (-frameOf(nargs, stages, PT_REGS[model.arch]).regs <= MAX_FRAME) return undefined;
  const message = `\`${program.name}\` is one probe too many on \`${place.on}\``;
  return refuse(program, E2BIG, 'B0605', message, {
    notes: [`what probes keep until a function returns has ${MAX_FRAME} bytes here; Linux has no such limit`],
  });
}
