import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bootOf, MACHINES } from './machines.js';
import { heading, measure, median, table } from './support.js';

/** Milliseconds that the first machine, on the default kernel, may take when the code is warm. */
const MOST = 2;
const COLD_ROUNDS = 7;

/** What booting takes first thing in a process, where the emulated kernel is loaded for it and no code is optimised. */
function cold(): number[] {
  const script = fileURLToPath(new URL('cold-boot.js', import.meta.url));
  const times = MACHINES.map((): number[] => []);
  for (let round = 0; round < COLD_ROUNDS; round += 1)
    for (const [i, all] of times.entries())
      all.push(Number(spawnSync(process.execPath, [script, String(i)], { encoding: 'utf8' }).stdout));
  return times.map(median);
}

/**
 * What booting a parsed scenario takes: the kernel's code placed and linked, the lab's assembled (once, as for every boot
 * of it), maps, per-CPU memory, tasks and trampolines made.
 */
export async function bootSuite(): Promise<void> {
  heading('Booting a scenario (ms; of recursion.bpf under arm64 on one CPU, unless something else is said)');
  const first = cold();
  const warm = await measure(MACHINES.map((m, i) => ({ name: String(i), run: bootOf(m) })));
  table(
    MACHINES.map(({ lab = '', guard = '', cpus = '', kernel = '' }, i) => ({
      lab,
      guard,
      cpus,
      kernel,
      warm: (warm[i]!.median / 1e6).toFixed(2),
      '+-': (warm[i]!.spread / 1e6).toFixed(2),
      least: (warm[i]!.least / 1e6).toFixed(2),
      'at most': i === 0 ? MOST : '',
      'first in a process': first[i]!.toFixed(1),
    })),
  );
}
