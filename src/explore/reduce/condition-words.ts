import type { Kernel, Program } from '../../kernel/kernel.js';
import { LINK, STATS } from '../../kernel/layout.js';
import { findCounter, meantBy, type NamedCounter } from '../../lab/expect.js';
import type { ConditionAst } from '../../syntax/lab-ast.js';

/** Words of memory that bytes lie in. */
export const wordsOf = (at: number, size: number): number[] =>
  Array.from({ length: ((at + size - 1) >> 2) - (at >> 2) + 1 }, (_, i) => (at >> 2) + i);

/** What is read where a condition names something. Throws for what no condition that has been checked can name. */
function nameWords(kernel: Kernel, name: string): number[] {
  const { program, map, variable } = meantBy(kernel, name);
  // A variable and a map of one name: which is meant depends on whether a key follows, so both are taken.
  const words = variable === undefined ? [] : wordsOf(variable.at, (variable.bits / 8) * variable.count);
  if (map !== undefined) {
    // Which of all maps' memory is this one's is the map's business.
    const kinds = map.info.perCpu ? ['map', 'percpu'] : ['map'];
    const regions = kernel.memory.regions.filter((r) => kinds.includes(r.kind));
    words.push(...regions.flatMap((r) => wordsOf(r.start, r.end - r.start)));
  }
  // A program's number is fixed.
  if (variable !== undefined || map !== undefined || program !== undefined) return words;
  const named = findCounter(kernel, name);
  if (named !== undefined) return counterWords(kernel, named);
  throw new Error(`no words of memory are known for ${name}`);
}

function counterWords(kernel: Kernel, { program, counter }: NamedCounter): number[] {
  const onAll = (words: (cpu: number) => number[]): number[] =>
    kernel.processors.flatMap(({ id }) => words(id));
  const stats = (field: keyof typeof STATS.fields): number[] =>
    onAll((cpu) => {
      const { offset, size } = STATS.fields[field];
      return wordsOf(kernel.percpu.at(program.stats, cpu) + offset, size);
    });
  switch (counter) {
    case 'run_cnt':
      return stats('cnt');
    case 'run_time_ns':
      return stats('nsecs');
    case 'recursion_misses':
      return stats('misses');
    case 'link_missed':
      return program.links.flatMap((l) => wordsOf(l.link + LINK.fields.nmissed.offset, 8));
    case 'retval':
      return wordsOf(program.retval, 4);
    case 'active':
      return activeWords(kernel, program);
    default:
      return counter satisfies never;
  }
}

/** Words of a program's `active` areas. */
export const activeWords = (kernel: Kernel, { active }: Program): number[] =>
  kernel.processors.flatMap(({ id }) => wordsOf(kernel.percpu.at(active, id), kernel.guard.size));

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
