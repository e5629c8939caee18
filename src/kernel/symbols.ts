import { helperById } from '../isa/helpers.js';
import type { Insn } from '../isa/insn.js';
import type { Resolved, Resolver } from '../machine/load.js';
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';

/** Who may use a name: everybody, or only code of the kernel. */
export type Visibility = 'public' | 'kernel';

interface Symbol {
  readonly resolved: Resolved;
  readonly visibility: Visibility;
}

/** What every name in the emulated kernel and the lab stands for. */
export class Symbols {
  readonly #symbols = new Map<string, Symbol>();

  /** Names are declared once; who declares them has made sure that they are new. */
  define(name: string, resolved: Resolved, visibility: Visibility): void {
    if (this.#symbols.has(name)) throw new Error(`the symbol ${name} is defined twice`);
    this.#symbols.set(name, { resolved, visibility });
  }

  has(name: string): boolean {
    return this.#symbols.has(name);
  }

  /** The index of a function that is known to exist. */
  functionIndex(name: string): number {
    const symbol = this.#symbols.get(name);
    if (symbol?.resolved.kind !== 'function') throw new Error(`the kernel has no function ${name}`);
    return symbol.resolved.index;
  }

  /** The address of data that is known to exist. */
  addressOf(name: string): bigint {
    const symbol = this.#symbols.get(name);
    if (symbol?.resolved.kind !== 'address') throw new Error(`the kernel has no data ${name}`);
    return symbol.resolved.address;
  }

  #names(from: Visibility, wanted: (r: Resolved) => boolean): Set<string> {
    const names = new Set<string>();
    for (const [name, s] of this.#symbols) {
      if (wanted(s.resolved) && (from === 'kernel' || s.visibility === 'public')) names.add(name);
    }
    return names;
  }

  /** Names that code may call. */
  callees(from: Visibility): Set<string> {
    return this.#names(from, (r) => r.kind !== 'address');
  }

  /** Names whose address code may load: data, and functions for callbacks. */
  addresses(from: Visibility): Set<string> {
    return this.#names(from, (r) => r.kind !== 'leaf');
  }

  resolver(from: Visibility, addressOf: (fn: number) => bigint): Resolver {
    return {
      call: (insn) => this.#call(insn, from),
      address: (insn) => this.#address(insn, from, addressOf),
    };
  }

  #call(insn: Insn, from: Visibility): Resolved | Diagnostic {
    const name = insn.ref?.name ?? helperById(insn.imm)?.name;
    const place = insn.span === undefined ? {} : { span: insn.ref?.span ?? insn.span };
    if (name === undefined || insn.op.form === 'call_kfunc') {
      return errorAt('B0601', `there is no helper number ${insn.imm}`, {
        ...place,
        help: '`tinybpf list helpers` shows what can be called',
      });
    }
    const symbol = this.#symbols.get(name);
    if (
      symbol !== undefined &&
      symbol.resolved.kind !== 'address' &&
      (from === 'kernel' || symbol.visibility === 'public')
    ) {
      return symbol.resolved;
    }
    const callees = this.callees(from);
    if (symbol !== undefined) {
      return errorAt('B0601', `\`${name}\` cannot be called from a program`, {
        ...place,
        help: didYouMean(name, callees),
      });
    }
    return errorAt('B0608', `\`${name}\` exists in Linux, but this emulator does not provide it`, {
      ...place,
      help: didYouMean(name, callees) ?? '`tinybpf list helpers` shows what can be called',
    });
  }

  #address(insn: Insn, from: Visibility, addressOf: (fn: number) => bigint): Resolved | Diagnostic {
    const place = insn.span === undefined ? {} : { span: insn.ref?.span ?? insn.span };
    const { ref } = insn;
    if (ref === undefined) {
      return errorAt(
        'B0208',
        `\`ld_pseudo\` of kind ${insn.op.select?.value ?? 0} names something by number, and nothing has that number here`,
        {
          ...place,
          help: 'write `r1 = NAME ll`',
        },
      );
    }
    const symbol = this.#symbols.get(ref.name);
    if (
      symbol === undefined ||
      symbol.resolved.kind === 'leaf' ||
      (from === 'public' && symbol.visibility !== 'public')
    ) {
      return errorAt('B0208', `\`${ref.name}\` is not defined`, {
        ...place,
        help: didYouMean(ref.name, this.addresses(from)),
      });
    }
    const base =
      symbol.resolved.kind === 'function' ? addressOf(symbol.resolved.index) : symbol.resolved.address;
    return { kind: 'address', address: BigInt.asUintN(64, base + ref.addend) };
  }
}
