import type { Label } from './code.js';
import type { FunctionContext } from './context.js';
import { type Flow, follow } from './flow.js';
import type { Block, Gate } from './graph.js';
import { testBytes } from './reach.js';

/** Goes to `bad` where something is not as a gate asks for. */
function testGate(cx: FunctionContext, { budget, streams, below }: Gate, bad: Label): void {
  const { code } = cx;
  code.get(cx.fuel);
  code.i32(budget);
  code.op('i32.le_s');
  code.brIf(bad);
  for (const [n, most] of below) {
    cx.push(n);
    code.wide(BigInt(most));
    code.op('i64.gt_u');
    code.brIf(bad);
  }
  for (const stream of streams) {
    const ok = code.block();
    testBytes(cx, () => pushSum(cx, stream.times), stream, ok, bad);
    code.end();
  }
}

/** Pushes a sum of registers, each times a number. */
function pushSum(cx: FunctionContext, times: ReadonlyMap<number, number>): void {
  const { code } = cx;
  for (const [i, [n, by]] of [...times].entries()) {
    cx.push(n);
    if (by !== 1) {
      code.i64(by);
      code.op('i64.mul');
    }
    if (i > 0) code.op('i64.add');
  }
}

/** Goes the first way where all is as it needs it, so that it asks for nothing itself. */
export function writeGate(cx: FunctionContext, block: Block, gate: Gate, flow: Flow): void {
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
