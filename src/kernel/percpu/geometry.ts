import { DYNAMIC_RESERVE, MIN_ALLOC_SIZE, MIN_UNIT_SIZE, MODULE_RESERVE, PAGE_SIZE } from './constants.js';

/**
 * How a unit of the first chunk is divided, in bytes. Later chunks have units of the same size, all of it for allocation.
 *
 *     | static (the kernel's own variables) | reserved (modules) | dynamic |
 */
export interface Geometry {
  readonly staticSize: number;
  readonly reservedSize: number;
  readonly dynSize: number;
  readonly unitSize: number;
}

const alignUp = (n: number, to: number): number => Math.ceil(n / to) * to;

/**
 * The units for a static part of a size: at least 32 KiB and whole pages, as where memory is given out by pages
 * (pcpu_build_alloc_info); what rounding adds goes to the dynamic part.
 */
export function geometryFor(
  staticBytes: number,
  reservedSize = MODULE_RESERVE,
  dynBytes = DYNAMIC_RESERVE,
): Geometry {
  const staticSize = alignUp(staticBytes, MIN_ALLOC_SIZE);
  const unitSize = alignUp(Math.max(staticSize + reservedSize + dynBytes, MIN_UNIT_SIZE), PAGE_SIZE);
  return { staticSize, reservedSize, dynSize: unitSize - staticSize - reservedSize, unitSize };
}

/**
 * A unit of 144 KiB whose dynamic part lies on 8 pages, as a recorded Linux 7.3.4 for arm64 has it. The exact size of that
 * kernel's static part is not in the recording.
 */
export const RECORDED_GEOMETRY: Geometry = geometryFor(110_000);

/** The kernel's line at boot (pcpu_dump_alloc_info). */
export function bootLine({ staticSize, reservedSize, dynSize, unitSize }: Geometry): string {
  const alloc = `${unitSize / PAGE_SIZE}*${PAGE_SIZE}`;
  return `pcpu-alloc: s${staticSize} r${reservedSize} d${dynSize} u${unitSize} alloc=${alloc}`;
}
