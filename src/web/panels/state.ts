import type { PreemptLayout } from '../../kernel/model.js';
import type { LabEvent } from '../../lab/events.js';
import type { GuardWrite } from '../../lab/writes.js';
import { h, put } from '../dom.js';
import type { RunView } from '../protocol/protocol.js';

/** Writes by what they changed, in order. */
export type WriteIndex = ReadonlyMap<string, readonly GuardWrite[]>;

const key = (cpu: number, program: string | undefined): string => `${cpu} ${program ?? ''}`;

export function indexWrites(writes: readonly GuardWrite[]): WriteIndex {
  const index = new Map<string, GuardWrite[]>();
  for (const w of writes) {
    const at = key(w.cpu, w.program);
    const list = index.get(at);
    if (list === undefined) index.set(at, [w]);
    else list.push(w);
  }
  return index;
}

/** The last write up to an event for which a condition holds. */
function lastWrite(
  list: readonly GuardWrite[],
  event: number,
  fits: (w: GuardWrite) => boolean = () => true,
): GuardWrite | undefined {
  return list.findLast((w) => w.event <= event && fits(w));
}

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');

/** preempt_count field by field. */
function decodeCount(count: number, layout: PreemptLayout): string {
  const field = (mask: number, offset: number): number => ((count & mask) >>> 0) / offset;
  const softirq = field(layout.softirqMask, layout.softirqOffset);
  const parts = [
    `preempt ${count & 0xff}`,
    `softirq ${softirq & 1}${softirq >> 1 === 0 ? '' : ` (bh disabled ${softirq >> 1}×)`}`,
    `hardirq ${field(layout.hardirqMask, layout.hardirqOffset)}`,
    `nmi ${field(layout.nmiMask, layout.nmiOffset)}`,
  ];
  return parts.join(' · ');
}

function number(bytes: Uint8Array): number {
  return (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;
}

/** A value as a button that leads to where it was written. */
function value(
  text: string,
  what: string,
  writer: GuardWrite | undefined,
  look: 'new' | 'wrong' | undefined,
  jump: (w: GuardWrite) => void,
): HTMLElement {
  const title =
    writer === undefined
      ? `${what}: not written yet`
      : `${what}: written by ${writer.insn.function}+${writer.insn.slot}`;
  const element = h('button', {
    type: 'button',
    class: `value${look === undefined ? '' : ` ${look}`}`,
    title,
    'aria-label': `${what} is ${text}; go to what wrote it`,
    disabled: writer === undefined,
  });
  put(element, text);
  if (writer !== undefined) element.addEventListener('click', () => jump(writer));
  return element;
}

/** Most bytes shown of an area; guards that ship have four. */
const SHOWN_BYTES = 16;

function activeRow(
  view: RunView,
  index: WriteIndex,
  at: { readonly cpu: number; readonly program: string; readonly cursor: number },
  jump: (w: GuardWrite) => void,
): HTMLElement {
  const { cpu, program, cursor } = at;
  const list = index.get(key(cpu, program)) ?? [];
  const now = lastWrite(list, cursor)?.after ?? new Uint8Array(view.areaSize);
  const bytes = [...now.slice(0, SHOWN_BYTES)].map((b, i) => {
    const writer = lastWrite(list, cursor, (w) => w.before[i] !== w.after[i]);
    const what = `byte ${i} of active of ${program} on CPU ${cpu}`;
    // When everything has returned, no instance is left that a byte could count.
    const isWrong = b !== 0 && view.outcome === 'finished' && cursor >= view.events.length - 1;
    const look = isWrong ? 'wrong' : writer?.event === cursor ? 'new' : undefined;
    return value(hex(b, 2), what, writer, look, jump);
  });
  return h(
    'tr',
    { class: 'active' },
    h('th', { scope: 'row' }, `${program}.active`),
    h(
      'td',
      {
        class: 'bytes',
        'data-active': program,
        'data-cpu': cpu,
        title: view.areaSize === 4 ? `u32 0x${hex(number(now), 8)}` : undefined,
      },
      ...bytes,
    ),
  );
}

/** Programs whose bytes nobody writes on a CPU, whatever the event. */
const unwrittenRow = (programs: readonly string[]): HTMLElement =>
  h(
    'tr',
    { class: 'unwritten' },
    h('td', { class: 'quiet', colspan: 3 }, `active is never written of ${programs.join(', ')}`),
  );

function countRow(
  view: RunView,
  index: WriteIndex,
  at: { readonly cpu: number; readonly cursor: number },
  jump: (w: GuardWrite) => void,
): HTMLElement {
  const { cpu, cursor } = at;
  let count = 0;
  for (let i = Math.min(cursor, view.events.length - 1); i >= 0; i -= 1) {
    const e: LabEvent = view.events[i]!;
    if (e.cpu !== cpu) continue;
    count = e.preemptCount;
    break;
  }
  // A task that goes on brings its own count: only a write that left this value is where it comes from.
  const writer = lastWrite(index.get(key(cpu, undefined)) ?? [], cursor, (w) => number(w.after) === count);
  const what = `preempt_count on CPU ${cpu}`;
  return h(
    'tr',
    { class: 'count' },
    h('th', { scope: 'row' }, `CPU ${cpu} preempt_count`),
    h(
      'td',
      { class: 'bytes', 'data-count': cpu },
      value(hex(count, 8), what, writer, writer?.event === cursor ? 'new' : undefined, jump),
    ),
    h('td', { class: 'decoded' }, decodeCount(count, view.layout)),
  );
}

/** What guards decide by, as it is after an event: the bytes of `active` and preempt_count of every CPU in use. */
export function stateTable(
  view: RunView,
  index: WriteIndex,
  cursor: number,
  jump: (w: GuardWrite) => void,
): HTMLElement {
  const cpus = [...new Set(view.events.map((e) => e.cpu))].sort((a, b) => a - b);
  const rows = cpus.flatMap((cpu) => {
    const written = view.programs.filter((program) => index.has(key(cpu, program)));
    const others = view.programs.filter((program) => !written.includes(program));
    return [
      countRow(view, index, { cpu, cursor }, jump),
      ...written.map((program) => activeRow(view, index, { cpu, program, cursor }, jump)),
      ...(others.length === 0 ? [] : [unwrittenRow(others)]),
    ];
  });
  return h(
    'table',
    { class: 'state' },
    h('caption', {}, `what guard ${view.guard} decides by, after this event`),
    h('tbody', {}, ...rows),
  );
}
