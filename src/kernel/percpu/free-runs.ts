import { BLOCK_BITS } from './constants.js';
import type { HintedMap } from './hinted-map.js';

/** A stretch of a chunk's bits. */
export interface Run {
  readonly at: number;
  readonly bits: number;
}

/**
 * The next free run, by the blocks' hints: the largest of a block, or the one that leaves a block at its end together
 * with what continues it in the following blocks. Smaller runs are not seen (pcpu_next_md_free_region).
 */
export function nextFreeRun(chunk: HintedMap, from: number): Run | undefined {
  let at = from;
  let bits = 0;
  let seen = from % BLOCK_BITS;
  for (let i = Math.floor(from / BLOCK_BITS); i < chunk.blocks.length; i += 1) {
    const block = chunk.blocks[i]!;
    if (bits > 0) {
      bits += block.leftFree;
      if (block.leftFree === BLOCK_BITS) continue;
      return { at, bits };
    }
    const inside = block.contigStart + block.contig < BLOCK_BITS;
    if (block.contig > 0 && block.contigStart >= seen && inside) {
      return { at: i * BLOCK_BITS + block.contigStart, bits: block.contig };
    }
    seen = 0;
    bits = block.rightFree;
    at = (i + 1) * BLOCK_BITS - bits;
  }
  return at < chunk.bits ? { at, bits } : undefined;
}

/**
 * Where a request certainly fits, by the blocks' hints. If that is inside a block the answer begins where the block is to
 * be scanned from, so that a hole in front of its largest run is taken first (pcpu_next_fit_region).
 */
export function nextFit(chunk: HintedMap, wanted: number, align: number, from: number): Run | undefined {
  let at = from;
  let bits = 0;
  let seen = from % BLOCK_BITS;
  for (let i = Math.floor(from / BLOCK_BITS); i < chunk.blocks.length; i += 1) {
    const block = chunk.blocks[i]!;
    if (bits > 0) {
      bits += block.leftFree;
      if (bits >= wanted) return { at, bits };
      if (block.leftFree === BLOCK_BITS) continue;
    }
    if (block.contig > 0 && block.contigStart >= seen && block.fits(wanted, align)) {
      const start = block.scanFrom(wanted);
      const padding = Math.ceil(block.contigStart / align) * align - block.contigStart;
      return { at: i * BLOCK_BITS + start, bits: padding + wanted + block.contigStart - start };
    }
    seen = 0;
    const right = Math.ceil((BLOCK_BITS - block.rightFree) / align) * align;
    bits = BLOCK_BITS - right;
    at = i * BLOCK_BITS + right;
    if (bits >= wanted) return { at, bits };
  }
  return undefined;
}
