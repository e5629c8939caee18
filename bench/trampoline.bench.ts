import type { Kernel } from '#dist/kernel/kernel.js';
import { startThread } from '#dist/machine/start.js';
import { bootLab, heading, measure, table } from './support.js';

const GUARDS = ['none', 'generic', 'arm64'] as const;
const CASES = ['trig-fentry', 'trig-fexit', 'trig-rawtp'] as const;
/** Triggers in one call of the driver. */
const BATCH = 200;

/** Calls the lab's driver, which triggers BATCH times. */
function driver(kernel: Kernel): () => void {
  const fn = kernel.symbols.functionIndex('trigger_driver');
  const { thread } = kernel.tasks[0]!;
  return () => {
    startThread(kernel.machine, thread, fn, [BigInt(BATCH)]);
    const stop = kernel.interpreter.run(thread, 1e9);
    if (stop.kind !== 'done') throw new Error(`the driver ended with ${stop.kind}`);
  };
}

function insnsOf(kernel: Kernel, run: () => void): number {
  const before = kernel.machine.executed;
  run();
  return (kernel.machine.executed - before) / BATCH;
}

/** One traced call under each guard beside the same call untraced. */
export async function trampolineSuite(): Promise<void> {
  heading(
    'One traced call on the interpreter (untraced: trig-kernel-count, whose driver counts instead of the program)',
  );
  const cases = CASES.flatMap((name) => GUARDS.map((guard) => ({ name, guard })));
  const booted = [{ name: 'trig-kernel-count', guard: 'none' as const }, ...cases].map(({ name, guard }) => {
    const { kernel } = bootLab(`bench/${name}.bpf`, { guardName: guard, stats: false });
    const run = driver(kernel);
    return { name, guard, run, insns: insnsOf(kernel, run) };
  });
  const measured = await measure(booted.map((b) => ({ name: `${b.name} ${b.guard}`, run: b.run })));
  const perCall = measured.map((m) => m.median / BATCH);
  const untraced = perCall[0]!;
  const generic = new Map(
    booted.map((b, i) => [b.name, b.guard === 'generic' ? i : -1] as const).filter(([, i]) => i >= 0),
  );
  table(
    booted.map((b, i) => ({
      case: b.name,
      guard: i === 0 ? '-' : b.guard,
      'ns/call': perCall[i]!.toFixed(1),
      '+-': (measured[i]!.spread / BATCH).toFixed(1),
      insns: b.insns.toFixed(1),
      'x untraced': (perCall[i]! / untraced).toFixed(2),
      'x generic': generic.has(b.name) ? (perCall[i]! / perCall[generic.get(b.name)!]!).toFixed(2) : '-',
    })),
  );
}
