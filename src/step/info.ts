import { isAttached } from '../kernel/attach/attach.js';
import { formatAttachPoints } from '../kernel/attach/point.js';
import type { Kernel } from '../kernel/kernel.js';
import { LEVELS, type Thread } from '../machine/thread.js';
import { hexBytes } from '../text/numbers.js';
import type { Arguments } from './arguments.js';
import type { Breakpoint } from './breakpoints.js';
import { placeAt } from './listed-instruction.js';
import type { Reply, Row } from './reply.js';
import type { Session } from './session.js';
import { listingAround, preemptView, registersOf } from './view.js';

const table = (columns: readonly string[], rows: readonly Row[]): Reply => ({ kind: 'table', columns, rows });

function whereIs(kernel: Kernel, thread: Thread): string {
  const place = thread.isBusy ? placeAt(kernel, thread.pc) : undefined;
  return place === undefined ? '' : `${place.fn}+${place.offset}`;
}

/** preempt_count in words: `0x1 (preempt 1)`. */
function countInWords(kernel: Kernel, cpu: number): string {
  const { value, fields } = preemptView(kernel, cpu);
  const parts = fields.map((f) => `${f.name} ${f.count}`);
  return `0x${value.toString(16)}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`;
}

function threads(session: Session): Reply {
  const { kernel } = session;
  const interrupts = kernel.processors.flatMap((cpu) => cpu.stack.slice(1));
  const tasks = kernel.tasks.map((t) => t.thread);
  const rows = [...tasks, ...interrupts].map((thread): Row => {
    const onCpu = kernel.processors[thread.cpu]!.stack.includes(thread);
    const state =
      thread === session.thread
        ? 'runs'
        : thread.waitsFor !== 0
          ? 'waits'
          : !thread.isBusy
            ? 'idle'
            : onCpu && thread !== kernel.processors[thread.cpu]!.top
              ? 'interrupted'
              : 'can run';
    const mark = thread === session.thread ? '=>' : '';
    return [mark, thread.name, LEVELS[thread.level]!, `${thread.cpu}`, state, whereIs(kernel, thread)];
  });
  return table(['', 'thread', 'context', 'CPU', 'state', 'at'], rows);
}

function cpus({ kernel }: Session): Reply {
  const rows = kernel.processors.map((cpu): Row => {
    const contexts = cpu.stack.slice(1).map((t) => LEVELS[t.level]!);
    const pending = kernel.percpuVariables.get('__softirq_pending');
    const raised = pending === undefined ? 0 : kernel.memory.readU32(kernel.percpu.at(pending, cpu.id));
    return [
      `${cpu.id}`,
      cpu.current?.name ?? 'idle',
      contexts.join(' < ') || 'none',
      cpu.irqsOff ? 'off' : 'on',
      countInWords(kernel, cpu.id),
      `0x${raised.toString(16)}`,
    ];
  });
  return table(['CPU', 'task', 'interrupts on it', 'irqs', 'preempt_count', 'softirqs pending'], rows);
}

function maps({ kernel }: Session): Reply {
  const rows = [...kernel.maps.values()].map(({ definition: d, at }): Row => {
    const sizes = [d.keySize, d.valueSize, d.maxEntries].map(String);
    return [d.name, d.type, ...sizes, `0x${(0xffff8000_00000000n + BigInt(at)).toString(16)}`];
  });
  return table(['map', 'type', 'key', 'value', 'max_entries', 'struct bpf_map'], rows);
}

function programs({ kernel }: Session): Reply {
  const rows = [...kernel.programs.values()].map((p): Row => {
    const s = kernel.stats(p);
    const attached = isAttached(kernel, p) ? 'attached' : '';
    return [
      `${p.id}`,
      p.name,
      formatAttachPoints(p.attach, p.targets),
      attached,
      `${s.runCnt}`,
      `${s.recursionMisses}`,
    ];
  });
  return table(['id', 'program', 'on', '', 'run_cnt', 'recursion_misses'], rows);
}

function percpu({ kernel }: Session): Reply {
  const areas = [
    ...[...kernel.programs.values()].map(
      (p) => [`active of ${p.name}`, p.active, kernel.guard.size] as const,
    ),
    ...[...kernel.percpuVariables].map(([name, a]) => [name, a, Math.min(a.size, 16)] as const),
  ];
  const values = areas.map(([name, area, size]): Row => {
    const bytes = kernel.processors.map((cpu) => {
      const at = kernel.percpu.at(area, cpu.id);
      return (
        hexBytes(kernel.memory.u8.slice(at, at + size)) +
        (area.size > size && !name.startsWith('active') ? ' …' : '')
      );
    });
    return [name, `0x${area.pointer.toString(16)}`, ...bytes];
  });
  return table(['area', 'pointer', ...kernel.processors.map((cpu) => `CPU ${cpu.id}`)], values);
}

function trampoline(session: Session, args: Arguments): Reply {
  const { kernel, thread } = session;
  const [word] = args.words;
  const image = kernel.trampolines.get(word?.text ?? '');
  if (image === undefined) throw args.unknown(word, 'function with a trampoline', kernel.trampolines.keys());
  const fn = kernel.machine.text.functions[image]!;
  const places = listingAround(kernel, fn.start, 0, fn.end - fn.start);
  return { kind: 'listing', places, here: thread?.pc };
}

export function describeBreakpoints(breakpoints: readonly Breakpoint[]): Reply {
  if (breakpoints.length === 0) return { kind: 'lines', lines: ['no breakpoints'] };
  const rows = breakpoints.map((b): Row => {
    const condition = b.condition === undefined ? '' : ` if ${b.condition.text}`;
    return [`${b.number}`, b.enabled ? 'on' : 'off', `${b.text}${condition}`, `${b.hits}`];
  });
  return table(['', '', 'what', 'hits'], rows);
}

function byHand({ interventions }: Session): Reply {
  if (interventions.length === 0) return { kind: 'lines', lines: ['nothing was made to happen by hand'] };
  return table(
    ['before', 'what'],
    interventions.map((i) => [`${i.position}`, i.text]),
  );
}

/** What `info` can be asked about. */
export const INFO: Readonly<Record<string, (session: Session, args: Arguments) => Reply>> = {
  registers: ({ kernel, thread }) => ({
    kind: 'registers',
    registers: thread === undefined ? [] : registersOf(kernel, thread),
  }),
  threads,
  cpus,
  maps,
  programs,
  percpu,
  trampoline,
  raised: byHand,
};
