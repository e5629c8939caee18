import { CASES, DEFAULT_GUARDS } from '../../bench/cases.js';
import { timerOf } from '../../bench/clock.js';
import { QUICK_LIMIT, quickSeconds, timingPlanFor } from '../../bench/rounds.js';
import { runBench } from '../../bench/run.js';
import { DEFAULT_MODEL } from '../../kernel/model.js';
import { type Environment, modelNamed, parseOrThrow } from '../../lab/environment.js';
import { formatBench } from '../../report/bench.js';
import { benchToSvg } from '../../report/bench-svg.js';
import type { Source } from '../../text/source.js';
import { baseName } from '../files.js';
import type { BenchMessage } from '../protocol/protocol.js';
import { sources } from './shipped.js';

/** The labs of the benchmark, by name. */
function benchLabs(): ReadonlyMap<string, Source> {
  const files: Record<string, string> = import.meta.glob('../../../programs/bench/*.bpf', {
    query: '?raw',
    import: 'default',
    eager: true,
  });
  const named = Object.entries(files).map(([path, text]) => [baseName(path).slice(0, -'.bpf'.length), text]);
  return sources(Object.fromEntries(named), 'bench');
}

/** Pixels that a plot may be wide in a narrow window. */
const NARROW = 360;

const now = (): number => performance.now();

/** Measures what `tinybpf bench --quick` does, on this browser's engine. */
export async function quickBench(
  environment: Environment,
  tell: (message: BenchMessage) => void,
): Promise<void> {
  const labs = benchLabs();
  const guards = DEFAULT_GUARDS.map((name) => environment.guard(name, { declarations: [] }));
  const timer = timerOf(now);
  const seconds = quickSeconds(CASES.length * guards.length);
  const result = await runBench(environment, {
    cases: CASES,
    guards,
    model: modelNamed(DEFAULT_MODEL),
    engine: 'wasm',
    schedule: { ...timingPlanFor(seconds, timer), until: now() + QUICK_LIMIT * 1000 },
    lab: (name) => parseOrThrow(labs.get(name)!),
    timer,
    progress: (done, all, cell) =>
      tell({
        kind: 'progress',
        done,
        all,
        what: `${CASES[cell.bench]!.name} ${guards[cell.guard]!.name.name}`,
      }),
  });
  const [svg, narrow] = [benchToSvg(result), benchToSvg(result, NARROW)];
  tell({ kind: 'measured', text: formatBench(result), svg, narrow });
}
