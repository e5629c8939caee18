import type { LabEvent } from '../lab/events.js';
import { type Palette, plain } from '../text/format.js';

/** A line of the tree and what happened inside it. */
interface Branch {
  readonly label: string;
  readonly children: Branch[];
}

/** An `active` area as bytes in memory order: normal, softirq, hardirq, NMI for the byte counters. */
export function formatActive(bytes: Uint8Array): string {
  return [...bytes].map((b) => b.toString(16).padStart(2, '0')).join(' ');
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.every((x, i) => x === b[i]);

interface OpenBranch {
  readonly children: Branch[];
  readonly label: (end: string) => string;
  readonly at: number;
  readonly parent: Branch[];
}

/** Builds the tree of who triggered what, one root an action. */
class TreeBuilder {
  readonly roots: Branch[] = [];
  readonly palette: Palette;
  #stack: OpenBranch[] = [];
  /** A guard's refusal that waits for its exit, to be shown on one line. */
  #refusal: { readonly program: string; readonly text: string; readonly preemptCount: number } | undefined;

  constructor(palette: Palette) {
    this.palette = palette;
  }

  #here(): Branch[] {
    return this.#stack.at(-1)?.children ?? this.roots;
  }

  #leaf(label: string): void {
    this.#here().push({ label, children: [] });
  }

  #open(label: (end: string) => string): void {
    const parent = this.#here();
    this.#stack.push({ children: [], label, at: parent.length, parent });
    parent.push({ label: label(''), children: [] });
  }

  #close(end: string): void {
    const open = this.#stack.pop();
    if (open === undefined) return;
    open.parent[open.at] = { label: open.label(end), children: open.children };
  }

  add(e: LabEvent): void {
    const { bold, dim, error, note } = this.palette;
    switch (e.kind) {
      case 'action':
        this.#stack = [];
        this.#open((end) => `${bold(e.text)}${end}`);
        return;
      case 'action_end':
        this.#close(e.result === undefined ? '' : ` = ${e.result}`);
        return;
      case 'call':
        this.#open((end) => `${e.name}(${e.args.join(', ')})${end}`);
        return;
      case 'return':
      case 'original_end':
        this.#close(` = ${BigInt.asIntN(64, e.result)}`);
        return;
      case 'original':
        this.#open((end) => dim(`${e.name} itself${end}`));
        return;
      case 'enter': {
        const change = `active ${formatActive(e.before)} -> ${formatActive(e.after)}`;
        if (!e.admitted) {
          this.#refusal = { program: e.program, text: change, preemptCount: e.preemptCount };
          return;
        }
        this.#open(
          (end) => `${bold(e.program)} ${note('admitted')}  ${change}  preempt_count ${e.preemptCount}${end}`,
        );
        return;
      }
      case 'exit': {
        const refused = this.#refusal;
        this.#refusal = undefined;
        if (refused !== undefined) {
          const back = same(e.before, e.after) ? '' : ` -> ${formatActive(e.after)}`;
          this.#leaf(
            `${bold(e.program)} ${error('REFUSED')}   ${refused.text}${back}  preempt_count ${refused.preemptCount}`,
          );
          return;
        }
        this.#leaf(dim(`put  active ${formatActive(e.before)} -> ${formatActive(e.after)}`));
        this.#close('');
        return;
      }
      case 'tail_call':
        this.#leaf(`${bold(e.program)} goes on as ${bold(e.target)}`);
        return;
      case 'run':
      case 'run_end':
        return;
      case 'fault':
        this.#leaf(error(e.text));
        return;
      default:
        e satisfies never;
    }
  }

  finish(): void {
    while (this.#stack.length > 0) this.#close('');
  }
}

function draw(branches: readonly Branch[], indent: string, out: string[], isRoot: boolean): void {
  branches.forEach((b, i) => {
    const isLast = i === branches.length - 1;
    const branch = isRoot ? '' : isLast ? '└─ ' : '├─ ';
    const below = isRoot ? '' : isLast ? '   ' : '│  ';
    out.push(`${indent}${branch}${b.label}`);
    draw(b.children, indent + below, out, false);
  });
}

/** The nested invocations as an indented tree: what triggered what, admitted or refused, and the guard's bytes. */
export function formatTimeline(events: readonly LabEvent[], palette: Palette = plain): string {
  const builder = new TreeBuilder(palette);
  for (const e of events) builder.add(e);
  builder.finish();
  const lines: string[] = [];
  draw(builder.roots, '', lines, true);
  return lines.join('\n');
}
