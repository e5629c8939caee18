import type { Directive, Expr, Label, Line, Target } from '../syntax/ast.js';
import { splitSpacedName } from '../syntax/name-space.js';
import { parseExpression } from '../syntax/parse-line.js';
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import { Findings, MOST_ERRORS } from '../text/findings.js';
import { didYouMean } from '../text/nearest.js';
import { formatRange } from '../text/range.js';
import type { Span } from '../text/source.js';
import { decodeProgram } from './decode.js';
import {
  ALL_DIRECTIVES,
  CONSTANTS,
  DATA_DIRECTIVES,
  DATA_ONLY,
  IGNORED_DIRECTIVES,
  SECTIONS,
} from './directives.js';
import { helperByName, helperNames } from './helpers.js';
import { type AnyInsn, type Insn, makeInsn, type Reference, slotsOf } from './insn.js';
import { checkOpcode, listedInsn } from './listed.js';
import { LocalLabels } from './local-labels.js';
import { dataOf, LowerContext } from './lower/context.js';
import { farJump } from './lower/far-jump.js';
import { type Lowered, lowerInsn } from './lower/insn.js';
import { lowerMnemonic } from './lower/mnemonic.js';
import {
  COMPARISON,
  definedBy,
  NOTHING,
  textOf,
  WIDE_NOTHING,
  WORD,
  withPlaceholders,
} from './placeholder.js';
import { operation } from './table.js';

export interface AssembleOptions {
  /** Constants known from outside, such as offsets in kernel structures. */
  readonly constants?: ReadonlyMap<string, bigint>;
  /** Names a call may use that are not helpers: functions of the lab, of the kernel. `any`: they are left to a linker. */
  readonly callees?: ReadonlySet<string> | 'any';
  /** Names an address may be taken of: maps, globals, functions. Absent: every name, left to a linker. */
  readonly symbols?: ReadonlySet<string>;
  readonly strictLlvm?: boolean;
  /** Most errors that are looked for; MOST_ERRORS where nothing is said. */
  readonly maxErrors?: number | undefined;
  /** bpf_conformance's rule: a jump to `exit` goes to the first exit instruction. */
  readonly implicitExit?: boolean;
}

export interface Assembled {
  readonly insns: readonly AnyInsn[];
  /** Slot of each label. */
  readonly labels: ReadonlyMap<string, number>;
  readonly diagnostics: readonly Diagnostic[];
  /** False where there were more errors than are looked for, so that the rest was not assembled. */
  readonly isComplete: boolean;
}

interface Pending {
  insn: AnyInsn;
  readonly slot: number;
  readonly target?: Target;
  readonly callee?: Reference;
  /** From a listing of the kernel's, which names what a linker has to find. */
  readonly isListed?: boolean;
}

/** Assembles the lines of one program. All bad statements are reported; the instructions are valid if none is. */
class Assembler {
  readonly cx: LowerContext;
  readonly constants: Map<string, bigint>;
  readonly pending: Pending[] = [];
  readonly labels = new Map<string, number>();
  readonly labelSpans = new Map<string, Span>();
  readonly locals = new LocalLabels();
  readonly options: AssembleOptions;
  readonly atFault = new Set<AnyInsn>();
  slot = 0;
  inCode = true;

  constructor(options: AssembleOptions) {
    this.options = options;
    this.constants = new Map(options.constants);
    const lowering = { constants: this.constants, strictLlvm: options.strictLlvm === true };
    this.cx = new LowerContext(lowering, new Findings(options.maxErrors ?? MOST_ERRORS));
  }

  defineLabel(label: Label): void {
    if (/^\d+$/.test(label.name)) {
      this.locals.define(Number(label.name), this.slot);
      return;
    }
    const before = this.labelSpans.get(label.name);
    if (before !== undefined) {
      this.cx.findings.add(
        errorAt('B0303', `label \`${label.name}\` is defined twice`, {
          span: label.span,
          help: 'rename one of the two',
        }),
      );
      return;
    }
    this.labels.set(label.name, this.slot);
    this.labelSpans.set(label.name, label.span);
  }

  add(insn: AnyInsn, more: Pick<Pending, 'target' | 'callee' | 'isListed'> = {}): void {
    const { target, callee, isListed = false } = more;
    this.pending.push({
      insn,
      slot: this.slot,
      ...(target && { target }),
      ...(callee && { callee }),
      isListed,
    });
    this.slot += slotsOf(insn);
  }

  directive(d: Directive): void {
    const { name } = d;
    if (CONSTANTS.has(name)) this.defineConstant(d);
    else if (SECTIONS.has(name)) this.enterSection(d);
    else if (name in DATA_DIRECTIVES) this.data(d, DATA_DIRECTIVES[name]!);
    else if (DATA_ONLY.has(name)) {
      if (this.inCode)
        this.cx.fail('B0106', `\`${name}\` inside code`, { span: d.span, help: 'put `.data` before it' });
    } else if (!IGNORED_DIRECTIVES.has(name) && !name.startsWith('.cfi_')) {
      this.cx.fail('B0106', `unknown directive \`${name}\``, {
        span: d.span,
        help: didYouMean(name, ALL_DIRECTIVES) ?? 'leave it out; a label ends in `:`',
      });
    }
  }

  defineConstant(d: Directive): void {
    const m = /^([A-Za-z_.$][\w.$]*)\s*,\s*(.+)$/.exec(d.args);
    const expr = m?.[2] === undefined ? undefined : parseExpression(m[2], d.span);
    const name = m?.[1] === undefined ? undefined : parseExpression(m[1], d.span);
    if (m?.[1] !== undefined && name?.kind !== 'name') {
      this.cx.fail('B0101', `\`${m[1]}\` cannot name a constant`, {
        span: d.span,
        help: 'it is a register or a word of the language; choose another name',
      });
    }
    if (m?.[1] === undefined || expr === undefined) {
      this.cx.fail('B0101', `\`${d.name}\` needs a name and a value`, {
        span: d.span,
        help: `write \`${d.name} NAME, 5\``,
      });
    } else this.constants.set(m[1], this.cx.evaluate(expr));
  }

  /** Code is what lies in `.text` and in sections whose flags say they are executable. */
  enterSection(d: Directive): void {
    if (d.name !== '.section') this.inCode = d.name === '.text';
    else {
      const flags = /"([^"]*)"/.exec(d.args.slice(d.args.indexOf(',') + 1))?.[1];
      this.inCode = flags === undefined ? d.args.startsWith('.text') : flags.includes('x');
    }
  }

  data(d: Directive, size: 1 | 2 | 4 | 8): void {
    if (!this.inCode) return;
    const bits = BigInt(size * 8);
    const parts = d.args.split(',');
    const bytes = new Uint8Array(parts.length * size);
    parts.forEach((part, i) => {
      const text = part.trim();
      const expr = parseExpression(text, d.span);
      if (expr === undefined) {
        this.cx.fail('B0101', `\`${text}\` is not a number`, { span: d.span, expected: 'NUMBER, …' });
        return;
      }
      const value = this.cx.evaluate(expr);
      const help = `\`${d.name}\` has ${bits} bits`;
      this.cx.checkRange(value, dataOf(bits), d.span, help);
      for (let k = 0; k < size; k += 1) bytes[i * size + k] = Number((value >> BigInt(8 * k)) & 0xffn);
    });
    if (bytes.length % 8 !== 0) {
      this.cx.fail('B0507', `${bytes.length} bytes are not whole instructions`, {
        span: d.span,
        expected: 'a multiple of 8',
      });
    }
    for (const insn of decodeProgram(bytes)) this.add({ ...insn, span: d.span });
  }

  line(line: Line): void {
    if (this.inCode) for (const label of line.labels) this.defineLabel(label);
    if (line.isUnread === true) this.#unread(line);
    else if (!this.cx.findings.succeeds(() => this.#lower(line))) this.#unlowerable(line);
  }

  /** Throws `InputError` for what cannot be lowered. */
  #lower(line: Line): void {
    const { stmt } = line;
    if (stmt?.kind === 'directive') this.directive(stmt);
    else if (stmt === undefined) {
      if (line.bytes !== undefined)
        for (const insn of decodeProgram(line.bytes)) this.add({ ...insn, span: line.span });
    } else if (!this.inCode) {
      this.cx.fail('B0106', 'an instruction in a data section', {
        span: stmt.span,
        help: 'put `.text` before it',
      });
    } else {
      const lowered =
        stmt.kind === 'mnemonic' ? lowerMnemonic(this.cx, stmt) : lowerInsn(this.cx, stmt, line);
      if (line.opcode !== undefined) checkOpcode(this.cx, lowered.insn, line.opcode, stmt.span);
      const isListed = line.opcode !== undefined || line.isListed === true;
      if (line.bytes === undefined)
        this.add({ ...lowered.insn, span: stmt.span }, { ...this.settled(lowered), isListed });
      else this.add(listedInsn(this.cx, line.bytes, lowered, stmt.span));
    }
  }

  #placeholder(insn: Insn, more: Pick<Lowered, 'target'> = {}): void {
    this.add({ ...insn }, more);
    this.atFault.add(this.pending.at(-1)!.insn);
  }

  #unread({ span }: Line): void {
    const text = textOf(span);
    this.cx.findings.doubt(...definedBy(text));
    if (this.inCode) this.#placeholder(/\bll\b/.test(text) ? WIDE_NOTHING : NOTHING);
  }

  #unlowerable({ stmt }: Line): void {
    if (stmt?.kind === 'directive') {
      this.cx.findings.doubt(...(stmt.args.match(WORD) ?? []).slice(0, 1));
      const size = DATA_DIRECTIVES[stmt.name];
      if (size === undefined || !this.inCode) return;
      const bytes = stmt.args.split(',').length * size;
      for (let n = 0; n < bytes; n += 8) this.#placeholder(NOTHING);
    } else if (!this.inCode) return;
    else if (stmt?.kind === 'if') {
      this.add({ ...COMPARISON, span: stmt.span }, { target: stmt.target });
    } else {
      const isWide =
        stmt?.kind === 'pseudo' || (stmt?.kind === 'assign' && /wide|kernelmap/.test(stmt.rhs.kind));
      this.#placeholder(isWide ? WIDE_NOTHING : NOTHING);
    }
  }

  /** A target that is a number is one now: constants may be redefined further down. */
  settled(lowered: Lowered): Lowered {
    const { target } = lowered;
    if (target === undefined || target.kind === 'local') return lowered;
    const expr = target.kind === 'relative' ? target.offset : target.expr;
    if (target.kind === 'expression' && this.cx.linear(expr).symbol !== undefined) return lowered;
    const value = this.cx.evaluate(expr);
    return {
      ...lowered,
      target: {
        kind: 'relative',
        offset: { kind: 'number', value, octal: false, span: expr.span },
        span: target.span,
      },
    };
  }

  resolve(): void {
    for (const p of this.pending)
      if (!this.cx.findings.succeeds(() => this.#resolve(p))) this.atFault.add(p.insn);
  }

  /** Throws `InputError` for a name that means nothing here, or is too far away. */
  #resolve(p: Pending): void {
    const { insn, slot, target, callee } = p;
    if (insn.op === undefined) return;
    if (target !== undefined)
      p.insn = this.#isExternal(insn, p) ? this.#external(insn, target) : this.withTarget(insn, slot, target);
    else if (callee !== undefined) p.insn = this.withCallee({ ...p, insn }, callee);
    else if (insn.ref !== undefined) p.insn = this.withSymbol(insn, slot, insn.ref);
  }

  /** A call, in a listing, of something that the listing does not have. */
  #isExternal(insn: Insn, { target, isListed }: Pending): boolean {
    const isCall = insn.op.form === 'call_local' && target?.kind === 'expression';
    return isListed === true && isCall && target.expr.kind === 'name' && !this.labels.has(target.expr.name);
  }

  #external(insn: Insn, { span }: Target): Insn {
    const name = textOf(span);
    const more = insn.span === undefined ? {} : { span: insn.span };
    return makeInsn(operation('call_kfunc'), { ref: { name, addend: 0n, span }, ...more });
  }

  get insns(): AnyInsn[] {
    const insns = this.pending.map((p) => p.insn);
    return this.atFault.size === 0 ? insns : withPlaceholders(insns, this.atFault);
  }

  withTarget(insn: Insn, slot: number, target: Target): Insn {
    const distance = this.distance(insn, slot, target);
    const long = insn.op.form === 'gotol' || insn.op.form === 'call_local';
    const limit = long ? 0x7fff_ffff : 0x7fff;
    const jump = Number(distance);
    if (jump < -limit - 1 || jump > limit) {
      this.cx.fail('B0302', `jump of ${distance} slots does not fit`, {
        span: target.span,
        expected: formatRange(-limit - 1, limit),
        help: farJump(insn),
      });
    }
    return long ? { ...insn, imm: jump } : { ...insn, off: jump };
  }

  /** Slots from after a jump to where it goes: a number that is written can be of any size. */
  distance(insn: Insn, slot: number, target: Target): bigint | number {
    const from = slot + slotsOf(insn);
    switch (target.kind) {
      case 'relative':
        return this.cx.evaluate(target.offset);
      case 'local':
        return this.localLabel(target, slot) - from;
      case 'expression': {
        if (target.expr.kind === 'name') return this.labelSlot(target.expr.name, target.expr) - from;
        return this.cx.evaluate(target.expr);
      }
      default:
        return target satisfies never;
    }
  }

  localLabel(target: Target & { kind: 'local' }, slot: number): number {
    const found = this.locals.find(target.number, target.forward, slot);
    if (found !== undefined) return found;
    const where = target.forward ? 'after' : 'before';
    return this.cx.fail('B0301', `there is no label \`${target.number}:\` ${where} this`, {
      span: target.span,
      help: `write \`${target.number}:\` before the instruction to go to, or \`${target.number}${target.forward ? 'b' : 'f'}\` for one ${target.forward ? 'before' : 'after'} this`,
    });
  }

  labelSlot(name: string, expr: Expr): number {
    const slot = this.labels.get(name);
    if (slot !== undefined) return slot;
    if (name === 'exit' && this.options.implicitExit === true) {
      const first = this.pending.find((p) => p.insn.op?.form === 'exit');
      if (first !== undefined) return first.slot;
    }
    return this.cx.fail('B0301', `there is no label \`${name}\``, {
      span: expr.span,
      help: didYouMean(name, this.labels.keys()) ?? `write \`${name}:\` before the instruction to go to`,
    });
  }

  withCallee({ insn, slot, isListed }: Pending & { readonly insn: Insn }, callee: Reference): Insn {
    const label = this.labels.get(callee.name);
    const more = insn.span === undefined ? {} : { span: insn.span };
    if (label !== undefined) return makeInsn(operation('call_local'), { imm: label - slot - 1, ...more });
    const helper = helperByName(callee.name);
    const { callees } = this.options;
    const known = callees === 'any' || (callees?.has(callee.name) ?? false);
    if (helper === undefined && callees === undefined && isListed === true)
      return makeInsn(operation('call_kfunc'), { ref: callee, ...more });
    if (helper === undefined && !known) {
      const names = (): Set<string> => new Set([...this.labels.keys(), ...(callees ?? []), ...helperNames]);
      this.cx.fail('B0601', `there is no helper or function \`${callee.name}\``, {
        span: callee.span ?? insn.span!,
        help: didYouMean(callee.name, names()) ?? '`tinybpf list helpers` shows what can be called',
      });
    }
    return makeInsn(operation('call'), { imm: helper?.id ?? 0, ...(known ? { ref: callee } : {}), ...more });
  }

  /** The address of a label is that of a function of the program; others are left to the linker. */
  withSymbol(insn: Insn, slot: number, ref: Reference): Insn {
    const label = this.labels.get(ref.name);
    const { symbols } = this.options;
    if (label !== undefined && ref.addend === 0n) {
      const more = insn.span === undefined ? {} : { span: insn.span };
      return makeInsn(operation('lddw_func'), { dst: insn.dst, imm: label - slot - 1, ...more });
    }
    if (symbols === undefined || symbols.has(splitSpacedName(ref.name).bare) || ref.span === undefined)
      return insn;
    return this.cx.fail('B0208', `\`${ref.name}\` is not defined`, {
      span: ref.span,
      help: didYouMean(ref.name, symbols),
    });
  }
}

export function assemble(lines: readonly Line[], options: AssembleOptions = {}): Assembled {
  const assembler = new Assembler(options);
  const { findings } = assembler.cx;
  const isComplete = findings.stage(() => {
    for (const line of lines) assembler.line(line);
    assembler.resolve();
  });
  return {
    insns: assembler.insns,
    labels: assembler.labels,
    diagnostics: findings.diagnostics,
    isComplete,
  };
}
