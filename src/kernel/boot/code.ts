import { type Assembled, assemble } from '../../isa/assemble.js';
import type { AnyInsn } from '../../isa/insn.js';
import { placeCode, type Resolver } from '../../machine/load.js';
import type { Machine } from '../../machine/machine.js';
import { makeRelocatable, type Relocatable } from '../../machine/relocatable.js';
import type { FunctionKind } from '../../machine/text.js';
import type { Line } from '../../syntax/ast.js';
import type { Diagnostic } from '../../text/diagnostic.js';
import { Findings } from '../../text/findings.js';
import type { Span } from '../../text/source.js';
import type { AttachKind } from '../attach/kinds.js';
import { type CodeLine, instructionsOf, keyOf } from '../attach/lines.js';
import type { KernelModel } from '../model.js';
import type { CodeCache } from './code-cache.js';
import type { NameScope, Symbols, Visibility } from './symbols.js';

/** Code before it is placed: assembly, the instructions of an object file, or what was made when this was built. */
export type Code =
  | { readonly kind: 'lines'; readonly lines: readonly Line[] }
  | {
      readonly kind: 'insns';
      readonly insns: readonly AnyInsn[];
      /** Slots where its functions begin. */
      readonly labels: ReadonlyMap<string, number>;
      /** What its names stand for. */
      readonly scope: NameScope;
    }
  | { readonly kind: 'built'; readonly forModel: (model: KernelModel) => Relocatable };

/** Code that is declared but not yet placed. */
export interface PendingCode {
  readonly name: string;
  readonly kind: FunctionKind;
  readonly index: number;
  readonly code: Code;
  /** Whose names it may use. */
  readonly visibility: Visibility;
  /** Functions that stand in for those of other names. */
  readonly substitutes?: ReadonlyMap<string, string>;
  /** The kind of program whose code it is; absent where it is not a program's. */
  readonly calledBy?: AttachKind;
  /** Whether it is from a file of the kernel. */
  readonly isOfKernel?: boolean;
  readonly span?: Span;
}

/** What code is assembled for and placed in: a kernel that is being booted. */
interface LoaderParts {
  readonly machine: Machine;
  readonly symbols: Symbols;
  readonly model: KernelModel;
  readonly cpus: number;
  /** `size` is of the guard's area. */
  readonly guard: { readonly size: number };
}

/** Assembles, checks and places the kernel's, the guard's and the lab's code. */
export class CodeLoader {
  readonly #kernel: LoaderParts;
  readonly #cache: CodeCache;
  /** How many errors are looked for in one function at most; the assembler's own choice if absent. */
  readonly #maxErrors: number | undefined;
  readonly #pending: PendingCode[] = [];
  readonly #isAreaInDoubt: boolean;
  /** What the names in the kernel's own code stand for, which is most of what a boot places. */
  readonly #ofKernel: Resolver;

  constructor(kernel: LoaderParts, cache: CodeCache, maxErrors?: number, isAreaInDoubt = false) {
    this.#isAreaInDoubt = isAreaInDoubt;
    this.#ofKernel = kernel.symbols.resolver('kernel', kernel.machine.text, { isOfKernel: true });
    this.#kernel = kernel;
    this.#cache = cache;
    this.#maxErrors = maxErrors;
  }

  add(code: PendingCode): void {
    this.#pending.push(code);
  }

  /**
   * Places everything that was added, with placeholders for what is at fault. Returns the indices of functions with errors.
   */
  loadAll(findings: Findings): ReadonlySet<number> {
    const faulty = new Set<number>();
    for (const code of this.#pending) {
      if (code.code.kind === 'built') this.#place(code, code.code.forModel(this.#kernel.model), findings);
      else if (!this.#load(code, code.code, findings)) faulty.add(code.index);
    }
    this.#pending.length = 0;
    return faulty;
  }

  /** True if nothing is wrong with it. */
  #load(pending: PendingCode, code: Exclude<Code, { kind: 'built' }>, findings: Findings): boolean {
    const own = new Findings();
    const ready = this.#relocatable(pending, code, own);
    if (ready === undefined) findings.doubt(pending.name);
    else this.#place(pending, ready, own);
    // At the code's own place where there is no better one.
    findings.addAll(own.diagnostics.map((d) => (d.span === undefined ? placed(d, pending.span) : d)));
    return own.errors === 0;
  }

  /** Places code that the kernel makes itself. Anything wrong with it is a bug of ours. */
  loadGenerated(name: string, kind: FunctionKind, index: number, lines: readonly CodeLine[]): void {
    const findings = new Findings();
    const refuse = ([first]: readonly Diagnostic[]): void => {
      if (first !== undefined) throw new Error(`generated code of ${name}: ${first.message}`);
    };
    const code = this.#cache.generated(`${name}\n${keyOf(lines)}`, () => {
      const made = makeRelocatable({ name, ...instructionsOf(name, lines), isInternal: true }, findings);
      refuse(findings.diagnostics);
      return made;
    });
    this.#place({ name, kind, index, visibility: 'kernel', isOfKernel: true }, code, findings);
    refuse(findings.diagnostics);
  }

  /** Places a copy of a function with more in it. Anything wrong with that is a bug of ours. */
  placeSpliced(name: string, index: number, code: Relocatable): void {
    const findings = new Findings();
    this.#place({ name, kind: 'kernel', index, visibility: 'kernel', isOfKernel: true }, code, findings);
    const [first] = findings.diagnostics;
    if (first !== undefined) throw new Error(`generated code of ${name}: ${first.message}`);
  }

  /** Code that can be placed; undefined if there is too much wrong with it to be read to its end. */
  #relocatable(
    pending: PendingCode,
    code: Exclude<Code, { kind: 'built' }>,
    findings: Findings,
  ): Relocatable | undefined {
    const { kind } = pending;
    if (code.kind === 'insns') return this.#check(pending, code, findings);
    const { model, cpus, guard } = this.#kernel;
    const of = pending.visibility === 'kernel' ? `${model.name} ${cpus}` : '';
    const key = `${pending.name} ${kind} ${of} ${kind === 'guard' ? guard.size : ''}`;
    const known = this.#cache.ofLines(code.lines, key);
    if (known !== undefined) return known;
    const assembled = this.#assemble(code.lines, pending.visibility);
    findings.addAll(assembled.diagnostics);
    if (!assembled.isComplete) return undefined;
    const made = this.#check(pending, assembled, findings);
    if (findings.diagnostics.length === 0) this.#cache.keepLines(code.lines, key, made);
    return made;
  }

  #assemble(lines: readonly Line[], visibility: Visibility): Assembled {
    const { symbols, model, cpus } = this.#kernel;
    return assemble(lines, {
      maxErrors: this.#maxErrors,
      constants: visibility === 'kernel' ? this.#cache.constantsOf(model, cpus) : new Map(),
      callees: symbols.callees(visibility),
      symbols: symbols.addresses(visibility),
    });
  }

  #check(
    { name, kind }: PendingCode,
    { insns, labels }: Pick<Assembled, 'insns' | 'labels'>,
    findings: Findings,
  ): Relocatable {
    const { size } = this.#kernel.guard;
    const area = kind === 'guard' && !this.#isAreaInDoubt ? size : undefined;
    return makeRelocatable({ name, insns, labels, isInternal: kind !== 'program', area }, findings);
  }

  #place(
    pending: Omit<PendingCode, 'code'> & { readonly code?: Code },
    code: Relocatable,
    findings: Findings,
  ): void {
    const { name, kind, index } = pending;
    const resolver = this.#resolverFor(pending);
    placeCode(this.#kernel.machine, code, { name, kind, index, resolver }, findings);
  }

  #resolverFor({
    code,
    visibility,
    substitutes,
    calledBy,
    isOfKernel = false,
  }: Omit<PendingCode, 'code'> & { readonly code?: Code }): Resolver {
    const { symbols, machine, model } = this.#kernel;
    const scope = code?.kind === 'insns' ? code.scope : undefined;
    const isOther = scope !== undefined || substitutes !== undefined || calledBy !== undefined;
    if (isOfKernel && visibility === 'kernel' && !isOther) return this.#ofKernel;
    return symbols.resolver(visibility, machine.text, {
      ...(scope && { scope }),
      ...(substitutes && { substitutes }),
      ...(calledBy && { caller: { kind: calledBy, model } }),
      isOfKernel,
    });
  }
}

const placed = (d: Diagnostic, span: Span | undefined): Diagnostic => ({ ...d, ...(span && { span }) });
