import { CASES } from '../src/bench/cases.js';
import { prepare } from '../src/bench/prepare.js';
import { MEASURING_ENGINES } from '../src/machine/engines.js';
import { bootCase, heading, measure, table } from './support.js';

const GUARDS = ['none', 'generic', 'arm64'] as const;
/** Triggers in one call of the driver. */
const BATCHES = { interp: 200, wasm: 4000 } as const;

/** Every case under each guard on both engines; `tinybpf bench` measures guards more carefully. */
export async function trampolineSuite(): Promise<void> {
  heading('One trigger on both engines (untraced: trig-kernel-count, whose driver counts)');
  const cells = CASES.flatMap((bench) =>
    GUARDS.filter((guard) => bench.usesGuard || guard === 'none').map((guard) => {
      const engines = (['interp', 'wasm'] as const).map((engine) =>
        prepare(bootCase(bench.name, guard, MEASURING_ENGINES[engine]!), bench, BATCHES[engine]),
      );
      return { bench, guard, engines };
    }),
  );
  const runs = cells.flatMap((c, i) => c.engines.map(({ run }, k) => ({ name: `${i} ${k}`, run })));
  const measured = await measure(runs, 5, 40, 4);
  const of = (i: number, k: number): number => measured[i * 2 + k]!.median / cells[i]!.engines[k]!.batch;
  table(
    cells.map(({ bench, guard, engines }, i) => ({
      case: bench.name,
      guard: bench.usesGuard ? guard : '-',
      insns: engines[0]!.insns.toFixed(1),
      interp: of(i, 0).toFixed(0),
      wasm: of(i, 1).toFixed(1),
      'interp/wasm': (of(i, 0) / of(i, 1)).toFixed(1),
      'ns an insn': (of(i, 1) / engines[1]!.insns).toFixed(3),
      'wasm x untraced': (of(i, 1) / of(0, 1)).toFixed(2),
    })),
  );
}
