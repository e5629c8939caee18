import type { Kernel } from '../kernel/kernel.js';
import type { LabEvent } from '../lab/events.js';
import { evaluateCondition, holds } from '../lab/expect.js';
import type { PlannedPlace } from '../lab/planned.js';
import type { Thread } from '../machine/thread.js';
import type { ConditionAst, InterruptLevel } from '../syntax/lab-ast.js';
import { hexBytes } from '../text/numbers.js';
import { placeOf, type Source } from '../text/source.js';
import { framesOf } from './listed-instruction.js';
import type { Session } from './session.js';

/** What a watchpoint looks at. */
export type Watched =
  | { readonly kind: 'active'; readonly program: string; readonly cpu: number | undefined }
  | { readonly kind: 'memory'; readonly at: number; readonly size: number }
  | { readonly kind: 'condition'; readonly condition: ConditionAst };

export type Trigger =
  /** Before the instruction at a place. */
  | { readonly kind: 'place'; readonly place: PlannedPlace }
  /** Before instructions of a line of a file, when the line is reached from another one. */
  | { readonly kind: 'line'; readonly file: string; readonly line: number }
  /** When a context is entered: an interrupt, softirq processing, another task. */
  | { readonly kind: 'context'; readonly level: InterruptLevel | 'task' }
  /** When the guard refuses a program, or a miss is counted otherwise. */
  | { readonly kind: 'refused'; readonly program: string | undefined }
  | { readonly kind: 'watch'; readonly watched: Watched };

export interface Breakpoint {
  readonly number: number;
  /** As typed. */
  readonly text: string;
  readonly trigger: Trigger;
  readonly condition?: { readonly ast: ConditionAst; readonly text: string };
  enabled: boolean;
  hits: number;
}

/** Why a run stopped. */
export interface Hit {
  readonly breakpoint: Breakpoint;
  /** What happened, for what is not plain from the place. */
  readonly detail?: string;
  /** Of a watchpoint: both values, earlier first. */
  readonly change?: readonly [string, string];
}

/** The value that a watchpoint sees, as it is displayed. */
function watchedValue(kernel: Kernel, watched: Watched): string {
  switch (watched.kind) {
    case 'active': {
      const program = kernel.programs.get(watched.program)!;
      if (watched.cpu !== undefined) return hexBytes(kernel.active(program, watched.cpu));
      return kernel.processors.map((cpu) => hexBytes(kernel.active(program, cpu.id))).join(' | ');
    }
    case 'memory':
      return hexBytes(kernel.memory.u8.slice(watched.at, watched.at + watched.size));
    case 'condition': {
      const value = evaluateCondition(kernel, watched.condition);
      return value === 'absent' ? value : String(value.number);
    }
    default:
      return watched satisfies never;
  }
}

function refusal(event: LabEvent, program: string | undefined): string | undefined {
  if (event.kind === 'enter' && !event.admitted && (program ?? event.program) === event.program)
    return `${event.program} REFUSED on CPU ${event.cpu}: active ${hexBytes(event.before)} -> ${hexBytes(event.after)}`;
  if (event.kind === 'missed' && (program === undefined || event.programs.includes(program)))
    return `${event.programs.join(', ')} missed on CPU ${event.cpu}: ${event.by}`;
  if (event.kind === 'busy' && (program ?? event.function) === event.function)
    return `${event.function} REFUSED on CPU ${event.cpu}: ${event.by}`;
  return undefined;
}

/** How many frames a thread has, and the line of its next instruction, `file:line`. */
interface Standing {
  readonly depth: number;
  readonly line: string | undefined;
}

/** What the innermost context looked like before the last instruction. */
interface Before {
  readonly events: number;
  readonly inSoftirq: readonly boolean[];
  readonly task: string | undefined;
  /** Set when a frame has reached a different line: `file:line`. */
  readonly line: string | undefined;
  readonly values: ReadonlyMap<Breakpoint, string>;
}

/** Compares a run with what it was one instruction ago. */
export class Matcher {
  readonly #session: Session;
  readonly #breakpoints: readonly Breakpoint[];
  /** Where each thread was last seen, by the offset of its block. */
  readonly #seen = new Map<number, Standing>();
  #before: Before;

  constructor(session: Session, breakpoints: readonly Breakpoint[]) {
    this.#session = session;
    this.#breakpoints = breakpoints.filter((b) => b.enabled);
    for (const thread of session.kernel.machine.threads)
      if (thread.isBusy) this.#seen.set(thread.at, this.#standing(thread));
    this.#before = this.#look();
  }

  /** What stops the run where it is now, one instruction after the last look. */
  look(): Hit[] {
    const before = this.#before;
    this.#before = this.#look();
    return this.#breakpoints
      .map((b) => this.#hit(b, before))
      .filter((h) => h !== undefined)
      .filter(({ breakpoint: { condition } }) => {
        return condition === undefined || holds(this.#session.kernel, condition.ast);
      });
  }

  #lineAt(slot: number): string | undefined {
    const span = this.#session.kernel.machine.text.at(slot)?.insn.span;
    return span && lineName(span.source, span.start);
  }

  #standing(thread: Thread): Standing {
    return { depth: framesOf(this.#session.kernel, thread).length, line: this.#lineAt(thread.pc) };
  }

  /**
   * The line that has just been reached. A return from a call, or from an interrupt or another task that ran in
   * between, to the line that was left there does not count as reaching it again.
   */
  #newLine(): string | undefined {
    const { thread } = this.#session;
    if (thread === undefined) return undefined;
    const before = this.#seen.get(thread.at);
    const now = this.#standing(thread);
    this.#seen.set(thread.at, now);
    if (before === undefined || now.depth > before.depth) return now.line;
    // A call takes one slot, and the frame goes on after it.
    const left = now.depth < before.depth ? this.#lineAt(thread.pc - 1) : before.line;
    return now.line === left ? undefined : now.line;
  }

  #look(): Before {
    const { kernel, events, thread } = this.#session;
    const { softirqOffset } = kernel.model.preempt;
    const watches = this.#breakpoints.filter((b) => b.trigger.kind === 'watch');
    const wants = (kind: Trigger['kind']): boolean => this.#breakpoints.some((b) => b.trigger.kind === kind);
    return {
      events: events.length,
      inSoftirq: wants('context')
        ? kernel.processors.map((cpu) => (kernel.preemptCount(cpu.id) & softirqOffset) !== 0)
        : [],
      task: thread?.level === 0 ? thread.name : undefined,
      line: wants('line') ? this.#newLine() : undefined,
      values: new Map(
        watches.map((b) => [b, b.trigger.kind === 'watch' ? watchedValue(kernel, b.trigger.watched) : '']),
      ),
    };
  }

  #hit(breakpoint: Breakpoint, before: Before): Hit | undefined {
    const { trigger } = breakpoint;
    switch (trigger.kind) {
      case 'place':
        return this.#isAt(trigger.place) ? { breakpoint } : undefined;
      case 'line': {
        const { line } = this.#before;
        return line !== undefined && isLine(line, trigger) ? { breakpoint } : undefined;
      }
      case 'context':
        return this.#entered(trigger.level, before) ? { breakpoint } : undefined;
      case 'refused': {
        const happened = this.#session.events.slice(before.events);
        const detail = happened.map((e) => refusal(e, trigger.program)).find((d) => d !== undefined);
        return detail === undefined ? undefined : { breakpoint, detail };
      }
      case 'watch': {
        const [old, now] = [before.values.get(breakpoint)!, this.#before.values.get(breakpoint)!];
        return old === now ? undefined : { breakpoint, change: [old, now] };
      }
      default:
        return trigger satisfies never;
    }
  }

  #isAt({ fn, offset }: PlannedPlace): boolean {
    const { thread, kernel } = this.#session;
    const found = thread === undefined ? undefined : kernel.functionNamed(fn);
    return found !== undefined && thread!.pc === kernel.machine.text.liveSlot(found, offset);
  }

  #entered(level: InterruptLevel | 'task', before: Before): boolean {
    const now = this.#before;
    const interrupts = this.#session.events
      .slice(before.events)
      .flatMap((e) => (e.kind === 'interrupt' ? [e.level] : []));
    switch (level) {
      case 'nmi':
        return interrupts.includes('nmi');
      case 'hardirq':
        return interrupts.some((l) => l !== 'nmi');
      case 'softirq':
        return now.inSoftirq.some((is, cpu) => is && before.inSoftirq[cpu] === false);
      case 'task':
        return now.task !== undefined && before.task !== undefined && now.task !== before.task;
      default:
        return level satisfies never;
    }
  }
}

export function lineName(source: Source, offset: number): string {
  return `${source.name}:${placeOf(source, offset).line}`;
}

/** Whether `file:line` is a line that was asked for; a file may be named without its folders. */
export function isLine(name: string, wanted: { readonly file: string; readonly line: number }): boolean {
  const colon = name.lastIndexOf(':');
  if (Number(name.slice(colon + 1)) !== wanted.line) return false;
  const file = name.slice(0, colon);
  return file === wanted.file || file.endsWith(`/${wanted.file}`);
}
