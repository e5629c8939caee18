/** A benchmark case: a lab in programs/bench, whose driver triggers the program as often as it is told; or a call of a user's lab. */
export interface BenchCase {
  /** As the kernel's own benchmark calls it; the lab has the same name. */
  readonly name: string;
  /** The function that loops over the trigger; it takes the number of times. */
  readonly driver: string;
  /** Whether the guard that is chosen is in the measured path. If not, what differs between guards is noise. */
  readonly usesGuard: boolean;
  readonly what: string;
}

/** tools/testing/selftests/bpf/benchs/bench_trigger.c, and trig-fentry.s, for which the cover letter has a figure. */
export const CASES: readonly BenchCase[] = [
  {
    name: 'trig-kernel-count',
    driver: 'trigger_driver',
    usesGuard: false,
    what: 'the trigger alone; the driver counts',
  },
  { name: 'trig-fentry', driver: 'trigger_driver', usesGuard: true, what: 'a fentry program' },
  { name: 'trig-fentry.s', driver: 'trigger_driver', usesGuard: true, what: 'a sleepable fentry program' },
  { name: 'trig-fexit', driver: 'trigger_driver', usesGuard: true, what: 'a fexit program' },
  {
    name: 'trig-fmodret',
    driver: 'trigger_driver_kfunc',
    usesGuard: true,
    what: 'a fmod_ret program that skips the function',
  },
  { name: 'trig-rawtp', driver: 'trigger_driver_kfunc', usesGuard: true, what: 'a raw tracepoint program' },
  { name: 'trig-tp', driver: 'trigger_driver_kfunc', usesGuard: false, what: 'a tracepoint program on perf' },
  { name: 'trig-kprobe', driver: 'trigger_driver', usesGuard: false, what: 'a kprobe program' },
];

/** Guards compared when none are named: what every architecture had, what arm64 has, what x86 has, nothing. */
export const DEFAULT_GUARDS: readonly string[] = ['generic', 'arm64', 'x86', 'none'];

/** What the others are compared with. */
export const BASELINE = 'generic';
/** What a guard's own share is counted from. */
export const NO_GUARD = 'none';
/** In place of a guard's name: no program is attached. */
export const BARE = 'no programs';
