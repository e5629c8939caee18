import type { RegionKind } from './region.js';

/**
 * One linear memory for everything the emulated machine holds, behind 64-bit addresses as a kernel has them:
 *
 *     address            0xffff8000 nnnnnnnn        nnnnnnnn = offset into the linear memory
 *     offset   0         1 page, never mapped
 *              4096      data: stacks, per-CPU units, maps, globals, structures
 *              limit     poison plane: one bit for each byte of data, set where it must not be touched (limit / 8 bytes)
 *              …         kind plane: a byte for 8 bytes of data, what they are (limit / 8 bytes)
 *
 * The planes are what KASAN's shadow is, with a whole bit for every byte, so that objects of any size may be neighbours
 * and a check is: load the plane's bits for the access, test them against zero.
 */
export const KERNEL_HIGH = 0xffff8000 | 0;
const KERNEL_BASE = BigInt.asUintN(64, BigInt(KERNEL_HIGH) << 32n);
/** Per-CPU pointers look like kernel addresses, but nothing is mapped there: they need a CPU's offset added. */
export const PERCPU_HIGH = 0xffff7000 | 0;
const PAGE = 4096;
const WASM_PAGE = 65536;
/** Bytes of the host for each byte of data, planes included. */
const WITH_PLANES = 1.25;

/** How many bytes of data a memory can have that takes at most so many bytes of the host. */
export const dataWithin = (bytes: number): number => Math.floor(bytes / WITH_PLANES);

/** What 8 bytes are, for reports; 0 is memory nobody was given. */
export const KIND = { none: 0, redzone: 1, freed: 2, object: 3, stack: 4, percpu: 5, internal: 6 } as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

/** A part of a region; offsets are relative to the region. */
export interface Described {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** A named stretch of memory that was given to something. */
export interface Region {
  readonly name: string;
  readonly kind: RegionKind;
  readonly start: number;
  readonly end: number;
  /** What lies at an offset in the region: its name, such as `the value of h[3]`, and where it begins and ends. */
  readonly describe?: (offset: number) => Described | undefined;
}

/** Regions in which nothing is poisoned once it could be touched. */
const LASTING: readonly RegionKind[] = ['structure', 'global'];

/** How memory is reserved: its alignment (8 if absent), and who can say what lies in it. */
export interface ReserveOptions {
  readonly align?: number;
  readonly describe?: Region['describe'];
}

/** Fewer bytes than this are set one by one: for so few, calling the host takes longer. */
const FEW = 32;

function fill(bytes: Uint8Array, value: number, from: number, to: number): void {
  if (to - from > FEW) bytes.fill(value, from, to);
  else for (let i = from; i < to; i += 1) bytes[i] = value;
}

export class Memory {
  readonly wasm: WebAssembly.Memory;
  /** Whether several threads of the host can use it at once. */
  readonly isShared: boolean;
  /** Bytes of data; offsets from here on are the planes. */
  readonly limit: number;
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  /** The same bytes in 8-byte words, for moving whole registers. */
  readonly i64: BigInt64Array;
  readonly view: DataView;
  /** The poison plane. */
  readonly poison: Uint8Array;
  readonly kinds: Uint8Array;
  readonly regions: Region[] = [];
  /** Offsets of the words of `settle`. */
  readonly #settled = new Set<number>();
  #next = PAGE;

  /**
   * `size` is a multiple of 64 KiB; a quarter more is taken for the planes. `given` is memory of that size that another
   * thread of the host has made, and is used as it is.
   */
  constructor(size: number, shared = false, given?: WebAssembly.Memory) {
    this.limit = Math.ceil(size / WASM_PAGE) * WASM_PAGE;
    const pages = Math.ceil((this.limit * WITH_PLANES) / WASM_PAGE);
    this.isShared = shared;
    this.wasm =
      given ?? new WebAssembly.Memory({ initial: pages, maximum: pages, ...(shared && { shared }) });
    const { buffer } = this.wasm;
    this.u8 = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.i64 = new BigInt64Array(buffer);
    this.view = new DataView(buffer);
    this.poison = new Uint8Array(buffer, this.limit, this.limit / 8);
    this.kinds = new Uint8Array(buffer, this.limit + this.limit / 8, this.limit / 8);
    if (given === undefined) this.poison.fill(0xff);
  }

  /**
   * Takes memory for good, poisoned, at a multiple of `align` (a power of two, at least 8), with a redzone before and
   * after it. Undefined if there is not enough.
   */
  reserve(
    name: string,
    kind: RegionKind,
    size: number,
    { align = 8, describe }: ReserveOptions = {},
  ): Region | undefined {
    const redzone = 32;
    const start = Math.ceil((this.#next + redzone) / align) * align;
    const end = start + Math.ceil(size / 8) * 8;
    if (end + redzone > this.limit) return undefined;
    this.setKind(this.#next, end + redzone - this.#next, KIND.redzone);
    this.#next = end + redzone;
    const region: Region = { name, kind, start, end: start + size, ...(describe && { describe }) };
    this.regions.push(region);
    return region;
  }

  /** Makes bytes touchable. `at` is a multiple of 4. */
  unpoison(at: number, size: number, kind: Kind = KIND.object): void {
    this.#fillPoison(at, size, false);
    this.setKind(at, size, kind);
  }

  /** Makes bytes untouchable. `at` is a multiple of 4. */
  poisonRange(at: number, size: number, kind: Kind): void {
    this.#fillPoison(at, size, true);
    this.setKind(at, size, kind);
  }

  setKind(at: number, size: number, kind: Kind): void {
    fill(this.kinds, kind, at >> 3, (at + size + 7) >> 3);
  }

  #fillPoison(at: number, size: number, on: boolean): void {
    const end = at + size;
    let i = at;
    while (i < end) {
      if ((i & 7) === 0 && i + 8 <= end) {
        const whole = (end - i) >> 3;
        fill(this.poison, on ? 0xff : 0, i >> 3, (i >> 3) + whole);
        i += whole * 8;
      } else {
        const bit = 1 << (i & 7);
        const before = this.poison[i >> 3]!;
        this.poison[i >> 3] = on ? before | bit : before & ~bit;
        i += 1;
      }
    }
  }

  /** The end of what has been reserved so far, redzones included: nobody can touch or change what lies after it. */
  get used(): number {
    return this.#next;
  }

  isPoisoned(at: number): boolean {
    return ((this.poison[at >> 3] ?? 0xff) & (1 << (at & 7))) !== 0;
  }

  /** True if any of some bytes is poisoned. They lie within the data. */
  isAnyPoisoned(at: number, size: number): boolean {
    if (size <= 0) return false;
    const { poison } = this;
    const last = (at + size - 1) >> 3;
    let i = at >> 3;
    let bits = poison[i]! & (0xff << (at & 7));
    for (; i < last; bits = poison[i]!) {
      if (bits !== 0) return true;
      i += 1;
    }
    return (bits & (0xff >> (7 - ((at + size - 1) & 7)))) !== 0;
  }

  /** Bytes of data and planes together. */
  get bytes(): number {
    return this.u8.length;
  }

  /**
   * Says of 8 bytes, at a multiple of 8, that they hold an address which normally stays as it is: compiled code relies
   * on what is there when it is made, and is made again where that has changed.
   */
  settle(at: number): void {
    this.#settled.add(at);
  }

  isSettled(at: number): boolean {
    return this.#settled.has(at) && this.isForGood(at, 8);
  }

  /** True for bytes that may be touched, and always may be from now on: nothing poisons what lasts as long as the machine. */
  isForGood(at: number, size: number): boolean {
    const region = this.regionAt(at);
    return (
      region !== undefined &&
      LASTING.includes(region.kind) &&
      at + size <= region.end &&
      !this.isAnyPoisoned(at, size)
    );
  }

  /** The region that holds an offset. */
  regionAt(at: number): Region | undefined {
    return this.regions.find((region) => at >= region.start && at < region.end);
  }

  readU64(at: number): bigint {
    return this.view.getBigUint64(at, true);
  }

  writeU64(at: number, value: bigint): void {
    this.view.setBigUint64(at, BigInt.asUintN(64, value), true);
  }

  readU32(at: number): number {
    return this.view.getUint32(at, true);
  }

  writeU32(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }
}

/** The kernel address of an offset into linear memory. */
export function toAddress(at: number): bigint {
  return KERNEL_BASE + BigInt(at);
}

/** The offset a kernel address stands for, or undefined for an address of another kind. */
export function fromAddress(address: bigint): number | undefined {
  const offset = BigInt.asUintN(64, address) - KERNEL_BASE;
  return offset >= 0n && offset <= 0xffff_ffffn ? Number(offset) : undefined;
}
