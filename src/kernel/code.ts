import { assemble } from '../isa/assemble.js';
import type { AnyInsn } from '../isa/insn.js';
import { loadProgram } from '../machine/load.js';
import type { FunctionKind } from '../machine/text.js';
import type { Line } from '../syntax/ast.js';
import { parseAssembly } from '../syntax/parse-program.js';
import { type Diagnostic, errorAt, hasErrors } from '../text/diagnostic.js';
import type { Span } from '../text/source.js';
import type { Kernel } from './kernel.js';
import type { NameScope, Visibility } from './symbols.js';

/** Code before it is linked: assembly, or the instructions of an object file. */
export type Code =
  | { readonly kind: 'lines'; readonly lines: readonly Line[] }
  | {
      readonly kind: 'insns';
      readonly insns: readonly AnyInsn[];
      /** Slots where its functions begin. */
      readonly labels: ReadonlyMap<string, number>;
      /** What its names stand for. */
      readonly scope: NameScope;
    };

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

interface Ready {
  readonly insns: readonly AnyInsn[];
  readonly labels: ReadonlyMap<string, number>;
}

/** Assembles, checks and places the kernel's, the guard's and the lab's code. */
export class CodeLoader {
  readonly #kernel: Kernel;
  readonly #constants: ReadonlyMap<string, bigint>;
  readonly #pending: PendingCode[] = [];

  constructor(kernel: Kernel, constants: ReadonlyMap<string, bigint>) {
    this.#kernel = kernel;
    this.#constants = constants;
  }

  add(code: PendingCode): void {
    this.#pending.push(code);
  }

  /** Places everything that was added; all diagnostics of all of it are collected. */
  loadAll(diagnostics: Diagnostic[]): void {
    for (const code of this.#pending) this.#load(code, diagnostics);
    this.#pending.length = 0;
  }

  /** Places code that the kernel made itself, as text. Anything wrong with it is a bug of ours. */
  loadText(name: string, kind: FunctionKind, index: number, text: string): void {
    const parsed = parseAssembly({ name: `${name} (generated)`, text });
    const diagnostics = [...parsed.diagnostics];
    const code: Code = { kind: 'lines', lines: parsed.value ?? [] };
    this.#load({ name, kind, index, code, visibility: 'kernel' }, diagnostics);
    const [first] = diagnostics;
    if (first !== undefined) throw new Error(`generated code of ${name}: ${first.message}`);
  }

  /** Instructions with their names still in them; undefined if they cannot be made. */
  #assemble({ code, visibility }: PendingCode, diagnostics: Diagnostic[]): Ready | undefined {
    if (code.kind === 'insns') return code;
    const { symbols } = this.#kernel;
    const assembled = assemble(code.lines, {
      constants: visibility === 'kernel' ? this.#constants : new Map(),
      callees: symbols.callees(visibility),
      symbols: symbols.addresses(visibility),
    });
    for (const d of assembled.diagnostics) diagnostics.push(d);
    return hasErrors(assembled.diagnostics) ? undefined : assembled;
  }

  #load(pending: PendingCode, diagnostics: Diagnostic[]): void {
    const { symbols, machine } = this.#kernel;
    const { code, visibility, substitutes } = pending;
    const ready = this.#assemble(pending, diagnostics);
    if (ready === undefined) return;
    const loaded = loadProgram(machine, {
      name: pending.name,
      kind: pending.kind,
      index: pending.index,
      insns: ready.insns,
      labels: ready.labels,
      ...(pending.kind === 'guard' && { area: this.#kernel.guard.size }),
      resolver: symbols.resolver(visibility, (fn) => machine.text.addressOf(fn), {
        ...(code.kind === 'insns' && { scope: code.scope }),
        ...(substitutes && { substitutes }),
      }),
    });
    if (loaded.ok) return;
    for (const d of loaded.diagnostics) {
      diagnostics.push(
        d.span === undefined && pending.span !== undefined
          ? errorAt(d.code, d.message, { ...d, span: pending.span })
          : d,
      );
    }
  }
}
