import { isToldBy, type LabEvent } from '../lab/events.js';
import { LAYERS, TAKERS } from '../lab/layers.js';
import { type Palette, plain } from '../text/format.js';
import { oneLine } from '../text/shown.js';
import { formatActive } from './active.js';

/** A line of the tree and what happened inside it. */
interface Branch {
  label: string;
  readonly children: Branch[];
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.every((x, i) => x === b[i]);

interface OpenBranch {
  readonly branch: Branch;
  readonly label: (end: string) => string;
  /** The program that the guard has admitted, or that runs without one to ask. */
  readonly program: { readonly name: string; readonly admitted: boolean } | undefined;
}

/** A guard's refusal that waits for its exit, which goes on its line if nothing comes in between. */
interface Refusal {
  readonly program: string;
  readonly branch: Branch;
  readonly label: (back: string) => string;
  /** How many lines there were with it. */
  readonly lines: number;
}

/** What is open in one context: a task, or an interrupt on top of one. */
class Lane {
  readonly open: OpenBranch[] = [];
  /** Where its lines go while nothing that was opened since then is open. */
  base: Branch[];
  /** How many of `open` were opened before the context last gave way. */
  #closed = 0;
  readonly refusals: Refusal[] = [];

  constructor(base: Branch[]) {
    this.base = base;
  }

  get here(): Branch[] {
    return this.open.length > this.#closed ? this.open.at(-1)!.branch.children : this.base;
  }

  /** The context continues further down: what it had open before takes no more lines. */
  continueIn(base: Branch[]): void {
    this.base = base;
    this.#closed = this.open.length;
  }

  pop(end: string): void {
    const last = this.open.pop();
    if (last === undefined) return;
    last.branch.label = last.label(end);
    this.#closed = Math.min(this.#closed, this.open.length);
  }
}

/** Builds the tree of what triggered what: one root for each action, interrupts inside what they interrupt. */
class TreeBuilder {
  readonly roots: Branch[] = [];
  readonly #palette: Palette;
  readonly #tasks = new Map<string, Lane>();
  readonly #interrupts = new Map<string, Lane>();
  /** Writes that the line of the next event tells. */
  readonly #isTold: ReadonlySet<LabEvent>;
  readonly #manyCpus: boolean;
  readonly #manyTasks: boolean;
  #lines = 0;

  constructor(palette: Palette, events: readonly LabEvent[]) {
    this.#palette = palette;
    this.#isTold = new Set(events.filter((e, i) => isToldBy(e, events[i + 1])));
    this.#manyCpus = events.some((e) => e.cpu !== 0);
    this.#manyTasks = new Set(events.filter((e) => e.depth === 0).map((e) => e.task)).size > 1;
  }

  #lane(e: LabEvent): Lane {
    const lanes = e.depth === 0 ? this.#tasks : this.#interrupts;
    const key = e.depth === 0 ? e.task : `${e.cpu} ${e.depth}`;
    let lane = lanes.get(key);
    if (lane === undefined) {
      lane = new Lane(this.roots);
      lanes.set(key, lane);
    }
    return lane;
  }

  /** Who does it, where several could. */
  #who(e: LabEvent): string {
    const who = [...(this.#manyTasks ? [e.task] : []), ...(this.#manyCpus ? [`on CPU ${e.cpu}`] : [])];
    return who.length === 0 ? '' : `${who.join(' ')}: `;
  }

  #line(to: Branch[], label: string): Branch {
    const branch: Branch = { label, children: [] };
    to.push(branch);
    this.#lines += 1;
    return branch;
  }

  add(e: LabEvent): void {
    const { bold, dim, error, note } = this.#palette;
    const lane = this.#lane(e);
    const leaf = (label: string): void => void this.#line(lane.here, label);
    const open = (label: OpenBranch['label'], program?: OpenBranch['program']): void =>
      void lane.open.push({ branch: this.#line(lane.here, label('')), label, program });
    switch (e.kind) {
      case 'action':
        lane.open.length = 0;
        lane.continueIn(this.roots);
        open((end) => `${this.#who(e)}${bold(e.text)}${end}`);
        return;
      case 'action_end':
        lane.pop(e.result === undefined ? '' : ` = ${e.result}`);
        return;
      case 'call':
        open((end) => `${e.name}(${e.args.join(', ')})${end}`);
        return;
      case 'return':
      case 'original_end':
        lane.pop(` = ${formatResult(e.result)}`);
        return;
      case 'original':
        open((end) => dim(`${e.name} itself${end}`));
        return;
      case 'enter': {
        const change = `active ${formatActive(e.before)} -> ${formatActive(e.after)}`;
        const count = formatCount(e.preemptCount);
        if (!e.admitted) {
          const label = (back: string): string =>
            `${bold(e.program)} ${error('REFUSED')}   ${change}${back}  preempt_count ${count}`;
          const branch = this.#line(lane.here, label(''));
          lane.refusals.push({ program: e.program, branch, label, lines: this.#lines });
          return;
        }
        open((end) => `${bold(e.program)} ${note('admitted')}  ${change}  preempt_count ${count}${end}`, {
          name: e.program,
          admitted: true,
        });
        return;
      }
      case 'exit':
        this.#exit(e, lane);
        return;
      case 'write': {
        if (this.#isTold.has(e)) return;
        const where = e.areaCpu === e.cpu ? '' : ` of CPU ${e.areaCpu}`;
        const change = `active${where} ${formatActive(e.before)} -> ${formatActive(e.after)}`;
        leaf(`${bold(e.program)} written   ${change}  ${dim(`by ${e.function}+${e.slot}`)}`);
        return;
      }
      case 'tail_call':
        leaf(`${bold(e.program)} goes on as ${bold(e.target)}`);
        return;
      case 'run': {
        // One that `active` guards has its line already.
        const above = lane.open.at(-1)?.program;
        if (above?.admitted === true && above.name === e.program) return;
        const label = `${bold(e.program)} runs  preempt_count ${formatCount(e.preemptCount)}`;
        open(() => label, { name: e.program, admitted: false });
        return;
      }
      case 'helper':
      case 'helper_end':
        return;
      case 'run_end':
        if (lane.open.at(-1)?.program?.admitted === false) lane.pop('');
        return;
      case 'missed': {
        for (const program of e.programs) leaf(`${bold(program)} ${error('MISSED')}    ${LAYERS[e.by].told}`);
        return;
      }
      case 'busy':
        leaf(`${bold(e.function)} ${error('REFUSED')}    ${TAKERS[e.by].told}`);
        return;
      case 'interrupt': {
        const label = `${note(e.level)}  ${dim(e.text)}`;
        open(() => label);
        const above = new Lane(lane.here);
        this.#interrupts.set(`${e.cpu} ${e.depth + 1}`, above);
        return;
      }
      case 'interrupt_end':
        lane.pop('');
        return;
      case 'preempted':
        leaf(note(`preempted by ${e.by}`));
        return;
      case 'blocked':
        leaf(note('waits'));
        return;
      case 'resumed': {
        lane.continueIn(this.#line(this.roots, note(`${e.task} goes on`)).children);
        return;
      }
      case 'fault':
        leaf(error(e.text));
        return;
      default:
        e satisfies never;
    }
  }

  /** The end of an admitted program, or of a refusal. */
  #exit(e: LabEvent & { kind: 'exit' }, lane: Lane): void {
    const { bold, dim } = this.#palette;
    const last = lane.refusals.at(-1);
    const change = `put  active ${formatActive(e.before)} -> ${formatActive(e.after)}`;
    if (last?.program !== e.program) {
      this.#line(lane.here, dim(change));
      lane.pop('');
      return;
    }
    lane.refusals.pop();
    if (this.#lines === last.lines) {
      const back = same(e.before, e.after) ? '' : ` -> ${formatActive(e.after)}`;
      last.branch.label = last.label(back);
      return;
    }
    // On the refusal's line it would be before what it comes after. No branch of its program is round it.
    this.#line(lane.here, `${bold(e.program)} ${dim(change)}`);
  }
}

/** A number as a number, what is larger (an address) in hex. */
function formatResult(result: bigint): string {
  const signed = BigInt.asIntN(64, result);
  return signed > -0x1_0000_0000n && signed < 0x1_0000_0000n
    ? String(signed)
    : `0x${BigInt.asUintN(64, result).toString(16)}`;
}

/** preempt_count as a number while it only counts preempt_disable, in hex where contexts are in it. */
function formatCount(count: number): string {
  return count < 0x100 ? String(count) : `0x${count.toString(16)}`;
}

function draw(branches: readonly Branch[], indent: string, out: string[], isRoot: boolean): void {
  branches.forEach((b, i) => {
    const isLast = i === branches.length - 1;
    const branch = isRoot ? '' : isLast ? '└─ ' : '├─ ';
    const below = isRoot ? '' : isLast ? '   ' : '│  ';
    out.push(`${indent}${branch}${oneLine(b.label)}`);
    draw(b.children, indent + below, out, false);
  });
}

/** The nested invocations as an indented tree: what triggered what, admitted or refused, and the guard's bytes. */
export function formatTimeline(events: readonly LabEvent[], palette: Palette = plain): string {
  const builder = new TreeBuilder(palette, events);
  for (const e of events) builder.add(e);
  const lines: string[] = [];
  draw(builder.roots, '', lines, true);
  return lines.join('\n');
}
