import type { FunctionContext } from './context.js';
import type { Flow, WriteBlock } from './flow.js';

/**
 * Writes a function as a loop around a jump table: every block can be gone to from every other. It expresses any graph,
 * and is slower than nesting: 2.0 against 1.3 times as long as C on the computing programs of bench/wasm.bench.ts.
 */
export function writeDispatched(cx: FunctionContext, write: WriteBlock, next: number): void {
  const { code, plan } = cx;
  const { blocks } = plan.graph;
  cx.flush();
  const loop = code.loop();
  const labels = blocks.map(() => code.block()).toReversed();
  code.get(next);
  code.brTable(labels);
  const flow: Flow = {
    merges: () => true,
    arriving: () => 0,
    go: (to) => {
      code.i32(to.order);
      code.set(next);
      code.br(loop);
    },
  };
  for (const block of blocks) {
    code.end();
    write(block, flow);
  }
  code.end();
}
