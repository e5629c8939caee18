import { wideValue } from '../../isa/insn.js';
import { FRAME, MAX_LOOPS } from '../stack.js';
import { BLOCK } from '../thread.js';
import { writeIndirectCall, writeLeafCall, writeLocalCall } from './calls.js';
import { I32, I64 } from './code.js';
import { compute, writeComputed } from './compute.js';
import { FunctionContext } from './context.js';
import { OVERFLOW } from './exit-site.js';
import { type Flow, follow, writeDispatched, writeStructured } from './flow.js';
import { closeFrame, closePart, openFrame } from './frame.js';
import type { Block, Gate, PlacedOp } from './graph.js';
import { writeLeave } from './leave.js';
import { ALL } from './live.js';
import {
  writeCompareExchange,
  writeLoad,
  writeLoadAcquire,
  writeLock,
  writeStore,
  writeStoreRelease,
  writeThisCpu,
} from './memory.js';
import type { FunctionPlan } from './plan.js';
import { testGate } from './reach.js';
import { type Skipped, skippedBy } from './skip.js';
import { registersOf, type UnitContext } from './unit-context.js';

/** Pushes whether a `may_goto` loop has to end; counts the pass if not. */
function mayGoto(cx: FunctionContext): void {
  const { code } = cx;
  code.get(cx.top);
  code.access('i32.load', FRAME.mayGoto, 2);
  code.tee(cx.at);
  code.i32(MAX_LOOPS);
  code.op('i32.ge_s');
  code.if(I32);
  code.i32(1);
  code.else();
  code.get(cx.top);
  code.get(cx.at);
  code.i32(1);
  code.op('i32.add');
  code.access('i32.store', FRAME.mayGoto, 2);
  code.i32(0);
  code.end();
}

/**
 * Carries out what a jump skips in any case, and keeps what it has changed where it is not to be skipped. `condition`
 * pushes whether it is, or whether it is not.
 */
function select(cx: FunctionContext, skipped: Skipped, flow: Flow, condition: Condition): void {
  const { code } = cx;
  const { block, ops, next, changes } = skipped;
  const isSkipped = code.local(I32);
  condition(false);
  code.set(isSkipped);
  if (cx.unit.options.fuel) {
    // Not by the same comparison as below: V8 selects at once by one that is used once.
    code.get(cx.fuel);
    condition(true);
    if (block.ops.length > 1) {
      code.i32(block.ops.length);
      code.op('i32.mul');
    }
    code.op('i32.sub');
    code.set(cx.fuel);
  }
  const before = registersOf(changes).map((n) => ({ n, local: code.local(I64) }));
  for (const { n, local } of before) {
    cx.push(n);
    code.set(local);
  }
  cx.begin(block);
  const { pending } = cx;
  for (const [k, it] of ops.entries()) writeOp(cx, it, k, block, flow);
  cx.pending = pending;
  for (const { n, local } of before) {
    cx.assign(n, () => {
      code.get(local);
      cx.push(n);
      code.get(isSkipped);
      code.op('select');
    });
  }
  follow(cx, { to: next, check: false }, flow);
}

/** Pushes whether a condition holds, or does not. */
type Condition = (isOpposite: boolean) => void;

/** A jump of two ways: `condition` pushes whether to take the first. */
function branch(cx: FunctionContext, block: Block, flow: Flow, condition: Condition): void {
  const { code } = cx;
  const [taken, other] = block.out;
  if (taken === undefined || other === undefined) throw new Error('a conditional jump has two edges');
  const skipped = block.ops.at(-1)!.op.form === 'may_goto' ? undefined : skippedBy(block, flow.merges);
  if (skipped !== undefined) {
    select(cx, skipped, flow, condition);
    return;
  }
  const { pending } = cx;
  condition(false);
  code.if();
  follow(cx, taken, flow);
  code.end();
  cx.pending = pending;
  cx.frameOffset.clear();
  follow(cx, other, flow);
}

function exit(cx: FunctionContext): void {
  const { code } = cx;
  const { inlined } = cx.scope;
  if (inlined !== undefined) {
    inlined.pending ??= cx.pending;
    cx.flushTo(inlined.pending);
    code.br(inlined.back);
    return;
  }
  cx.flush();
  if (cx.plan.root) {
    cx.spill(1);
    code.get(cx.fuel);
  } else {
    closeFrame(cx);
    code.get(cx.register(0));
    code.get(cx.fuel);
  }
  code.op('return');
}

function gotox(cx: FunctionContext, it: PlacedOp, block: Block, flow: Flow): void {
  const { code, unit } = cx;
  cx.flush();
  for (const edge of block.out) {
    cx.push(it.dst);
    code.wide(unit.machine.text.addressOfSlot(edge.to.slot));
    code.op('i64.eq');
    code.if();
    follow(cx, edge, flow);
    code.end();
  }
  cx.leaveAt({ kind: 'interpret', slot: it.slot, uncounted: -1, inlined: cx.inlined }, ALL);
}

/** Writes the k-th instruction of a block; true if control does not go on to the next. */
function writeOp(cx: FunctionContext, it: PlacedOp, k: number, block: Block, flow: Flow): boolean {
  const { code } = cx;
  const { op } = it;
  cx.pending += 1;
  switch (op.form) {
    case 'mov_imm':
    case 'alu_imm':
      cx.keep(k, it);
      compute(cx, it, true);
      return false;
    case 'alu_reg':
      if (!cx.rotate(k, it)) compute(cx, it, false);
      return false;
    case 'mov_reg':
    case 'extend':
    case 'cast':
    case 'neg':
    case 'swap':
      compute(cx, it, false);
      return false;
    case 'percpu':
      cx.assign(it.dst, () => {
        cx.push(it.src);
        cx.thread();
        code.access('i64.load', BLOCK.percpu, 3);
        code.op('i64.add');
      });
      return false;
    case 'wide':
      cx.assign(it.dst, () => code.wide(wideValue(it)));
      return false;
    case 'goto':
    case 'gotol':
      follow(cx, block.out[0]!, flow);
      return true;
    case 'may_goto':
      branch(cx, block, flow, () => mayGoto(cx));
      return true;
    case 'jump_imm':
      branch(cx, block, flow, (isOpposite) => writeComputed(cx, it, true, isOpposite));
      return true;
    case 'jump_reg':
      branch(cx, block, flow, (isOpposite) => writeComputed(cx, it, false, isOpposite));
      return true;
    case 'gotox':
      gotox(cx, it, block, flow);
      return true;
    case 'call_local':
      writeLocalCall(cx, it, k);
      return false;
    case 'callx':
      writeIndirectCall(cx, it, k);
      return false;
    case 'call_helper':
      writeLeafCall(cx, it, k);
      return false;
    case 'exit':
      exit(cx);
      return true;
    case 'load':
      writeLoad(cx, it, k);
      return false;
    case 'store_reg':
      writeStore(cx, it, k, () => cx.push(it.src));
      return false;
    case 'store_imm':
      writeStore(cx, it, k, () => code.i64(it.imm));
      return false;
    case 'lock':
      writeLock(cx, it, k, false);
      return false;
    case 'fetch':
    case 'xchg':
      writeLock(cx, it, k, true);
      return false;
    case 'cmpxchg':
      writeCompareExchange(cx, it, k);
      return false;
    case 'acquire':
      writeLoadAcquire(cx, it, k);
      return false;
    case 'release':
      writeStoreRelease(cx, it, k);
      return false;
    case 'this_cpu':
      writeThisCpu(cx, it, k, false);
      return false;
    case 'this_cpu_fetch':
      writeThisCpu(cx, it, k, true);
      return false;
    case 'pseudo':
    case 'call_kfunc':
    case 'packet_abs':
    case 'packet_ind':
      cx.pending -= 1;
      cx.leaveAt({ kind: 'interpret', slot: it.slot, uncounted: cx.pending, inlined: cx.inlined }, 0);
      return true;
    default:
      return op.form satisfies never;
  }
}

/** Goes the first way where all is as it needs it, so that it asks for nothing itself. */
function writeGate(cx: FunctionContext, block: Block, gate: Gate, flow: Flow): void {
  const { code } = cx;
  const [fast, rest] = block.out;
  if (fast === undefined || rest === undefined) throw new Error('a gate has two edges');
  cx.pass(block);
  cx.flush();
  const bad = code.block();
  testGate(cx, gate, bad);
  follow(cx, fast, flow);
  code.end();
  cx.pending = 0;
  follow(cx, rest, flow);
}

function writeBlock(cx: FunctionContext, block: Block, flow: Flow): void {
  if (flow.merges(block)) cx.pending = flow.arriving(block, 0);
  if (block.gate !== undefined) {
    writeGate(cx, block, block.gate, flow);
    return;
  }
  cx.begin(block);
  for (const [k, it] of block.ops.entries()) {
    if (writeOp(cx, it, k, block, flow)) return;
  }
  follow(cx, block.out[0]!, flow);
}

/** Where the host comes in: frame and registers are in memory. */
function enterRoot(cx: FunctionContext): void {
  const { code, unit, plan } = cx;
  const load = (offset: number): void => {
    code.get(0);
    code.access('i32.load', offset, 2);
  };
  code.get(0);
  code.setGlobal(unit.thread);
  load(BLOCK.stackLow);
  code.setGlobal(unit.stackLow);
  load(BLOCK.r10);
  load(BLOCK.stackLow);
  code.op('i32.sub');
  code.set(cx.room);
  cx.place();
  closePart(cx);
  for (const n of registersOf(plan.live[0]!)) {
    code.get(0);
    code.access('i64.load', BLOCK.r0 + n * 8, 3);
    code.set(cx.register(n));
  }
}

/**
 * Where a caller comes in. As in the interpreter, it is checked first whether there is room for the frame, and once
 * that is open, whether the budget is used up; one test tells that all is well.
 */
function enterCalled(cx: FunctionContext): void {
  const { code, plan } = cx;
  const roomBelow = (): void => {
    code.get(cx.room);
    if (plan.frameSize === 0) return;
    code.i32(plan.frameSize);
    code.op('i32.sub');
  };
  roomBelow();
  code.get(cx.fuel);
  code.i32(1);
  code.ops('i32.sub', 'i32.or');
  code.i32(0);
  code.op('i32.lt_s');
  code.if();
  roomBelow();
  code.i32(0);
  code.op('i32.lt_s');
  code.if();
  code.get(cx.fuel);
  code.op('i64.extend_i32_s');
  code.i32(OVERFLOW);
  code.op('return');
  code.end();
  cx.place();
  openFrame(cx);
  cx.leaveAt({ kind: 'budget', slot: plan.slot, inlined: [] }, plan.live[0]!);
  code.end();
  cx.place();
  openFrame(cx);
}

/** Writes all blocks of the function that the context is in. */
function writeBlocks(cx: FunctionContext): void {
  const write = (block: Block, flow: Flow): void => writeBlock(cx, block, flow);
  const dispatch = cx.unit.options.flow === 'dispatch' && cx.scope.inlined === undefined;
  if (dispatch || !writeStructured(cx, write)) writeDispatched(cx, write, cx.code.local(I32));
}

/** The body of a function, as the code section holds it. */
export function writeFunction(unit: UnitContext, plan: FunctionPlan): Uint8Array<ArrayBuffer> {
  const cx = new FunctionContext(unit, plan, writeBlocks);
  const { code } = cx;
  if (plan.root) enterRoot(cx);
  else enterCalled(cx);
  cx.writeBlocks();
  code.end();
  writeLeave(cx);
  return code.finish();
}
