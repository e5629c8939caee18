import { KERNEL_HIGH } from '../memory.js';
import { FRAME } from '../stack.js';
import { BLOCK } from '../thread.js';
import { Code, I32, I64, type Label } from './code.js';
import type { Block, PlacedOp } from './graph.js';
import { liveAfter, before as liveBefore, type Registers } from './live.js';
import type { FunctionPlan } from './plan.js';
import { findRotations, type Rotation } from './rotate.js';
import { LEFT, type Site } from './site.js';
import { registersOf, signatureOf, type UnitContext } from './unit.js';

/** The kernel's address space begins here; see memory.ts. */
export const BASE = BigInt(KERNEL_HIGH) << 32n;

/** True if a function needs to know where its frame is. */
function usesFrame({ frameSize, graph }: FunctionPlan): boolean {
  return (
    frameSize > 0 ||
    graph.blocks.some((b) => b.ops.some((it) => it.dst === 10 || it.src === 10 || it.op.form === 'may_goto'))
  );
}

/** What is known while a function is written. */
export class FunctionContext {
  readonly unit: UnitContext;
  readonly plan: FunctionPlan;
  readonly code: Code;
  /** Locals: bytes of stack from the frame's end down; what is left of them below is what callees have. */
  readonly room: number;
  /** Offset of the byte after the frame (what r10 points at), and of the frame's first byte. */
  readonly top: number;
  readonly bottom: number;
  readonly fuel: number;
  /** Address of an access less the base of the kernel's addresses, and its offset in memory. */
  readonly address: number;
  readonly at: number;
  readonly site: number;
  readonly bits: number;
  readonly wide: number;
  /** Registers known to hold r10 plus a constant. */
  readonly frameOffset = new Map<number, number>();
  /** Instructions carried out since the budget was last brought up to date. */
  pending = 0;
  /** The way out of the function to the host. */
  leave: Label = { depth: 0 };
  /** Rotations of the block being written, and the locals that keep what is rotated. */
  #rotations: ReadonlyMap<number, Rotation> = new Map();
  readonly #kept = new Map<number, number>();
  /** Registers needed after each instruction of the block being written. */
  #after: Registers[] = [];
  readonly #registers: number[] = [];
  /** True if `top` and `bottom` are set from the beginning: the function uses its frame. */
  readonly #placed: boolean;

  constructor(unit: UnitContext, plan: FunctionPlan) {
    this.unit = unit;
    this.plan = plan;
    const { params } = signatureOf(plan);
    this.code = new Code(params.length);
    if (plan.root) {
      this.fuel = 1;
      this.room = this.code.local(I32);
    } else {
      this.room = 0;
      this.fuel = 1;
      registersOf(plan.live[0]!).forEach((n, i) => {
        this.#registers[n] = 2 + i;
      });
    }
    this.top = this.code.local(I32);
    this.bottom = plan.frameSize === 0 ? this.top : this.code.local(I32);
    this.#placed = plan.root || usesFrame(plan);
    this.at = this.code.local(I32);
    this.site = this.code.local(I32);
    this.bits = this.code.local(I32);
    this.address = this.code.local(I64);
    this.wide = this.code.local(I64);
  }

  /** The local that holds a register, r0 to r9. */
  register(n: number): number {
    let local = this.#registers[n];
    if (local === undefined) {
      local = this.code.local(I64);
      this.#registers[n] = local;
    }
    return local;
  }

  /** Pushes the offset of the thread's block. */
  thread(): void {
    this.code.getGlobal(this.unit.thread);
  }

  /** Sets `top` and `bottom` from the room there is. */
  place(): void {
    const { code, plan } = this;
    code.getGlobal(this.unit.stackLow);
    code.get(this.room);
    code.op('i32.add');
    code.set(this.top);
    if (plan.frameSize === 0) return;
    code.get(this.top);
    code.i32(plan.frameSize);
    code.op('i32.sub');
    code.set(this.bottom);
  }

  /** The same where the function is about to be left, unless it has been done. */
  placeLate(): void {
    if (!this.#placed) this.place();
  }

  /** As `place` at the beginning of a function that uses its frame. */
  placeEarly(): void {
    if (this.#placed) this.place();
  }

  /** Pushes a register. */
  push(n: number): void {
    const { code } = this;
    if (n < 10) {
      code.get(this.register(n));
    } else if (n === 10) {
      code.get(this.top);
      code.op('i64.extend_i32_u');
      code.wide(BASE);
      code.op('i64.or');
    } else {
      this.thread();
      code.access('i64.load', BLOCK.r0 + n * 8, 3);
    }
  }

  /** Pushes the low half of a register as an i32. */
  pushLow(n: number): void {
    if (n === 10) this.code.get(this.top);
    else {
      this.push(n);
      this.code.op('i32.wrap_i64');
    }
  }

  /** Gives a register the value that `value` pushes. */
  assign(n: number, value: () => void): void {
    this.frameOffset.delete(n);
    if (n < 10) {
      value();
      this.code.set(this.register(n));
    } else {
      this.thread();
      value();
      this.code.access('i64.store', BLOCK.r0 + n * 8, 3);
    }
  }

  /** Begins a block: nothing is known of the registers but what is needed later. */
  begin(block: Block): void {
    this.frameOffset.clear();
    this.#rotations = findRotations(block);
    this.#kept.clear();
    for (const { kept } of this.#rotations.values()) {
      if (!this.#kept.has(kept)) this.#kept.set(kept, this.code.local(I64));
    }
    let set = liveAfter(block, this.plan.live);
    this.#after = [];
    for (let k = block.ops.length - 1; k >= 0; k -= 1) {
      this.#after[k] = set;
      set = liveBefore(block.ops[k]!, set, this.unit.plan.reads);
    }
  }

  /** Keeps what the k-th instruction is about to shift, if it is needed to rotate it. */
  keep(k: number, it: PlacedOp): void {
    const local = this.#kept.get(k);
    if (local === undefined) return;
    this.push(it.dst);
    this.code.set(local);
  }

  /** Gives the k-th instruction's destination a rotated value; false if it does not complete a rotation. */
  rotate(k: number, it: PlacedOp): boolean {
    const rotation = this.#rotations.get(k);
    const local = rotation === undefined ? undefined : this.#kept.get(rotation.kept);
    if (rotation === undefined || local === undefined) return false;
    this.assign(it.dst, () => {
      this.code.get(local);
      this.code.i64(rotation.by);
      this.code.op('i64.rotl');
    });
    return true;
  }

  /** Registers needed after the k-th instruction of the block. */
  after(k: number): Registers {
    return this.#after[k] ?? 0;
  }

  before(k: number, it: PlacedOp): Registers {
    return liveBefore(it, this.after(k), this.unit.plan.reads);
  }

  /** Takes the instructions carried out since the last time off the budget. */
  flush(): void {
    if (this.pending === 0) return;
    const { code } = this;
    if (this.unit.options.fuel) {
      code.get(this.fuel);
      code.i32(this.pending);
      code.op('i32.sub');
      code.set(this.fuel);
    }
    this.pending = 0;
  }

  /** Remembers where the code is about to be left, if it is. */
  mark(site: Site): void {
    this.unit.sites.push(site);
    this.code.i32(this.unit.sites.length - 1);
    this.code.set(this.site);
  }

  /** Writes registers to the thread's block. */
  spill(set: Registers): void {
    for (const n of registersOf(set)) {
      this.thread();
      this.code.get(this.register(n));
      this.code.access('i64.store', BLOCK.r0 + n * 8, 3);
    }
  }

  /** Leaves the thread standing where `site` says, with the registers it needs there. */
  leaveAt(site: Site, live: Registers): void {
    this.spill(live);
    this.mark(site);
    this.code.br(this.leave);
  }

  /** Returns to the caller or host with the thread left. */
  returnLeft(): void {
    const { code } = this;
    if (!this.plan.root) code.i64(0);
    code.i32(LEFT);
    code.op('return');
  }

  /** Where all ways out of the function meet: what the host needs goes into the thread's block. */
  writeLeave(): void {
    const { code } = this;
    const put = (local: number, offset: number): void => {
      this.thread();
      code.get(local);
      code.access('i32.store', offset, 2);
    };
    this.placeLate();
    put(this.site, BLOCK.site);
    put(this.fuel, BLOCK.fuel);
    put(this.top, BLOCK.r10);
    put(this.bottom, BLOCK.sp);
    this.thread();
    code.get(this.address);
    code.access('i64.store', BLOCK.address, 3);
    this.returnLeft();
  }

  /** Fills in what a record below the frame says of this function, which a callee of it has left. */
  fillRecord(next: number, fn: number, live: Registers): void {
    const { code } = this;
    const record = (write: () => void, offset: number): void => {
      code.get(this.at);
      write();
      code.access('i64.store', offset, 3);
    };
    this.placeLate();
    code.get(this.bottom);
    code.i32(FRAME.record);
    code.op('i32.sub');
    code.set(this.at);
    for (const n of registersOf(live)) record(() => this.push(n), (n - 6) * 8);
    record(() => this.push(10), FRAME.savedR10);
    record(() => code.wide(BigInt(next) | (BigInt(fn) << 32n)), FRAME.returnSlot);
  }
}
