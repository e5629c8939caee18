import type { Kernel } from '../kernel/kernel.js';
import { MOST_CPUS } from '../kernel/model.js';
import type { Findings } from '../text/findings.js';
import { formatRange } from '../text/range.js';
import type { Span } from '../text/source.js';
import { CPUS } from './doubt.js';

/** The number of a CPU that there is; undefined, and an error, where there is none, unless how many there are is in doubt. */
export function cpuNumber(
  { cpus }: Kernel,
  value: bigint,
  span: Span,
  findings: Findings,
): number | undefined {
  if (findings.doubts(CPUS)) return undefined;
  if (value >= 0n && value < BigInt(cpus)) return Number(value);
  findings.error('B0405', `there is no CPU ${value}`, {
    span,
    expected: formatRange(0, cpus - 1),
    help:
      value > 0n && value < MOST_CPUS
        ? `the scenario says how many there are: \`cpus ${value + 1n}\``
        : undefined,
  });
  return undefined;
}
