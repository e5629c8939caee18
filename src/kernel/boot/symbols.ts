import { helperById, helperByName } from '../../isa/helpers.js';
import type { Insn } from '../../isa/insn.js';
import { isOtherKfunc } from '../../isa/kfuncs.js';
import { type Link, linkTo, type Resolved, type Resolver } from '../../machine/load.js';
import { fromAddress } from '../../machine/memory.js';
import type { Text } from '../../machine/text.js';
import {
  NAME_SPACES,
  type NameSpace,
  severalMeanings,
  spacedName,
  splitSpacedName,
} from '../../syntax/name-space.js';
import { type Diagnostic, errorAt } from '../../text/diagnostic.js';
import { didYouMean } from '../../text/nearest.js';
import { type Caller, isTooOld, refuseCall } from './callers.js';

/** Who may use a name: everybody, or only code of the kernel. */
export type Visibility = 'public' | 'kernel';

interface Symbol {
  readonly resolved: Resolved;
  readonly visibility: Visibility;
  readonly space: NameSpace;
}

/** The symbol of a thing: its name, with the word of its name space in front where another has that name too. */
export type SymbolOf = (space: NameSpace, name: string) => string;

/** What the names in an object file's code stand for: symbols of the machine, which need not have the same name. */
export interface NameScope {
  /** Maps and data of the object itself. */
  readonly own: ReadonlyMap<string, string>;
  /** What it expects of the kernel; a weak one may be missing, its address is then 0. */
  readonly externs: ReadonlyMap<string, { readonly weak: boolean }>;
}

export interface ResolverOptions {
  readonly scope?: NameScope;
  /** Functions that stand in for those of other names, depending on the kind of program. */
  readonly substitutes?: ReadonlyMap<string, string>;
  /** The program whose code it is; absent for code that may call whatever it sees. */
  readonly caller?: Caller;
  /** Code of the kernel's own files: a name is the symbol that is called so, whatever else a lab has. */
  readonly isOfKernel?: boolean;
}

/** The helper number libbpf puts where a program needs a type that the kernel does not have. */
const POISONED_CALL = 0xbad2310;
export const POISON_LEAF = 'unresolved_relocation';

/** What every name in the emulated kernel and the lab stands for. */
export class Symbols {
  readonly #symbols = new Map<string, Symbol>();
  /** Sets of names that have been asked for since the last definition. */
  readonly #known = new Map<string, ReadonlySet<string>>();
  /** What is written where code says a name, of names whose meaning does not change any more: most are said often. */
  readonly #links = { call: new Map<string, Link>(), address: new Map<string, Link>() };
  /** Whether any symbol has the word of its name space in front. */
  #hasSpaced = false;

  /** Names are declared once; whoever declares them has made sure that they are new. */
  define(
    name: string,
    resolved: Resolved,
    visibility: Visibility,
    space: NameSpace = resolved.kind === 'address' ? 'variable' : 'function',
  ): void {
    if (this.#symbols.has(name)) throw new Error(`the symbol ${name} is defined twice`);
    this.#symbols.set(name, { resolved, visibility, space });
    this.#known.clear();
    if (splitSpacedName(name).space !== undefined) this.#hasSpaced = true;
  }

  /** Gives another meaning to a name that the kernel makes itself, when images are generated again. */
  bind(name: string, resolved: Resolved): void {
    this.#symbols.set(name, { resolved, visibility: 'kernel', space: 'function' });
    this.#known.clear();
    this.#links.call.delete(name);
    this.#links.address.delete(name);
  }

  /** Offset in memory of data that is known to exist. */
  offsetOf(name: string): number {
    return fromAddress(this.addressOf(name))!;
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

  /** The index of a leaf that is known to exist. */
  leafIndex(name: string): number {
    const symbol = this.#symbols.get(name);
    if (symbol?.resolved.kind !== 'leaf') throw new Error(`the kernel has no leaf ${name}`);
    return symbol.resolved.index;
  }

  /** The address of data that is known to exist. */
  addressOf(name: string): bigint {
    const symbol = this.#symbols.get(name);
    if (symbol?.resolved.kind !== 'address') throw new Error(`the kernel has no data ${name}`);
    return symbol.resolved.address;
  }

  #names(from: Visibility, unwanted: Resolved['kind']): ReadonlySet<string> {
    const key = `${from} ${unwanted}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const names = new Set<string>();
    for (const [name, s] of this.#symbols) {
      if (s.resolved.kind !== unwanted && (from === 'kernel' || s.visibility === 'public'))
        names.add(splitSpacedName(name).bare);
    }
    this.#known.set(key, names);
    return names;
  }

  /** Names that code may call. */
  callees(from: Visibility): ReadonlySet<string> {
    return this.#names(from, 'address');
  }

  /** Names whose address code may load: data, and functions for callbacks. */
  addresses(from: Visibility): ReadonlySet<string> {
    return this.#names(from, 'leaf');
  }

  resolver(from: Visibility, text: Text, options: ResolverOptions = {}): Resolver {
    // The kernel's code may use every name, and most of what is placed at a boot is the kernel's.
    const isExact = options.isOfKernel === true || !this.#hasSpaced;
    const named: Resolver['named'] =
      isExact && from === 'kernel' && options.scope === undefined && options.substitutes === undefined
        ? (kind, name, addend) => this.#named(kind, name, addend, text)
        : undefined;
    return {
      ...(named && { named }),
      call: (insn) => this.#call(insn, from, options),
      address: (insn) => this.#address(insn, from, text, options),
    };
  }

  /** What a name can mean: of a bare one, whatever is called so in any name space. */
  #meant(name: string): readonly Symbol[] {
    const { space, bare } = splitSpacedName(name);
    const spaces = space === undefined ? NAME_SPACES : [space];
    const bareSymbol = this.#symbols.get(bare);
    return [
      ...(bareSymbol !== undefined && spaces.includes(bareSymbol.space) ? [bareSymbol] : []),
      ...spaces.flatMap((s) => this.#symbols.get(spacedName(s, bare)) ?? []),
    ];
  }

  #named(kind: 'call' | 'address', name: string, addend: bigint, text: Text): Link | undefined {
    const known = addend === 0n ? this.#links[kind].get(name) : undefined;
    if (known !== undefined) return known;
    const resolved = this.#symbols.get(name)?.resolved;
    if (resolved === undefined) return undefined;
    if (kind === 'call')
      return resolved.kind === 'address' ? undefined : this.#keep(kind, name, linkTo(resolved));
    if (resolved.kind === 'leaf') return undefined;
    const base = resolved.kind === 'function' ? text.addressOf(resolved.index) : resolved.address;
    const link = linkTo({ kind: 'address', address: BigInt.asUintN(64, base + addend) });
    // The address of a function is known once it has been placed.
    return addend === 0n && resolved.kind === 'address' ? this.#keep(kind, name, link) : link;
  }

  #keep(kind: 'call' | 'address', name: string, link: Link): Link {
    this.#links[kind].set(name, link);
    return link;
  }

  #call(
    insn: Insn,
    from: Visibility,
    { substitutes, scope, caller }: ResolverOptions,
  ): Resolved | Diagnostic {
    if (insn.op.form === 'call_helper' && insn.imm === POISONED_CALL)
      return this.#symbols.get(POISON_LEAF)!.resolved;
    const called = insn.ref?.name ?? (insn.op.form === 'call_kfunc' ? undefined : helperById(insn.imm)?.name);
    const place = insn.span === undefined ? {} : { span: insn.ref?.span ?? insn.span };
    if (called === undefined) {
      const what = insn.op.form === 'call_kfunc' ? 'kernel function with BTF id' : 'helper number';
      return errorAt('B0601', `there is no ${what} ${insn.imm}`, {
        ...place,
        help: '`tinybpf list helpers` shows what can be called',
      });
    }
    const name = substitutes?.get(called) ?? called;
    const symbol = this.#symbols.get(name);
    const mayUse = from === 'kernel' || symbol?.visibility === 'public' || name !== called;
    const extern = scope?.externs.get(called);
    // What a kernel does not have is not there, of which a program that does not need it has made sure.
    if (extern?.weak === true && caller !== undefined && isTooOld(called, caller.model))
      return this.#symbols.get(POISON_LEAF)!.resolved;
    if (symbol !== undefined && symbol.resolved.kind !== 'address' && mayUse) {
      const refusal = caller && refuseCall(called, caller);
      if (refusal === undefined) return symbol.resolved;
      const { message, ...more } = refusal;
      return errorAt('B0608', message, { ...place, ...more });
    }
    const callees = this.callees(from);
    if (symbol !== undefined) {
      return errorAt('B0601', `\`${name}\` cannot be called from a program`, {
        ...place,
        help: didYouMean(name, callees),
      });
    }
    if (extern?.weak === true) return this.#symbols.get(POISON_LEAF)!.resolved;
    if (extern !== undefined && helperByName(name) === undefined && !isOtherKfunc(name)) {
      return errorAt('B0601', `\`${name}\` is declared in the object, and nobody provides it`, {
        ...place,
        help: didYouMean(name, callees) ?? `declare \`function ${name}() kfunc { … }\` in a lab`,
      });
    }
    const list = insn.op.form === 'call_kfunc' ? 'kfuncs' : 'helpers';
    return errorAt('B0608', `\`${name}\` exists in Linux, but this emulator does not provide it`, {
      ...place,
      help: didYouMean(name, callees) ?? `\`tinybpf list ${list}\` shows what can be called`,
    });
  }

  #address(
    insn: Insn,
    from: Visibility,
    text: Text,
    { scope, caller }: ResolverOptions,
  ): Resolved | Diagnostic {
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
    const own = scope?.own.get(ref.name);
    const extern = scope?.externs.get(ref.name);
    if (extern?.weak === true && caller !== undefined && isTooOld(ref.name, caller.model))
      return { kind: 'address', address: 0n };
    const isVisible = from === 'kernel' || own !== undefined || extern !== undefined;
    const meant = this.#meant(own ?? ref.name).filter(
      (s) => s.resolved.kind !== 'leaf' && (isVisible || s.visibility === 'public'),
    );
    const symbol = own === undefined ? meant[0] : this.#symbols.get(own);
    if (meant.length > 1 && own === undefined) {
      const { message, help } = severalMeanings(
        ref.name,
        meant.map((s) => s.space),
      );
      return errorAt('B0415', message, { ...place, help });
    }
    if (symbol === undefined || symbol.resolved.kind === 'leaf') {
      if (extern?.weak === true) return { kind: 'address', address: 0n };
      return errorAt('B0208', `\`${ref.name}\` is not defined`, {
        ...place,
        help: didYouMean(ref.name, this.addresses(from)),
      });
    }
    const base =
      symbol.resolved.kind === 'function' ? text.addressOf(symbol.resolved.index) : symbol.resolved.address;
    return { kind: 'address', address: BigInt.asUintN(64, base + ref.addend) };
  }
}
