import { BLOCK } from '../thread.js';
import type { FunctionContext } from './context.js';
import { LEFT } from './exit-site.js';
import { openClosed } from './frame.js';

/** Returns to the caller or host with the thread left. */
export function returnLeft(cx: FunctionContext): void {
  const { code } = cx;
  openClosed(cx);
  let { scope } = cx;
  while (scope.inlined !== undefined) {
    scope = scope.inlined.caller;
    cx.within(scope, () => openClosed(cx));
  }
  if (!scope.plan.root) code.i64(0);
  code.i32(LEFT);
  code.op('return');
}

/** Where all ways out of a function meet: what the host needs goes into the thread's block. */
export function writeLeave(cx: FunctionContext): void {
  const { code, scope } = cx;
  const put = (push: () => void, offset: number): void => {
    cx.thread();
    push();
    code.access('i32.store', offset, 2);
  };
  put(() => code.get(cx.site), BLOCK.site);
  put(() => code.get(cx.fuel), BLOCK.fuel);
  put(() => cx.pushTop(scope), BLOCK.r10);
  put(() => cx.pushBottom(scope), BLOCK.sp);
  cx.thread();
  code.get(cx.address);
  code.access('i64.store', BLOCK.address, 3);
  returnLeft(cx);
}
