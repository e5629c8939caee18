import {
  type Described,
  KIND,
  type Memory,
  PERCPU_HIGH,
  type Region,
  toAddress,
} from '../../machine/memory.js';
import { PAGE_SIZE } from '../model.js';

/** Smallest allocation and finest alignment, in bytes: one bit of the allocation map (PCPU_MIN_ALLOC_SIZE). */
const MIN_ALLOC = 4;
/** Bytes of one CPU's unit, which is also the largest allocation (PCPU_MIN_UNIT_SIZE). */
export const UNIT_SIZE = 32 << 10;

const PERCPU_BASE = BigInt.asUintN(64, BigInt(PERCPU_HIGH) << 32n);

/** An allocation: the same offset in the unit of every CPU. */
export interface PercpuAllocation {
  readonly name: string;
  /** The per-CPU pointer, which means nothing before a CPU's offset is added. */
  readonly pointer: bigint;
  readonly offset: number;
  readonly size: number;
  /** What reports call its bytes on a CPU, and how many of them its owner uses, where the name does not say it. */
  readonly describe?: PercpuDescribe;
}

export type PercpuDescribe = (cpu: number) => { readonly name: string; readonly size: number };

export type PercpuResult =
  | { readonly ok: true; readonly allocation: PercpuAllocation }
  | { readonly ok: false; readonly warning: string };

/**
 * Per-CPU memory: one unit a CPU, all alike. Allocation is first fit over a map with a bit for every 4 bytes; sizes and
 * alignments are rounded and refused as mm/percpu.c's pcpu_alloc does.
 */
export class PercpuArea {
  readonly #memory: Memory;
  readonly #units: readonly Region[];
  readonly #taken = new Uint8Array(UNIT_SIZE / MIN_ALLOC);
  readonly #allocations: PercpuAllocation[] = [];

  constructor(memory: Memory, units: readonly Region[]) {
    this.#memory = memory;
    this.#units = units;
  }

  /** What is added to a per-CPU pointer to reach the unit of a CPU. */
  offsetOf(cpu: number): bigint {
    return toAddress(this.unit(cpu).start) - PERCPU_BASE;
  }

  unit(cpu: number): Region {
    const unit = this.#units[cpu];
    if (unit === undefined) throw new Error(`no CPU ${cpu}`);
    return unit;
  }

  /** Offset in linear memory of an allocation's bytes on a CPU. */
  at(allocation: PercpuAllocation, cpu: number): number {
    return this.unit(cpu).start + allocation.offset;
  }

  allocate(name: string, size: number, align: number, describe?: PercpuDescribe): PercpuResult {
    const wanted = Math.ceil(size / MIN_ALLOC) * MIN_ALLOC;
    const aligned = Math.max(align, MIN_ALLOC);
    const isPower = (aligned & (aligned - 1)) === 0;
    if (wanted <= 0 || wanted > UNIT_SIZE || aligned > PAGE_SIZE || !isPower) {
      return { ok: false, warning: `illegal size (${wanted}) or align (${aligned}) for percpu allocation` };
    }
    const offset = this.#findFit(wanted, aligned);
    if (offset === undefined) {
      return {
        ok: false,
        warning: `percpu: allocation failed, size=${wanted} align=${aligned} atomic=0, failed to allocate new chunk`,
      };
    }
    this.#taken.fill(1, offset / MIN_ALLOC, (offset + wanted) / MIN_ALLOC);
    const pointer = PERCPU_BASE + BigInt(offset);
    const allocation = { name, pointer, offset, size: wanted, ...(describe && { describe }) };
    this.#allocations.push(allocation);
    for (const unit of this.#units) {
      this.#memory.u8.fill(0, unit.start + offset, unit.start + offset + wanted);
      this.#memory.unpoison(unit.start + offset, wanted, KIND.percpu);
    }
    return { ok: true, allocation };
  }

  #findFit(size: number, align: number): number | undefined {
    for (let offset = 0; offset + size <= UNIT_SIZE; offset += align) {
      let free = true;
      for (let bit = offset / MIN_ALLOC; free && bit < (offset + size) / MIN_ALLOC; bit += 1)
        free = this.#taken[bit] === 0;
      if (free) return offset;
    }
    return undefined;
  }

  /** The allocation that holds an offset in a unit. */
  describe(offset: number, cpu: number): Described | undefined {
    const holder = this.#allocations.find((a) => offset >= a.offset && offset < a.offset + a.size);
    if (holder === undefined) return undefined;
    const { name, offset: start, size } = holder;
    const own = holder.describe?.(cpu);
    if (own !== undefined) return { name: own.name, start, end: start + own.size };
    return { name: `per-CPU \`${name}\` of CPU ${cpu}`, start, end: start + size };
  }
}
