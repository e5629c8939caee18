import { type Assembled, assemble } from '../../isa/assemble.js';
import type { AnyInsn } from '../../isa/insn.js';
import { placeCode } from '../../machine/load.js';
import { makeRelocatable, type Relocatable } from '../../machine/relocatable.js';
import type { FunctionKind } from '../../machine/text.js';
import type { Line } from '../../syntax/ast.js';
import { parseAssembly } from '../../syntax/parse-program.js';
import { type Diagnostic, errorAt, hasErrors } from '../../text/diagnostic.js';
import type { Span } from '../../text/source.js';
import type { Kernel } from '../kernel.js';
import type { KernelModel } from '../model.js';
import type { CodeCache } from './code-cache.js';
import type { NameScope, Visibility } from './symbols.js';

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
  readonly span?: Span;
}

/** Assembles, checks and places the kernel's, the guard's and the lab's code. */
export class CodeLoader {
  readonly #kernel: Kernel;
  readonly #cache: CodeCache;
  /** How many errors are looked for in one function at most; the assembler's own choice if absent. */
  readonly #maxErrors: number | undefined;
  readonly #pending: PendingCode[] = [];

  constructor(kernel: Kernel, cache: CodeCache, maxErrors?: number) {
    this.#kernel = kernel;
    this.#cache = cache;
    this.#maxErrors = maxErrors;
  }

  add(code: PendingCode): void {
    this.#pending.push(code);
  }

  /** Places everything that was added; all diagnostics of all of it are collected. */
  loadAll(diagnostics: Diagnostic[]): void {
    for (const code of this.#pending) {
      const ready = this.#relocatable(code, diagnostics);
      if (ready !== undefined) this.#place(code, ready, diagnostics);
    }
    this.#pending.length = 0;
  }

  /** Places code that the kernel made itself, as text. Anything wrong with it is a bug of ours. */
  loadText(name: string, kind: FunctionKind, index: number, text: string): void {
    const refuse = ([first]: readonly Diagnostic[]): void => {
      if (first !== undefined) throw new Error(`generated code of ${name}: ${first.message}`);
    };
    const code = this.#cache.generated(`${name}\n${text}`, () => {
      const parsed = parseAssembly({ name: `${name} (generated)`, text });
      refuse(parsed.diagnostics);
      const { insns, labels, diagnostics } = assemble(parsed.value, { callees: 'any' });
      refuse(diagnostics);
      const made = makeRelocatable({ name, insns, labels, isInternal: true });
      if (made.ok) return made.code;
      refuse(made.diagnostics);
      throw new Error(`generated code of ${name} cannot be loaded`);
    });
    const diagnostics: Diagnostic[] = [];
    this.#place({ name, kind, index, visibility: 'kernel' }, code, diagnostics);
    refuse(diagnostics);
  }

  /** Code that can be placed; undefined if something is wrong with it. */
  #relocatable(pending: PendingCode, diagnostics: Diagnostic[]): Relocatable | undefined {
    const { code, kind } = pending;
    switch (code.kind) {
      case 'built':
        return code.forModel(this.#kernel.model);
      case 'insns':
        return this.#check(pending, code, diagnostics);
      case 'lines': {
        const { model, cpus, guard } = this.#kernel;
        const of = pending.visibility === 'kernel' ? `${model.name} ${cpus}` : '';
        const key = `${pending.name} ${kind} ${of} ${kind === 'guard' ? guard.size : ''}`;
        const known = this.#cache.ofLines(code.lines, key);
        if (known !== undefined) return known;
        const before = diagnostics.length;
        const assembled = this.#assemble(code.lines, pending.visibility);
        for (const d of assembled.diagnostics) diagnostics.push(d);
        if (hasErrors(assembled.diagnostics)) return undefined;
        const made = this.#check(pending, assembled, diagnostics);
        if (made !== undefined && diagnostics.length === before) this.#cache.keepLines(code.lines, key, made);
        return made;
      }
      default:
        return code satisfies never;
    }
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
    pending: PendingCode,
    { insns, labels }: Pick<Assembled, 'insns' | 'labels'>,
    diagnostics: Diagnostic[],
  ): Relocatable | undefined {
    const { name, kind } = pending;
    const area = kind === 'guard' ? this.#kernel.guard.size : undefined;
    const made = makeRelocatable({ name, insns, labels, isInternal: kind !== 'program', area });
    if (made.ok) return made.code;
    report(pending, made.diagnostics, diagnostics);
    return undefined;
  }

  #place(
    pending: Omit<PendingCode, 'code'> & { readonly code?: Code },
    code: Relocatable,
    diagnostics: Diagnostic[],
  ): void {
    const { symbols, machine } = this.#kernel;
    const { name, kind, index, visibility, substitutes } = pending;
    const scope = pending.code?.kind === 'insns' ? pending.code.scope : undefined;
    const loaded = placeCode(machine, code, {
      name,
      kind,
      index,
      resolver: symbols.resolver(visibility, (fn) => machine.text.addressOf(fn), {
        ...(scope && { scope }),
        ...(substitutes && { substitutes }),
      }),
    });
    if (!loaded.ok) report(pending, loaded.diagnostics, diagnostics);
  }
}

/** Adds what was found to be wrong, at the code's own place where it has no better one. */
function report(
  { span }: Pick<PendingCode, 'span'>,
  found: readonly Diagnostic[],
  diagnostics: Diagnostic[],
): void {
  for (const d of found) {
    const lacks = d.span === undefined && span !== undefined;
    diagnostics.push(lacks ? errorAt(d.code, d.message, { ...d, span }) : d);
  }
}
