/**
 * How the allocator keeps its hints. `old` is mm/percpu.c as it was before 2026, with two faults:
 *
 * - a free that stays inside one block told the chunk a start counted from the chunk but an end counted from the block,
 *   so for every block but the first nothing was learnt, and a full chunk with such a hole stays invisible;
 * - when the largest run moved to a later one of equal size and better alignment, the earlier one was forgotten, and a
 *   smaller run recorded after it makes scans start past it.
 *
 * `mended` has neither; which kernel keeps which is in the table of models. (The series "percpu: fix hint invariant breakage" and
 * "fix wrong chunk hints update" of 2026 mends the kernel; only its titles are known here, so how it is done is this emulator's own.)
 */
export type HintRules = 'old' | 'mended';

/** Zero bits below the lowest set bit; 0 has better alignment than all others. */
export const alignmentOf = (start: number): number => (start === 0 ? 32 : 31 - Math.clz32(start & -start));

/**
 * What is known of the free runs in a stretch of bits, which is a block (one page) or a whole chunk: struct pcpu_block_md.
 * Everything is counted in bits, starts from the beginning of the stretch.
 *
 *     0      firstFree          scanStart            contigStart                     bits
 *     |######...##..####........[ scan  ]####.#######[      contig      ]####........|
 *     '-> leftFree is 0 here: the first bit is taken                      '-rightFree-'
 *
 * `contig` is the largest run known; `scan` is the largest known before it, after it only if both are equally large.
 * A hint of 0 is not set, and its start means nothing.
 */
export class Hints {
  readonly bits: number;
  readonly rules: HintRules;
  contig: number;
  contigStart = 0;
  scan = 0;
  scanStart = 0;
  leftFree: number;
  rightFree: number;
  firstFree = 0;

  /** A stretch that is free from end to end. */
  constructor(bits: number, rules: HintRules) {
    this.bits = bits;
    this.rules = rules;
    this.contig = bits;
    this.leftFree = bits;
    this.rightFree = bits;
  }

  setFree(): void {
    this.scan = 0;
    this.contigStart = 0;
    this.contig = this.bits;
    this.leftFree = this.bits;
    this.rightFree = this.bits;
    this.firstFree = 0;
  }

  /** A stretch in the middle of an allocation. `firstFree` stays as it is, as in the kernel. */
  setFull(): void {
    this.scan = 0;
    this.contig = 0;
    this.leftFree = 0;
    this.rightFree = 0;
  }

  /** Whether a request fits into the largest run, which is all that is looked at (pcpu_check_block_hint). */
  fits(bits: number, align: number): boolean {
    const padding = Math.ceil(this.contigStart / align) * align - this.contigStart;
    return padding + bits <= this.contig;
  }

  /** Where to begin scanning for a request: after the scan hint if that is too small for it (pcpu_next_hint). */
  scanFrom(bits: number): number {
    const skip = this.scan > 0 && this.contigStart > this.scanStart && bits > this.scan;
    return skip ? this.scanStart + this.scan : this.firstFree;
  }

  /** Makes the scan hint the contig hint, or forgets both; returns where a scan has to begin. */
  promoteScan(): number {
    if (this.scan === 0) return this.forget();
    const next = this.scanStart + this.scan;
    this.contigStart = this.scanStart;
    this.contig = this.scan;
    this.scan = 0;
    return next;
  }

  /** Forgets the largest run for a scan from the first free bit, which it returns. The scan hint stays. */
  forget(): number {
    this.contig = 0;
    return this.firstFree;
  }

  /** Learns of a free run [start, end) that is as long as it can be in this stretch (pcpu_block_update). */
  learn(start: number, end: number): void {
    const size = end - start;
    this.firstFree = Math.min(this.firstFree, start);
    if (start === 0) this.leftFree = size;
    if (end === this.bits) this.rightFree = size;
    if (size > this.contig) this.#learnLarger(start, size);
    else if (size === this.contig) this.#learnEqual(start, size);
    else {
      const better = size > this.scan || (size === this.scan && start > this.scanStart);
      if (start < this.contigStart && better) this.#setScan(start, size);
    }
  }

  #learnLarger(start: number, size: number): void {
    if (start <= this.contigStart) this.scan = 0;
    else if (this.contig > this.scan) this.#setScan(this.contigStart, this.contig);
    else if (start < this.scanStart) this.scan = 0;
    this.contigStart = start;
    this.contig = size;
  }

  #learnEqual(start: number, size: number): void {
    if (alignmentOf(start) > alignmentOf(this.contigStart)) {
      const before = this.contigStart;
      this.contigStart = start;
      if (this.rules === 'mended' && before < start) this.#setScan(before, size);
      else if (start < this.scanStart && this.contig > this.scan) this.scan = 0;
    } else if (start > this.scanStart || this.contig > this.scan) this.#setScan(start, size);
  }

  #setScan(start: number, size: number): void {
    this.scanStart = start;
    this.scan = size;
  }
}
