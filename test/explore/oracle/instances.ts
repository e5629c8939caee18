import type { Kernel } from '../../../src/kernel/kernel.js';
import type { Observer } from '../../../src/machine/engine.js';
import { fromAddress } from '../../../src/machine/memory.js';

/**
 * Instances of programs, by the words of `explore`'s properties: one is *entering* from the first instruction of enter
 * until that returns, *admitted* if it returned non-zero, until the first instruction of put, and *leaving* until put
 * returns; a refused one is leaving from the moment it was refused.
 */
type Phase = 'called' | 'entering' | 'admitted' | 'refused' | 'put' | 'leaving';

interface Instance {
  readonly thread: number;
  readonly program: number;
  readonly cpu: number;
  readonly phase: Phase;
  /** Nobody else of the program was there on the CPU since it began to enter. */
  readonly alone: boolean;
}

/** Indices of the functions round enter and put. */
interface Wrappers {
  readonly enter: number;
  readonly put: number;
}

const ENTER = 'bpf_prog_get_recursion_context';
const PUT = 'bpf_prog_put_recursion_context';

const isThere = (i: Instance): boolean => i.phase !== 'called';
const isIn = (i: Instance): boolean => i.phase === 'admitted' || i.phase === 'put';

/** All instances, and what has been seen of them. A value: every event gives another one. */
export class Instances {
  readonly #wrappers: Wrappers;
  readonly #list: readonly Instance[];
  readonly #entered: readonly string[];
  readonly #admitted: readonly string[];
  readonly broken: ReadonlySet<string>;

  private constructor(
    wrappers: Wrappers,
    list: readonly Instance[] = [],
    entered: readonly string[] = [],
    admitted: readonly string[] = [],
    broken: ReadonlySet<string> = new Set(),
  ) {
    this.#wrappers = wrappers;
    this.#list = list;
    this.#entered = entered;
    this.#admitted = admitted;
    this.broken = broken;
  }

  /** Nobody is inside of anything. */
  static none({ symbols }: Kernel): Instances {
    return new Instances({ enter: symbols.functionIndex(ENTER), put: symbols.functionIndex(PUT) });
  }

  /** What of it belongs to a state. Of instances of two threads it does not matter who came first. */
  get key(): string {
    if (this.#list.length === 0 && this.#entered.length === 0) return '';
    const list = [...this.#list].sort((a, b) => a.thread - b.thread);
    const shown = list.map((i) => [i.thread, i.program, i.cpu, i.phase, i.alone].join(' '));
    return [shown, [...this.#entered].sort(), [...this.#admitted].sort()].join('|');
  }

  #with(list: readonly Instance[], broken: readonly string[] = []): Instances {
    const all = broken.length === 0 ? this.broken : new Set([...this.broken, ...broken]);
    return new Instances(this.#wrappers, list, this.#entered, this.#admitted, all);
  }

  #innermost(thread: number): number {
    return this.#list.findLastIndex((i) => i.thread === thread);
  }

  /** A thread is about to execute an instruction. */
  goesOn(thread: number): Instances {
    if (this.#list.length === 0) return this;
    const at = this.#innermost(thread);
    const mine = this.#list[at];
    if (mine === undefined) return this;
    if (mine.phase === 'put') return this.#with(this.#list.with(at, { ...mine, phase: 'leaving' }));
    if (mine.phase !== 'called') return this;
    const isRival = (o: Instance): boolean =>
      o !== mine && o.program === mine.program && o.cpu === mine.cpu && isThere(o);
    const alone = !this.#list.some(isRival);
    return this.#with(
      this.#list.map((o) =>
        o === mine ? { ...o, phase: 'entering', alone } : isRival(o) ? { ...o, alone: false } : o,
      ),
    );
  }

  /** A thread has called a function. */
  called(thread: number, cpu: number, fn: number, programOf: () => number | undefined): Instances {
    if (fn !== this.#wrappers.enter && fn !== this.#wrappers.put) return this;
    const program = programOf();
    if (program === undefined) return this;
    if (fn === this.#wrappers.enter) {
      const entry = { thread, program, cpu, phase: 'called', alone: false } as const;
      const entered = added(this.#entered, `${program} ${cpu}`);
      return new Instances(this.#wrappers, [...this.#list, entry], entered, this.#admitted, this.broken);
    }
    const at = this.#innermost(thread);
    const mine = this.#list[at];
    if (mine?.phase !== 'admitted') return this;
    return this.#with(this.#list.with(at, { ...mine, phase: 'put' }));
  }

  /** A thread is about to return from a function; `admits` where r0 is not 0. */
  returns(thread: number, fn: string, admits: boolean): Instances {
    if (fn !== ENTER && fn !== PUT) return this;
    const at = this.#innermost(thread);
    const mine = this.#list[at];
    if (mine === undefined) return this;
    if (fn === PUT) return this.#with(this.#list.toSpliced(at, 1));
    if (!admits) {
      const broken = mine.alone ? ['admits_alone'] : [];
      return this.#with(this.#list.with(at, { ...mine, phase: 'refused', alone: false }), broken);
    }
    const crowded = this.#list.some(
      (o) => o !== mine && o.program === mine.program && o.cpu === mine.cpu && isIn(o),
    );
    const list = this.#list.with(at, { ...mine, phase: 'admitted', alone: false });
    const broken = crowded ? new Set([...this.broken, 'one_instance']) : this.broken;
    const admitted = added(this.#admitted, `${mine.program} ${mine.cpu}`);
    return new Instances(this.#wrappers, list, this.#entered, admitted, broken);
  }

  /** Whether of those who entered a program on a CPU nobody was admitted, of one of them. */
  get starved(): boolean {
    return this.#entered.some((e) => !this.#admitted.includes(e));
  }
}

const added = (list: readonly string[], s: string): readonly string[] =>
  list.includes(s) ? list : [...list, s];

/** Tells instances what threads call and return from; threads are known by where their registers lie. */
export const observing = (
  kernel: Kernel,
  change: (by: (i: Instances) => Instances) => void,
): Pick<Observer, 'call' | 'return'> => ({
  call: (thread, _slot, fn) => {
    const program = (): number | undefined => kernel.programAt(fromAddress(thread.getRegister(1)) ?? 0)?.id;
    change((i) => i.called(thread.at, thread.cpu, fn, program));
  },
  return: (thread, slot) => {
    const { fn } = kernel.machine.text.at(slot)!;
    change((i) => i.returns(thread.at, fn.name, thread.getRegister(0) !== 0n));
  },
});
