import type { LabEvent } from '../lab/events.js';
import { LAYERS, type LayerName } from '../lab/layers.js';
import { plural } from '../text/numbers.js';
import { shownLine } from '../text/shown.js';

/** By which way a program was entered again, and how often it was kept out there. */
interface MissPath {
  /** Where the entry that was refused came from. */
  readonly context: 'task' | 'softirq' | 'hardirq' | 'nmi';
  /** What the program itself had called, in the same context; undefined where it came from somewhere else. */
  readonly from: string | undefined;
  /**
   * Who was inside already: the same context, further out; another one, such as the task that was interrupted or preempted; or
   * nobody, so that whoever kept the program out was wrong, or was told to (bpf_disable_instrumentation).
   */
  readonly inside: 'same' | 'other' | 'nobody';
  readonly count: number;
}

export interface Missed {
  readonly program: string;
  /** What kept it out. */
  readonly by: 'guard' | LayerName;
  readonly count: number;
  /** The most frequent first. */
  readonly paths: readonly MissPath[];
}

/** What is open in a context: a program, or something that was called. A tail call leaves the guard of the program that was `entered`. */
type Frame =
  | { readonly kind: 'run'; readonly name: string; readonly entered: string }
  | { readonly kind: 'called'; readonly name: string };

/** Whether a frame is of what keeps a program out: itself, or of other layers any program. */
const keepsOut = (f: Frame, program: string, by: Missed['by']): boolean =>
  f.kind === 'run' && (by !== 'guard' || f.entered === program);

interface Lane {
  readonly level: MissPath['context'];
  readonly open: Frame[];
}

/** Follows what is open in each context, to tell by which way a program comes to itself again. */
class PathFinder {
  readonly #lanes = new Map<string, Lane>();
  readonly #levels = new Map<string, MissPath['context']>();
  readonly #found = new Map<string, Map<string, { path: MissPath; count: number }>>();

  #lane(e: LabEvent): Lane {
    const key = e.depth === 0 ? e.task : `${e.cpu} ${e.depth}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { level: e.depth === 0 ? 'task' : (this.#levels.get(key) ?? 'hardirq'), open: [] };
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  add(e: LabEvent): void {
    const lane = this.#lane(e);
    switch (e.kind) {
      case 'action':
        lane.open.length = 0;
        return;
      case 'run':
        lane.open.push({ kind: 'run', name: e.program, entered: e.program });
        return;
      case 'tail_call': {
        const last = lane.open.pop();
        const entered = last?.kind === 'run' ? last.entered : e.target;
        lane.open.push({ kind: 'run', name: e.target, entered });
        return;
      }
      case 'call':
        lane.open.push({ kind: 'called', name: e.name });
        return;
      case 'helper':
        if (!e.isLeaf) lane.open.push({ kind: 'called', name: e.name });
        return;
      case 'run_end':
      case 'return':
      case 'helper_end':
        lane.open.pop();
        return;
      case 'interrupt': {
        const key = `${e.cpu} ${e.depth + 1}`;
        this.#levels.set(key, e.level);
        this.#lanes.set(key, { level: e.level, open: [] });
        return;
      }
      case 'enter':
        if (!e.admitted) this.#miss(e.program, 'guard', lane);
        return;
      case 'missed':
        for (const program of e.programs) this.#miss(program, e.by, lane);
        return;
      case 'action_end':
      case 'original':
      case 'original_end':
      case 'exit':
      case 'write':
      case 'busy':
      case 'interrupt_end':
      case 'preempted':
      case 'blocked':
      case 'resumed':
      case 'fault':
        return;
      default:
        e satisfies never;
    }
  }

  #miss(program: string, by: Missed['by'], lane: Lane): void {
    const inside = lane.open.findLastIndex((f) => keepsOut(f, program, by));
    const from = inside < 0 ? undefined : lane.open[inside + 1]?.name;
    const isIn = (l: Lane): boolean => l.open.some((f) => keepsOut(f, program, by));
    const isOther = [...this.#lanes.values()].some((l) => l !== lane && isIn(l));
    const path = {
      context: lane.level,
      from,
      inside: inside >= 0 ? ('same' as const) : isOther ? ('other' as const) : ('nobody' as const),
      count: 0,
    };
    const key = `${by} ${program}`;
    const paths = this.#found.get(key) ?? new Map<string, { path: MissPath; count: number }>();
    const same = `${path.context} ${path.inside} ${path.from ?? ''}`;
    paths.set(same, { path, count: (paths.get(same)?.count ?? 0) + 1 });
    this.#found.set(key, paths);
  }

  get missed(): Missed[] {
    return [...this.#found].map(([key, found]) => {
      const [by, program] = [key.slice(0, key.indexOf(' ')), key.slice(key.indexOf(' ') + 1)];
      const paths = [...found.values()].map(({ path, count }) => ({ ...path, count }));
      paths.sort((a, b) => b.count - a.count);
      return { program, by: by as Missed['by'], count: paths.reduce((n, p) => n + p.count, 0), paths };
    });
  }
}

/** The ways by which programs were entered again and kept out, from the events of a run. */
export function missesOf(events: readonly LabEvent[]): Missed[] {
  const finder = new PathFinder();
  for (const e of events) finder.add(e);
  return finder.missed;
}

const CONTEXTS = {
  task: 'in task context',
  softirq: 'from a softirq',
  hardirq: 'from a hardirq',
  nmi: 'from an NMI',
};

/** What is said where no program was inside. */
const NOBODY: Readonly<Record<Missed['by'], string>> = {
  guard: ' with no other instance running',
  bpf_prog_active: ' while a system call kept programs out',
  uncounted: ' while a system call kept programs out',
  kprobe: ' while a probe without a program was handled',
  kretprobe: ' while all waited for others',
  uretprobe: '',
  ftrace: '',
};

function pathText({ context, from, inside, count }: MissPath, by: Missed['by']): string {
  const called = from === undefined ? '' : ` ${context === 'task' ? 'from' : 'by'} ${shownLine(from)}`;
  const other = context === 'task' ? ' while another task was inside' : '';
  return `${count} ${CONTEXTS[context]}${called}${{ same: '', other, nobody: NOBODY[by] }[inside]}`;
}

/** `on_open missed 12 times under guard arm64: 9 in task context from bpf_d_path, 3 from a hardirq`, a line a program. */
export const missLines = (missed: readonly Missed[], guard: string): string[] =>
  missed.map(({ program, by, count, paths }) => {
    const kept = by === 'guard' ? `under guard ${guard}` : LAYERS[by].by;
    return `${shownLine(program)} missed ${plural(count, 'time')} ${kept}: ${paths.map((p) => pathText(p, by)).join(', ')}`;
  });
