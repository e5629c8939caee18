import { BLOCK_BITS } from './constants.js';
import { nextFreeRun } from './free-runs.js';
import type { HintedMap } from './hinted-map.js';

const overlaps = (start: number, bits: number, from: number, to: number): boolean =>
  start < to && from < start + bits;

/** Where a run begins and ends in blocks: both blocks, and the offsets in them, the end exclusive. */
function blocksOf(at: number, bits: number): { first: number; last: number; from: number; to: number } {
  const end = at + bits - 1;
  const first = Math.floor(at / BLOCK_BITS);
  const last = Math.floor(end / BLOCK_BITS);
  return { first, last, from: at - first * BLOCK_BITS, to: end - last * BLOCK_BITS + 1 };
}

/** Finds a block's largest run anew, after its scan hint if it has one (pcpu_block_refresh_hint). */
function refreshBlock(chunk: HintedMap, i: number): void {
  const block = chunk.blocks[i]!;
  const base = i * BLOCK_BITS;
  const end = base + BLOCK_BITS;
  let at = base + block.promoteScan();
  block.rightFree = 0;
  for (at = chunk.firstZero(at, end); at < end; ) {
    const to = chunk.firstOne(at, end);
    block.learn(at - base, to - base);
    at = chunk.firstZero(to, end);
  }
}

/** Finds the chunk's largest run anew from the blocks' hints (pcpu_chunk_refresh_hint). */
function refreshChunk(chunk: HintedMap, fullScan: boolean): void {
  const { hints } = chunk;
  const from = fullScan ? hints.forget() : hints.promoteScan();
  for (let run = nextFreeRun(chunk, from); run !== undefined; ) {
    hints.learn(run.at, run.at + run.bits);
    run = nextFreeRun(chunk, run.at + run.bits + 1);
  }
}

/** Tells a block of the largest hole a search passed, which alignment may have made (pcpu_block_update_scan). */
export function learnSkipped(chunk: HintedMap, at: number, bits: number): void {
  const i = Math.floor(at / BLOCK_BITS);
  const base = i * BLOCK_BITS;
  if (at - base + bits > BLOCK_BITS) return;
  chunk.blocks[i]!.learn(chunk.afterLastOne(base, at) - base, at - base + bits);
}

/** The hints after the bits [at, at + bits) were taken, which the map shows already (pcpu_block_update_hint_alloc). */
export function hintsAfterAlloc(chunk: HintedMap, at: number, bits: number): void {
  const { first, last, from, to } = blocksOf(at, bits);
  let emptied = takeInFirst(chunk, first, from, bits);
  if (first !== last) {
    if (chunk.blocks[last]!.contig === BLOCK_BITS) emptied += 1;
    takeInLast(chunk, last, to);
    for (let i = first + 1; i < last; i += 1) chunk.blocks[i]!.setFull();
    emptied += last - first - 1;
  }
  // Pages without memory are counted out here too; populating them counts them in again.
  if (emptied > 0) chunk.countEmpty(-emptied);
  const { hints } = chunk;
  if (overlaps(hints.scanStart, hints.scan, at, at + bits)) hints.scan = 0;
  if (overlaps(hints.contigStart, hints.contig, at, at + bits)) refreshChunk(chunk, false);
}

/** The block in which an allocation begins; returns how many empty pages that used up. */
function takeInFirst(chunk: HintedMap, i: number, from: number, bits: number): number {
  const block = chunk.blocks[i]!;
  const base = i * BLOCK_BITS;
  const wasEmpty = block.contig === BLOCK_BITS;
  if (from === block.firstFree) {
    block.firstFree = chunk.firstZero(base + from + bits, base + BLOCK_BITS) - base;
  }
  if (overlaps(block.scanStart, block.scan, from, from + bits)) block.scan = 0;
  if (overlaps(block.contigStart, block.contig, from, from + bits)) {
    if (from === 0) block.leftFree = 0;
    refreshBlock(chunk, i);
  } else {
    block.leftFree = Math.min(block.leftFree, from);
    block.rightFree = Math.min(block.rightFree, Math.max(0, BLOCK_BITS - from - bits));
  }
  return wasEmpty ? 1 : 0;
}

/** The block in which an allocation ends that began in an earlier one. */
function takeInLast(chunk: HintedMap, i: number, to: number): void {
  const block = chunk.blocks[i]!;
  const base = i * BLOCK_BITS;
  block.firstFree = chunk.firstZero(base + to, base + BLOCK_BITS) - base;
  if (to === BLOCK_BITS) {
    block.setFull();
    return;
  }
  if (to > block.scanStart) block.scan = 0;
  block.leftFree = 0;
  if (to > block.contigStart) refreshBlock(chunk, i);
  else block.rightFree = Math.min(block.rightFree, BLOCK_BITS - to);
}

/** The hints after the bits [at, at + bits) were freed, which the map shows already (pcpu_block_update_hint_free). */
export function hintsAfterFree(chunk: HintedMap, at: number, bits: number): void {
  const { first, last, from, to } = blocksOf(at, bits);
  const head = chunk.blocks[first]!;
  const tail = chunk.blocks[last]!;
  const base = first * BLOCK_BITS;
  const tailBase = last * BLOCK_BITS;
  // How far the free run reaches in the two blocks; a hint that touches it saves looking.
  const start =
    from === head.contigStart + head.contig ? head.contigStart : chunk.afterLastOne(base, base + from) - base;
  const end =
    to === tail.contigStart
      ? tail.contigStart + tail.contig
      : chunk.firstOne(tailBase + to, tailBase + BLOCK_BITS) - tailBase;

  const headEnd = first === last ? end : BLOCK_BITS;
  let emptied = start === 0 && headEnd === BLOCK_BITS ? 1 : 0;
  head.learn(start, headEnd);
  if (first !== last) {
    if (end === BLOCK_BITS) emptied += 1;
    tail.learn(0, end);
    for (let i = first + 1; i < last; i += 1) chunk.blocks[i]!.setFree();
    emptied += last - first - 1;
  }
  if (emptied > 0) chunk.countEmpty(emptied);

  // A run across blocks is only looked for when a block became free or the area lay across blocks; until then the
  // chunk's hint may be short by up to a page.
  if (first !== last || end - start >= BLOCK_BITS) refreshChunk(chunk, true);
  else chunk.hints.learn(base + start, chunk.hints.rules === 'old' ? end : base + end);
}
