import { KERNEL_HIGH } from '../memory.js';
import { FRAME } from '../stack.js';
import { BLOCK } from '../thread.js';
import { NO_BLOCK } from './block-state.js';
import { Code, I32, I64, type Label } from './code.js';
import { type Coverage, longestBody } from './coverage.js';
import { asksForCurrent } from './current.js';
import type { ExitSite, InlinedFrame } from './exit-site.js';
import type { Block, PlacedOp } from './graph.js';
import { findGroups } from './groups.js';
import { type Cover, type Flowing, Knowledge } from './knowledge.js';
import { liveAfter, before as liveBefore, type RegisterSet } from './live.js';
import type { FunctionPlan } from './plan.js';
import { knownAt, NOTHING_KNOWN } from './pointers.js';
import { findRotations } from './rotate.js';
import {
  type Inlined,
  inlinedBodies,
  type Known,
  type KnownRegisters,
  type Lookup,
  type Scope,
  usesFrame,
} from './scope.js';
import { registersOf, signatureOf, type UnitContext } from './unit-context.js';

/** The kernel's address space begins here; see memory.ts. */
export const BASE = BigInt(KERNEL_HIGH) << 32n;

/** What is known while a function is written. */
export class FunctionContext {
  readonly unit: UnitContext;
  readonly code: Code;
  /** Local: bytes of stack below the frame's end; what is left of them below the frame is for callees. */
  readonly room: number;
  readonly fuel: number;
  /** Address of an access less the base of the kernel's addresses, and its offset in memory. */
  readonly address: number;
  readonly at: number;
  readonly site: number;
  readonly bits: number;
  readonly wide: number;
  /** Local: offset of the current task's structure, where that is asked for. */
  readonly current: number | undefined;
  /** What is known of the registers before the instruction that is being written. */
  #known: KnownRegisters = NOTHING_KNOWN;
  /** Instructions carried out since the budget was last brought up to date. */
  pending = 0;
  /** What checks of the budget cover, outside of bodies; undefined where each body checks for itself. */
  coverage: Coverage | undefined;
  #isCovered = false;
  readonly #slots = new Map<Lookup, Readonly<Record<'at' | 'isMissing', number>>>();
  #scope: Scope;
  #block = NO_BLOCK;
  /** What is known along the ways through the function in scope; undefined where its blocks are not nested. */
  #flowing: Flowing | undefined;
  readonly #registers: number[] = [];
  readonly #writeBlocks: (cx: FunctionContext) => void;

  constructor(unit: UnitContext, plan: FunctionPlan, writeBlocks: (cx: FunctionContext) => void) {
    this.unit = unit;
    this.#writeBlocks = writeBlocks;
    const { params } = signatureOf(plan);
    this.code = new Code(params.length);
    this.fuel = 1;
    if (plan.root) this.room = this.code.local(I32);
    else {
      this.room = 0;
      registersOf(plan.live[0]!).forEach((n, i) => {
        this.#registers[n] = 2 + i;
      });
    }
    this.at = this.code.local(I32);
    this.site = this.code.local(I32);
    this.bits = this.code.local(I32);
    this.address = this.code.local(I64);
    this.wide = this.code.local(I64);
    this.current = asksForCurrent(unit, plan) ? this.code.local(I32) : undefined;
    this.#scope = this.newScope(plan, this.code.block());
  }

  /** Writes all blocks of the function in whose scope this is. */
  writeBlocks(): void {
    this.#writeBlocks(this);
  }

  newScope(plan: FunctionPlan, leave: Label, inlined?: Inlined): Scope {
    const top = this.code.local(I32);
    const bottom = plan.frameSize === 0 ? top : this.code.local(I32);
    const part = this.unit.closedOf(plan);
    const scope: Scope = {
      ...{ plan, top, bottom, leave, placed: plan.root || usesFrame(plan), known: [] },
      closed: part?.size ?? 0,
      slots: new Map(part?.slots.map((slot) => [slot.at, { ...slot, local: this.code.local(I64) }])),
      ...(inlined && { inlined }),
    };
    // A body that is inlined begins with what is known where it is called.
    scope.known = this.unit.finder.atBlocks(scope, plan.graph, this.#known);
    return scope;
  }

  /** The way out to the host. */
  get leave(): Label {
    return this.#scope.leave;
  }

  /** The local in which a place in the frame is, from what a base register holds; undefined for what is in memory. */
  slot(base: number, off: number, size: number): number | undefined {
    const known = this.known(base);
    const slot = known?.base === this.#scope ? this.#scope.slots.get(known.plus + off) : undefined;
    return slot?.size === size ? slot.local : undefined;
  }

  /** Writes something in another function's place. */
  within(scope: Scope, write: () => void): void {
    const [before, block, flowing, known] = [this.#scope, this.#block, this.#flowing, this.#known];
    this.#scope = scope;
    this.#flowing = undefined;
    write();
    this.#scope = before;
    this.#block = block;
    this.#flowing = flowing;
    this.#known = known;
  }

  get scope(): Scope {
    return this.#scope;
  }

  /** Frames that the host has to fill in if the instruction being written faults. */
  get inlined(): readonly InlinedFrame[] {
    return this.#scope.inlined?.frames ?? [];
  }

  get plan(): FunctionPlan {
    return this.#scope.plan;
  }

  get top(): number {
    return this.#scope.top;
  }

  get bottom(): number {
    return this.#scope.bottom;
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

  /** Pushes the offset of the thread's block, which the host gives to the function that it enters: in others local 0 is the room. */
  thread(): void {
    if (this.room === 0) this.code.getGlobal(this.unit.thread);
    else this.code.get(0);
  }

  /** Pushes the offset of the byte after a frame. */
  pushTop(scope: Scope, known = scope.placed): void {
    const { code } = this;
    if (known) code.get(scope.top);
    else if (scope.inlined === undefined) {
      code.getGlobal(this.unit.stackLow);
      code.get(this.room);
      code.op('i32.add');
    } else {
      this.pushBottom(scope.inlined.caller);
      code.i32(FRAME.record);
      code.op('i32.sub');
    }
  }

  /** Pushes the offset of a frame's first byte. */
  pushBottom(scope: Scope): void {
    const { code } = this;
    if (scope.placed) code.get(scope.bottom);
    else {
      this.pushTop(scope);
      code.i32(scope.plan.frameSize);
      code.op('i32.sub');
    }
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
    if (n < 10) {
      value();
      this.code.set(this.register(n));
    } else {
      this.thread();
      value();
      this.code.access('i64.store', BLOCK.r0 + n * 8, 3);
    }
  }

  /** Says how to find out what is known at the beginnings of blocks, which have to be begun after those they follow. */
  flowAlong(flowing: Flowing): void {
    this.#flowing = flowing;
  }

  /** Passes a block that has no instructions. */
  pass(block: Block): void {
    const flowing = this.#flowing;
    flowing?.after(block, flowing.before(block));
  }

  /** What a register is known to hold, r0 to r10. */
  known(n: number): Known | undefined {
    return n === 10 ? { base: this.#scope, plus: 0 } : this.#known[n];
  }

  /** Whether a body here has enough of the budget for sure. */
  get isCovered(): boolean {
    return this.#scope.inlined === undefined ? this.#isCovered : this.#scope.inlined.covered;
  }

  /** The locals that say of a slot where it is in memory, and whether there is none. */
  slotLocals({ found }: Lookup): Readonly<Record<'at' | 'isMissing', number>> {
    const locals = this.#slots.get(found) ?? { at: this.code.local(I32), isMissing: this.code.local(I32) };
    this.#slots.set(found, locals);
    return locals;
  }

  get allKnown(): KnownRegisters {
    return this.#known;
  }

  /** Takes an instruction into account that has been written. */
  learn(it: PlacedOp): void {
    this.#known = this.unit.finder.after(this.#scope, it, this.#known);
    if (
      this.#isCovered &&
      this.#scope.inlined === undefined &&
      longestBody(this.unit, this.plan, it) === undefined
    )
      this.#isCovered = false;
  }

  /** Begins a block: what is known of the registers is what is known on all ways to it. */
  begin(block: Block): void {
    this.#known = knownAt(block, this.#scope.known);
    if (this.#scope.inlined === undefined) this.#isCovered = this.coverage?.covers(block) === true;
    const known = this.#flowing?.before(block) ?? Knowledge.begin();
    const rotations = findRotations(block);
    const kept = new Map<number, number>();
    for (const rotation of rotations.values()) {
      if (!kept.has(rotation.kept)) kept.set(rotation.kept, this.code.local(I64));
    }
    let set = liveAfter(block, this.plan.live);
    const after: RegisterSet[] = [];
    for (let k = block.ops.length - 1; k >= 0; k -= 1) {
      after[k] = set;
      set = liveBefore(block.ops[k]!, set, this.unit.plan.reads);
    }
    const kinds = {
      isAlone: (of: Block, k: number) => this.isTestedAlone(of.ops[k]!) || of.proved?.has(k) === true,
      isLoud: this.unit.isLoud,
    };
    const covers = findGroups(block, known, kinds, () => this.#flowing?.ahead(block, known));
    this.#flowing?.after(block, known);
    this.#block = { after, rotations, kept, covers, proved: block.proved ?? NO_BLOCK.proved };
  }

  /** Whether an access has to be tested where it is, or not at all. */
  isTestedAlone(it: PlacedOp): boolean {
    const { alignment, text } = this.unit.machine;
    // Where plain accesses must be aligned, each has a second test of its own.
    return alignment.plain || !this.unit.options.shadow || text.isGuarded(it.slot);
  }

  isProved(k: number): boolean {
    return this.#block.proved.has(k);
  }

  /** The accesses that the k-th instruction of the block is tested with, or was before; undefined if it is tested alone. */
  cover(k: number): Cover | undefined {
    return this.#block.covers.get(k);
  }

  /** Keeps what the k-th instruction is about to shift, if it is needed to rotate it. */
  keep(k: number, it: PlacedOp): void {
    const local = this.#block.kept.get(k);
    if (local === undefined) return;
    this.push(it.dst);
    this.code.set(local);
  }

  /** Gives the k-th instruction's destination a rotated value; false if it does not complete a rotation. */
  rotate(k: number, it: PlacedOp): boolean {
    const rotation = this.#block.rotations.get(k);
    const local = rotation === undefined ? undefined : this.#block.kept.get(rotation.kept);
    if (rotation === undefined || local === undefined) return false;
    this.assign(it.dst, () => {
      this.code.get(local);
      this.code.i64(rotation.by);
      this.code.op('i64.rotl');
    });
    return true;
  }

  /** Registers needed after the k-th instruction of the block. */
  after(k: number): RegisterSet {
    return this.#block.after[k] ?? 0;
  }

  before(k: number, it: PlacedOp): RegisterSet {
    return liveBefore(it, this.after(k), this.unit.plan.reads);
  }

  /** Takes the instructions carried out since the last time off the budget. */
  flush(): void {
    this.flushTo(0);
  }

  /** Takes so many off the budget, or gives them back, that `rest` have not been taken. */
  flushTo(rest: number): void {
    const { code } = this;
    if (this.pending !== rest && this.unit.options.fuel) {
      code.get(this.fuel);
      code.i32(this.pending - rest);
      code.op('i32.sub');
      code.set(this.fuel);
    }
    this.pending = rest;
  }

  /** Remembers where the code is about to be left, if it is. */
  mark(site: ExitSite): void {
    this.unit.sites.push(site);
    this.code.i32(this.unit.sites.length - 1);
    this.code.set(this.site);
  }

  /** Writes registers to the thread's block. */
  spill(set: RegisterSet): void {
    for (const n of registersOf(set)) {
      this.thread();
      this.code.get(this.register(n));
      this.code.access('i64.store', BLOCK.r0 + n * 8, 3);
    }
  }

  /** Leaves the thread where `site` says, with the registers it needs there. */
  leaveAt(site: ExitSite, live: RegisterSet): void {
    this.#saveForCallers();
    this.spill(live);
    this.mark(site);
    // So that no address that was tested before has to be kept until here.
    this.code.i64(0);
    this.code.set(this.address);
    this.code.br(this.leave);
  }

  /** Writes the registers that callers of inlined bodies have saved into the records of the bodies' frames. */
  #saveForCallers(): void {
    const { code } = this;
    for (const { body, holders } of inlinedBodies(this.#scope.inlined, (n) => this.register(n))) {
      this.pushBottom(body.caller);
      code.i32(FRAME.record);
      code.op('i32.sub');
      code.set(this.at);
      for (const { n, local } of holders) {
        code.get(this.at);
        code.get(local);
        code.access('i64.store', (n - 6) * 8, 3);
      }
    }
  }
}
