import { bootKernel } from '../kernel/boot/boot.js';
import type { Kernel } from '../kernel/kernel.js';
import type { KernelModel } from '../kernel/model.js';
import type { Environment } from '../lab/environment.js';
import type { EngineFactory } from '../machine/bare.js';
import { codeOfFault, summarizeFault } from '../machine/fault.js';
import { startThread } from '../machine/start.js';
import type { GuardAst, LabAst } from '../syntax/lab-ast.js';
import { errorAt, InputError } from '../text/diagnostic.js';
import { Findings } from '../text/findings.js';
import type { BenchCase } from './cases.js';

export interface MachineSpec {
  readonly lab: LabAst;
  readonly guard: GuardAst;
  readonly model: KernelModel;
  readonly engine: EngineFactory;
  /** CPUs, each with a task that can run the driver. */
  readonly cpus?: number;
  /** Whether to make memory that several threads of the host can use at once. */
  readonly sharedMemory?: boolean;
}

/** Boots the machine of a case under a guard, with statistics off as in the kernel's benchmark. Throws `InputError`. */
export function bootBench(env: Environment, spec: MachineSpec): Kernel {
  const cpus = spec.cpus ?? 1;
  return bootKernel({
    model: spec.model,
    cpus,
    guard: spec.guard,
    kernel: env.kernelFor(spec.model),
    lab: spec.lab,
    stats: false,
    tasks: Array.from({ length: cpus }, (_, cpu) => ({ name: `task ${cpu}`, cpu })),
    engine: spec.engine,
    ...(spec.sharedMemory === true && { sharedMemory: true }),
  });
}

/** A machine for each case and guard. Throws `InputError` with all that is wrong with any of them. */
export function bootAll<T>(
  cases: readonly BenchCase[],
  guards: readonly GuardAst[],
  boot: (bench: BenchCase, guard: GuardAst) => T,
): T[][] {
  const findings = new Findings();
  const machines = cases.map((bench) =>
    guards.flatMap((guard) => findings.attempt(() => [boot(bench, guard)]) ?? []),
  );
  findings.orThrow();
  return machines;
}

/** A case under a guard, ready to be run again and again. */
export interface Prepared {
  /** Triggers `batch` times. Throws if the driver does not return. */
  readonly run: () => void;
  readonly batch: number;
  /** Instructions of one trigger. */
  readonly insns: number;
}

/** Instructions one trigger may take; thousands of times what it does take. */
const BUDGET = 1_000_000;

/** Words of `hits` between two CPUs' counters. */
const HIT_STRIDE = 16;

/** How often programs have counted on a CPU. */
export function hitsOf(kernel: Kernel, cpu: number): bigint {
  return kernel.readGlobal(kernel.globals.get('hits')!, cpu * HIT_STRIDE);
}

/** Calls the driver on a CPU; it triggers `times` times. Throws `InputError` if it does not return. */
export function callDriver(kernel: Kernel, bench: BenchCase, cpu: number, times: number): void {
  const { thread } = kernel.tasks[cpu]!;
  startThread(kernel.machine, thread, kernel.symbols.functionIndex(bench.driver), [BigInt(times)]);
  const stop = kernel.engine.run(thread, BUDGET * times);
  if (stop.kind === 'done') return;
  const where = `${bench.name} under guard ${kernel.guard.name}`;
  throw new InputError(
    stop.kind === 'fault'
      ? errorAt(codeOfFault(stop.fault), `${where}: ${stop.fault.kind}: ${summarizeFault(stop.fault)}`)
      : errorAt('B0702', `${where}: the driver does not return`),
  );
}

/** Makes a booted machine ready, and checks that every trigger is counted. Throws `InputError`. */
export function prepare(kernel: Kernel, bench: BenchCase, batch: number): Prepared {
  const run = (): void => callDriver(kernel, bench, 0, batch);
  const { machine } = kernel;
  const [hits, executed] = [hitsOf(kernel, 0), machine.executed];
  run();
  const counted = Number(hitsOf(kernel, 0) - hits);
  if (counted !== batch) {
    const what = `under guard ${kernel.guard.name} ${counted} of ${batch} triggers of ${bench.name} ran the program`;
    throw new InputError(
      errorAt('B0621', what, { help: 'only a guard that admits all of them can be measured' }),
    );
  }
  return { run, batch, insns: (machine.executed - executed) / batch };
}
