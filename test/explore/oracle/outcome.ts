import type { Kernel } from '../../../src/kernel/kernel.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** What a name of a lab is on a machine: `x`, `m[1]`, `m[1][0]` of a CPU, `p.run_cnt`, or the records of a ring buffer. */
function readName(kernel: Kernel, name: string): string {
  const [, base, key, cpu] = /^(\w+)(?:\[(\d+)\])?(?:\[(\d+)\])?$/.exec(name) ?? [];
  const map = kernel.maps.get(base ?? '');
  if (map?.info.family === 'ring') {
    const { records, blocked } = kernel.ringRecords(map, Infinity);
    return `${records.map(hex).join(' ')}${blocked ? ' …' : ''}`;
  }
  if (map !== undefined) {
    const bytes = kernel.readElement(map, BigInt(key!), Number(cpu ?? 0));
    return bytes === undefined ? 'absent' : hex(bytes);
  }
  const global = kernel.globals.get(base ?? '');
  if (global !== undefined) return `${kernel.readGlobal(global, Number(key ?? 0))}`;
  const [program, counter] = name.split('.');
  const stats = kernel.stats(kernel.programs.get(program!)!);
  return `${counter === 'run_cnt' ? stats.runCnt : stats.recursionMisses}`;
}

/** All that is observed of a machine on which everything has returned. */
export const outcomeOf = (kernel: Kernel, observed: readonly string[]): string =>
  observed.map((name) => `${name} = ${readName(kernel, name)}`).join(', ');
