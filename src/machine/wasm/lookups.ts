import type { SlotArray } from '../leaf.js';
import { BLOCK } from '../thread.js';
import { I64, type Label } from './code.js';
import { BASE, type FunctionContext } from './context.js';
import type { PlacedOp } from './graph.js';
import { INDEX_SIZE, testsFor0 } from './pointers.js';
import { knownPlace, type MemoryAddress, testBytes } from './reach.js';
import { Lookup } from './scope.js';
import type { Settled } from './settled.js';

/** Gives r0 what a leaf finds in an array whose index lies at a place. `locals` are told of it. */
function writeSlot(
  cx: FunctionContext,
  { length, first, stride, holds }: SlotArray,
  index: MemoryAddress,
  { at, isMissing } = { at: cx.at, isMissing: cx.bits },
): void {
  const { code } = cx;
  code.get(index.local);
  code.access('i32.load', index.offset);
  code.tee(isMissing);
  code.i32(stride);
  code.op('i32.mul');
  code.i32(first);
  code.op('i32.add');
  code.set(at);
  code.get(isMissing);
  code.i32(length);
  code.op('i32.ge_u');
  code.set(isMissing);
  cx.assign(0, () => {
    if (holds !== 'values') {
      code.get(isMissing);
      code.if(I64);
      code.i64(0);
      code.else();
      code.get(at);
      code.access('i64.load', 0, 3);
      if (holds === 'cpu_values') {
        cx.thread();
        code.access('i64.load', BLOCK.percpu, 3);
        code.op('i64.add');
      }
      code.end();
      return;
    }
    code.i64(0);
    code.get(at);
    code.op('i64.extend_i32_u');
    code.wide(BASE);
    code.op('i64.or');
    code.get(isMissing);
    code.op('select');
  });
}

/** Arrays that are looked for before a leaf is called; in others slots are found by the leaf. */
const MOST_ARRAYS = 4;
const INDEX = { from: 0, span: INDEX_SIZE, bytes: (1n << BigInt(INDEX_SIZE)) - 1n };

/** Finds a slot of one of some arrays, and goes to `done`; goes on where it is none of them, or a fault. */
function writeSlots(cx: FunctionContext, arrays: readonly SlotArray[], done: Label): void {
  const { code } = cx;
  const bad = code.block();
  for (const array of arrays.slice(0, MOST_ARRAYS)) {
    const other = code.block();
    cx.push(1);
    code.wide(BigInt.asIntN(64, array.address));
    code.op('i64.ne');
    code.brIf(other);
    const ok = code.block();
    testBytes(cx, () => cx.push(2), INDEX, ok, bad);
    code.end();
    writeSlot(cx, array, { local: cx.at, offset: 0, known: undefined });
    code.br(done);
    code.end();
  }
  code.end();
}

/** Finds a slot of one of some arrays as a leaf does, which `callLeaf` calls where none of them is meant, or for a fault. */
export function writeLookup(
  cx: FunctionContext,
  it: PlacedOp,
  arrays: readonly SlotArray[],
  callLeaf: () => void,
): void {
  const lookup = cx.unit.finder.slotFound(it, cx.allKnown);
  const index = lookup && knownPlace(cx, 2, 0, INDEX_SIZE);
  if (lookup !== undefined && index !== undefined) {
    writeSlot(cx, lookup.array, index, cx.slotLocals(lookup));
    return;
  }
  const done = cx.code.block();
  writeSlots(cx, arrays, done);
  callLeaf();
  cx.code.end();
}

/** The local that says what a jump asks for: whether a lookup has found nothing. */
export function missing(cx: FunctionContext, it: PlacedOp): number | undefined {
  const base = testsFor0(it) ? cx.known(it.dst)?.base : undefined;
  return base instanceof Lookup && base !== base.found ? cx.slotLocals(base).isMissing : undefined;
}

/**
 * A load of a word that normally stays as it is: where nothing in the unit could change it, the engine looks at it before
 * it enters the unit; elsewhere it is looked at here, and the interpreter goes on where it has changed.
 */
export function writeSettled(cx: FunctionContext, it: PlacedOp, k: number, word: Settled): void {
  const { code, unit } = cx;
  const value = (BigInt(word.high) << 32n) | BigInt(word.low >>> 0);
  unit.settled.push(word);
  if (unit.writesAnywhere()) {
    code.i32(word.at);
    code.access('i64.load', 0, 3);
    code.wide(value);
    code.op('i64.ne');
    code.if();
    cx.leaveAt(
      { kind: 'interpret', slot: it.slot, uncounted: cx.pending - 1, inlined: cx.inlined },
      cx.before(k, it),
    );
    code.end();
  }
  cx.assign(it.dst, () => code.wide(value));
}
