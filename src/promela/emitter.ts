import type { Value } from './values.js';
import { nameOf } from './values.js';

/** The statements of one path through a step, and which variables hold something on it. */
export class Emitter {
  readonly lines: string[];
  readonly touched: Set<string>;
  /** Whether the step has had its access to what others can see. */
  hasAccessed: boolean;
  insns: number;
  readonly #indent: string;

  constructor(lines: string[], indent: string, touched: Set<string>, hasAccessed = false, insns = 0) {
    this.lines = lines;
    this.touched = touched;
    this.hasAccessed = hasAccessed;
    this.insns = insns;
    this.#indent = indent;
  }

  emit(...texts: readonly string[]): void {
    for (const t of texts) this.lines.push(`${this.#indent}${t}`);
  }

  comment(text: string): void {
    this.emit(`/* ${text.replaceAll('*/', '* /')} */`);
  }

  /** A branch of an `if`: goes on with the same lines. */
  branch(): Emitter {
    return new Emitter(
      this.lines,
      `${this.#indent}    `,
      new Set(this.touched),
      this.hasAccessed,
      this.insns,
    );
  }

  /** Statements that may turn out not to be wanted. */
  aside(): Emitter {
    return new Emitter([], `${this.#indent}    `, new Set(this.touched), this.hasAccessed, this.insns);
  }

  /** Puts a value that lies in another variable into one of its own. */
  own(name: string, v: Value): Value {
    const from = nameOf(v);
    if (from === undefined) return v;
    const to = v.kind === 'wide' ? `${name}x` : name;
    this.touched.add(to);
    if (from !== to) this.emit(v.kind === 'wide' ? `c_code { @->${to} = @->${from}; };` : `${to} = ${from};`);
    return { ...v, name: to } as Value;
  }

  /** Sets variables to 0 that held something and do not any more, so that states that differ in them are one. */
  reset(live: ReadonlySet<string>): void {
    for (const name of [...this.touched].sort())
      if (!live.has(name)) this.emit(name.endsWith('x') ? `c_code { @->${name} = 0; };` : `${name} = 0;`);
  }
}
