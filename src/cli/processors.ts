import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** Of how many processors a container's `cpu.max` lets it have the time: `200000 100000` is two. */
function quotaIn(cpuMax: string): number {
  const [, quota, period] = /^(\d+) (\d+)$/.exec(cpuMax.trim()) ?? [];
  return period === undefined ? Number.POSITIVE_INFINITY : Number(quota) / Number(period);
}

/**
 * How many threads can run at once here: processors this process may use, or fewer where its control group, or one
 * above it, is given the time of fewer (cgroup v2; where there is none, nothing is known of it).
 */
export function processorsHere(readText = read, processors = availableParallelism()): number {
  let group = /^0::(\/.*)$/m.exec(readText('/proc/self/cgroup'))?.[1] ?? '';
  let quota = Number.POSITIVE_INFINITY;
  for (;;) {
    group = group.replace(/\/$/, '');
    quota = Math.min(quota, quotaIn(readText(`/sys/fs/cgroup${group}/cpu.max`)));
    if (group === '') break;
    group = group.slice(0, group.lastIndexOf('/') + 1);
  }
  return Math.max(1, Math.min(processors, Math.floor(quota)));
}
