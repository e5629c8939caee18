import type { Kernel } from '../../kernel/kernel.js';
import { LINK, STATS } from '../../kernel/layout.js';
import type { ConditionAst } from '../../syntax/lab-ast.js';

/** Words of memory that bytes lie in. */
export const wordsOf = (at: number, size: number): number[] =>
  Array.from({ length: ((at + size - 1) >> 2) - (at >> 2) + 1 }, (_, i) => (at >> 2) + i);

const COUNTERS = { run_cnt: 'cnt', run_time_ns: 'nsecs', recursion_misses: 'misses' } as const;

function nameWords(kernel: Kernel, name: string): number[] {
  const global = kernel.globals.get(name);
  if (global !== undefined) return wordsOf(global.at, (global.bits / 8) * global.count);
  const map = kernel.maps.get(name);
  if (map !== undefined) {
    // Which of all maps' memory is this one's is the map's business.
    const kinds = map.info.perCpu ? ['map', 'percpu'] : ['map'];
    const regions = kernel.memory.regions.filter((r) => kinds.includes(r.kind));
    return regions.flatMap((r) => wordsOf(r.start, r.end - r.start));
  }
  const dot = name.lastIndexOf('.');
  const program = kernel.programs.get(name.slice(0, Math.max(0, dot)));
  if (program === undefined) return [];
  const counter = name.slice(dot + 1);
  if (counter === 'retval') return wordsOf(program.retval, 4);
  if (counter === 'link_missed') return wordsOf(program.link + LINK.fields.nmissed.offset, 8);
  return kernel.processors.flatMap(({ id }) => {
    if (counter === 'active') return wordsOf(kernel.percpu.at(program.active, id), kernel.guard.size);
    const field = COUNTERS[counter as keyof typeof COUNTERS];
    if (field === undefined) return [];
    const { offset, size } = STATS.fields[field];
    return wordsOf(kernel.percpu.at(program.stats, id) + offset, size);
  });
}

/** Words of memory that a condition reads, as indices into the machine's words. */
export function conditionWords(kernel: Kernel, c: ConditionAst): number[] {
  switch (c.kind) {
    case 'number':
    case 'absent':
      return [];
    case 'name':
      return nameWords(kernel, c.name);
    case 'element':
      return nameWords(kernel, c.map.name);
    case 'not':
    case 'negative':
      return conditionWords(kernel, c.operand);
    case 'or':
    case 'and':
    case 'compare':
    case 'add':
    case 'subtract':
      return [...conditionWords(kernel, c.left), ...conditionWords(kernel, c.right)];
    default:
      return c satisfies never;
  }
}
