import { assemble } from '../isa/assemble.js';
import { loadProgram } from '../machine/load.js';
import type { FunctionKind } from '../machine/text.js';
import type { Line } from '../syntax/ast.js';
import { parseAssembly } from '../syntax/parse-program.js';
import { type Diagnostic, errorAt, hasErrors } from '../text/diagnostic.js';
import type { Span } from '../text/source.js';
import type { Kernel } from './kernel.js';
import type { Visibility } from './symbols.js';

/** Code that is declared but not yet placed. */
export interface PendingCode {
  readonly name: string;
  readonly kind: FunctionKind;
  readonly index: number;
  readonly lines: readonly Line[];
  /** Whose names it may use. */
  readonly visibility: Visibility;
  readonly span?: Span;
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
    this.#load({ name, kind, index, lines: parsed.value ?? [], visibility: 'kernel' }, diagnostics);
    const [first] = diagnostics;
    if (first !== undefined) throw new Error(`generated code of ${name}: ${first.message}`);
  }

  #load(code: PendingCode, diagnostics: Diagnostic[]): void {
    const { symbols, machine } = this.#kernel;
    const { visibility } = code;
    const assembled = assemble(code.lines, {
      constants: visibility === 'kernel' ? this.#constants : new Map(),
      callees: symbols.callees(visibility),
      symbols: symbols.addresses(visibility),
    });
    diagnostics.push(...assembled.diagnostics);
    if (hasErrors(assembled.diagnostics)) return;
    const loaded = loadProgram(machine, {
      name: code.name,
      kind: code.kind,
      index: code.index,
      insns: assembled.insns,
      labels: assembled.labels,
      resolver: symbols.resolver(visibility, (fn) => machine.text.addressOf(fn)),
    });
    if (loaded.ok) return;
    for (const d of loaded.diagnostics) {
      diagnostics.push(
        d.span === undefined && code.span !== undefined
          ? errorAt(d.code, d.message, { ...d, span: code.span })
          : d,
      );
    }
  }
}
