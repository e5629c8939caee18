import { wideValue } from '../../isa/insn.js';
import { BLOCK } from '../thread.js';
import { writeIndirectCall, writeLeafCall, writeLocalCall } from './calls.js';
import { I32 } from './code.js';
import { compute, writeComputed } from './compute.js';
import { FunctionContext } from './context.js';
import { Coverage } from './coverage.js';
import { writeDispatched } from './dispatch.js';
import type { Nestable } from './dominators.js';
import { enterCalled, enterRoot } from './enter.js';
import { type Flow, follow, nestable, writeStructured } from './flow.js';
import { closeFrame } from './frame.js';
import { writeGate } from './gate.js';
import type { Block, PlacedOp } from './graph.js';
import { writeLeave } from './leave.js';
import { missing } from './lookups.js';
import { writeLoad, writeLock, writeStore, writeThisCpu } from './memory.js';
import type { FunctionPlan } from './plan.js';
import { gotox, mayGoto, writeCompareExchange, writeLoadAcquire, writeStoreRelease } from './rare.js';
import { type Condition, writeSkipped } from './select.js';
import { skippedBy } from './skip.js';
import type { UnitContext } from './unit-context.js';

/** Pushes whether a jump that compares with a constant is taken, or is not. */
function writeTest(cx: FunctionContext, it: PlacedOp, isOpposite: boolean): void {
  const isMissing = missing(cx, it);
  if (isMissing === undefined) writeComputed(cx, it, true, isOpposite);
  else {
    cx.code.get(isMissing);
    if ((it.op.text !== '==') !== isOpposite) cx.code.op('i32.eqz');
  }
}

/** A jump of two ways: `condition` pushes whether to take the first. */
function branch(cx: FunctionContext, block: Block, flow: Flow, condition: Condition): void {
  const { code } = cx;
  const [taken, other] = block.out;
  if (taken === undefined || other === undefined) throw new Error('a conditional jump has two edges');
  const jump = block.ops.at(-1)!;
  const skipped = jump.op.form === 'may_goto' ? undefined : skippedBy(block, flow.merges);
  if (skipped !== undefined) {
    writeSkipped(cx, jump, skipped, condition, (it, k) => void writeOp(cx, it, k, skipped.block, flow));
    follow(cx, skipped.next, flow);
    return;
  }
  const { pending } = cx;
  condition(false);
  code.if();
  follow(cx, taken, flow);
  code.end();
  cx.pending = pending;
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

/** Writes the k-th instruction of a block; true if control does not go on to the next. */
function writeOp(cx: FunctionContext, it: PlacedOp, k: number, block: Block, flow: Flow): boolean {
  const ends = writeForm(cx, it, k, block, flow);
  cx.learn(it);
  return ends;
}

function writeForm(cx: FunctionContext, it: PlacedOp, k: number, block: Block, flow: Flow): boolean {
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
      branch(cx, block, flow, (isOpposite) => writeTest(cx, it, isOpposite));
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

/** Writes all blocks of the function that the context is in, nested as far as that can be. */
function writeBlocks(cx: FunctionContext, nested: Nestable | undefined): void {
  const write = (block: Block, flow: Flow): void => writeBlock(cx, block, flow);
  if (nested === undefined) writeDispatched(cx, write, cx.code.local(I32));
  else writeStructured(cx, nested, write);
}

/** The function that the context is in as nested loops and blocks, if it is to be written so. */
function nestableHere(cx: FunctionContext): Nestable | undefined {
  const dispatch = cx.unit.options.flow === 'dispatch' && cx.scope.inlined === undefined;
  return dispatch ? undefined : nestable(cx);
}

/** The body of a function, as the code section holds it. */
export function writeFunction(unit: UnitContext, plan: FunctionPlan): Uint8Array<ArrayBuffer> {
  const cx = new FunctionContext(unit, plan, (body) => writeBlocks(body, nestableHere(body)));
  const { code } = cx;
  const nested = nestableHere(cx);
  const { graph } = nested ?? plan;
  // Elsewhere it is not worth what it takes to find out: 0 to 2 % of a traced call.
  const looksUp = [...unit.plan.leaves].some((leaf) => unit.finder.arraysOf(leaf) !== undefined);
  cx.coverage = looksUp ? new Coverage(unit, plan, graph) : undefined;
  const need = cx.coverage?.need(graph.root) ?? 0;
  if (plan.root) enterRoot(cx, need);
  else enterCalled(cx, need);
  writeBlocks(cx, nested);
  code.end();
  writeLeave(cx);
  return code.finish();
}
