import type { Draft, Piece } from './draft.js';

/** Instructions after a call, about. */
const CALLED: Readonly<Record<string, number>> = {
  bpf_map_lookup_elem: 10,
  bpf_map_update_elem: 18,
  bpf_map_delete_elem: 10,
  preempt_disable: 10,
  preempt_enable: 10,
  local_bh_disable: 14,
  local_bh_enable: 24,
  rcu_read_lock: 12,
  rcu_read_unlock: 12,
  preempt_count: 4,
  interrupt_context_level: 18,
  traced: 170,
  sub: 6,
};
const INTERRUPT = { hardirq: 62, nmi: 44, softirq: 130 } as const;
const SYSCALL = 50;

function lengthOf(lines: readonly string[], draft: Draft): number {
  let n = 0;
  for (const line of lines) {
    if (!line.startsWith('    ')) continue;
    const callee = /call (\S+)/.exec(line)?.[1];
    n += 1 + (callee === undefined ? 0 : (CALLED[callee] ?? partLength(callee, draft)));
  }
  return n;
}

const linesOf = (p: Piece): string[] => [...p.before, ...p.inside.flatMap(linesOf), ...p.after];

function partLength(name: string, draft: Draft): number {
  if (name.startsWith('bpf_prog_')) return draft.guard === 'own' ? 30 : 60;
  const part = draft.parts.find((p) => p.head[0]!.startsWith(`function ${name}(`));
  if (part === undefined) return 0;
  return lengthOf([...part.head.slice(1), ...part.pieces.flatMap(linesOf), ...part.tail], draft);
}

/**
 * About how many states a lab has, if all that its actors do is different from all that others do: a lab's size is the
 * product of theirs.
 */
export function estimate(draft: Draft): number {
  const step = (text: string): number => {
    const called = /call (\w+)/.exec(text)?.[1];
    if (called !== undefined) return partLength(called, draft) + 1;
    return /^(set|join|provide)/.test(text) ? 1 : SYSCALL;
  };
  const tasks = draft.tasks.map((t) => t.steps.reduce((n, s) => n + step(s), 1));
  const sources = draft.sources.map((s) => {
    const level = /hardirq|nmi|softirq/.exec(s)![0] as keyof typeof INTERRUPT;
    return 1 + Number(/x (\d+)/.exec(s)![1]) * (INTERRUPT[level] + step(s));
  });
  return [...tasks, ...sources].reduce((n, m) => n * m, 1);
}
