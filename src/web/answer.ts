import type { LabEvent } from '../lab/events.js';
import { plural } from '../text/numbers.js';
import type { RunView } from './protocol/protocol.js';

/** What a run comes to, in words. */
export interface RunAnswer {
  /** The event that shows it; undefined where no single one does. */
  readonly event: number | undefined;
  /** Sentences. Names are between backticks. */
  readonly text: string;
  readonly tone: 'refused' | 'broken' | 'quiet';
}

/** An instance of a program whose guard has decided about it, and which has not left yet. */
interface Instance {
  readonly program: string;
  readonly cpu: number;
  readonly task: string;
  readonly depth: number;
  readonly admitted: boolean;
}

type Enter = LabEvent & { readonly kind: 'enter' };

/** A decision of a guard, with the admitted instances of the same program that were on the CPU then, the last one first. */
interface Decision {
  readonly event: number;
  readonly enter: Enter;
  readonly others: readonly Instance[];
  /** The interrupt it came in; undefined in a task. */
  readonly level: string | undefined;
}

const isSame = (
  a: Instance,
  b: { readonly cpu: number; readonly task: string; readonly depth: number },
): boolean => a.depth === b.depth && (a.depth === 0 ? a.task === b.task : a.cpu === b.cpu);

/** Every decision of the guard in a run. */
function decisionsIn(events: readonly LabEvent[]): Decision[] {
  const open: Instance[] = [];
  const levels = new Map<string, string>();
  const decisions: Decision[] = [];
  events.forEach((e, event) => {
    switch (e.kind) {
      case 'interrupt':
        levels.set(`${e.cpu} ${e.depth + 1}`, e.level);
        return;
      case 'enter': {
        const others = open.filter((i) => i.program === e.program && i.cpu === e.cpu && i.admitted).reverse();
        decisions.push({ event, enter: e, others, level: levels.get(`${e.cpu} ${e.depth}`) });
        const { program, cpu, task, depth, admitted } = e;
        open.push({ program, cpu, task, depth, admitted });
        return;
      }
      case 'exit': {
        const at = open.findLastIndex((i) => i.program === e.program && isSame(i, e));
        if (at >= 0) open.splice(at, 1);
        return;
      }
      default:
    }
  });
  return decisions;
}

/** Who it was that came, and on top of what. */
function came({ enter, others, level }: Decision): string {
  const { program, cpu, task } = enter;
  const [other] = others;
  if (other === undefined)
    return `\`${program}\` was called on CPU ${cpu} while no other run of it was going on there`;
  if (isSame(other, enter)) return `\`${program}\` re-entered itself on CPU ${cpu}`;
  if (enter.depth === 0)
    return `\`${program}\` came again in ${task} on CPU ${cpu} while its run in ${other.task} had not ended`;
  const article = level === 'nmi' ? 'an NMI' : `a ${level ?? 'interrupt'}`;
  return `\`${program}\` came again in ${article} on CPU ${cpu}, on top of its run in ${other.depth === 0 ? other.task : 'another interrupt'}`;
}

/** What the guard found in its bytes and left there. */
function bytesOf({ before, after }: Enter): string {
  const changed = [...before.keys()].filter((i) => before[i] !== after[i]);
  const [only] = changed;
  if (only === undefined)
    return `its ${plural(before.length, 'byte')} stayed as ${before.length === 1 ? 'it was' : 'they were'}`;
  const one = `byte ${only} went from ${before[only]} to ${after[only]}`;
  return changed.length === 1 ? one : `${one} and ${plural(changed.length - 1, 'byte')} more changed`;
}

function refusal(guard: string, decision: Decision): string {
  const why =
    decision.others.length === 0
      ? `and the ${guard} guard refused it all the same`
      : `so the ${guard} guard refused it`;
  return `${came(decision)}: ${bytesOf(decision.enter)}, ${why}.`;
}

const REASONS: Readonly<Record<(LabEvent & { kind: 'missed' })['by'], string>> = {
  kprobe: 'another probe was being handled there (the kprobe layer drops it)',
  kretprobe: 'the kretprobe waits for as many returns as it can',
  uretprobe: 'the task waits for as many returns of user space as it can',
  ftrace: 'ftrace was being run there twice already',
  bpf_prog_active: 'a BPF program was running there already (`bpf_prog_active`)',
  uncounted: 'a BPF program was running there already (`bpf_prog_active`)',
};

/** Where a guard's bytes are not zero though everything has returned. */
function leftOver({ outcome, writes, guard }: RunView): string | undefined {
  if (outcome !== 'finished') return undefined;
  const last = new Map(
    writes.filter((w) => w.program !== undefined).map((w) => [`${w.program} ${w.cpu}`, w]),
  );
  for (const { program, cpu, after } of last.values()) {
    const at = after.findIndex((b) => b !== 0);
    if (at >= 0)
      return `Everything has returned, and byte ${at} of the ${guard} guard for \`${program}\` on CPU ${cpu} is ${after[at]}, not 0.`;
  }
  return undefined;
}

/** What happened above all: a broken promise, then who was refused and why. */
function headline(view: RunView): RunAnswer {
  const { events, guard, expects } = view;
  const decisions = decisionsIn(events);
  const overlap = decisions.find((d) => d.enter.admitted && d.others.length > 0);
  const two =
    overlap &&
    `${came(overlap)}, and the ${guard} guard admitted it: two instances of \`${overlap.enter.program}\` at a time.`;
  const fault = events.findIndex((e) => e.kind === 'fault');
  if (fault >= 0) {
    const { text } = events[fault] as LabEvent & { kind: 'fault' };
    return {
      event: fault,
      text: two === undefined ? `It ends in a fault: ${text}.` : `${two} It ends in a fault: ${text}.`,
      tone: 'broken',
    };
  }
  if (two !== undefined) return { event: overlap!.event, text: two, tone: 'broken' };
  const refused = decisions.find((d) => !d.enter.admitted);
  const missed = events.findIndex((e) => e.kind === 'missed');
  if (missed >= 0 && (refused === undefined || missed < refused.event)) {
    const e = events[missed] as LabEvent & { kind: 'missed' };
    const names = e.programs.map((p) => `\`${p}\``).join(', ');
    const were = e.programs.length === 1 ? 'was' : 'were';
    return {
      event: missed,
      text: `${names} ${were} kept out on CPU ${e.cpu}: ${REASONS[e.by]}.`,
      tone: 'refused',
    };
  }
  if (refused !== undefined) return { event: refused.event, text: refusal(guard, refused), tone: 'refused' };
  const failed = expects.filter((e) => !e.passed);
  if (failed.length > 0)
    return {
      event: undefined,
      text: `An expectation does not hold: \`${failed[0]!.text}\`.`,
      tone: 'broken',
    };
  const runs = events.filter((e) => e.kind === 'run').length;
  return {
    event: undefined,
    text: runs === 0 ? 'No program ran.' : `Nothing was refused: programs ran ${plural(runs, 'time')}.`,
    tone: 'quiet',
  };
}

/** What a run comes to: from its events, not from what the lab expects of it. */
export function answerOf(view: RunView): RunAnswer {
  const said = headline(view);
  const left = leftOver(view);
  return left === undefined ? said : { ...said, text: `${said.text} ${left}`, tone: 'broken' };
}

/** The first run that has a refusal or a broken promise; the first of all, if none has. */
export const tellingOf = (runs: readonly RunView[]): number =>
  Math.max(
    0,
    runs.findIndex((run) => answerOf(run).tone !== 'quiet'),
  );
