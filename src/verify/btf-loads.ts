import { FORMS, isCall } from '../isa/forms.js';
import type { Insn } from '../isa/insn.js';
import { registersWritten } from './offsets.js';
import { type Called, type CodeFunction, type FlowGraph, flowGraph, type Unit } from './unit.js';

/**
 * What a register or eight bytes of a stack may hold: the address of an object of the kernel, of a type that BTF has
 * (`PTR_TO_BTF_ID` of Linux's verifier); the context plus a constant, or `somewhere` in it; an address in the frame of one of the functions; `mixed`,
 * one of several of these; or anything else.
 */
type Value =
  | { readonly kind: 'other' | 'mixed' | 'object' | 'somewhere' }
  | { readonly kind: 'context'; readonly at: number }
  | { readonly kind: 'frame'; readonly fn: number; readonly at: number };

const OTHER: Value = { kind: 'other' };
const MIXED: Value = { kind: 'mixed' };
const OBJECT: Value = { kind: 'object' };
/**
 * The context plus what is not a constant here. A verifier, which follows each path with its values (such as the version of the kernel,
 * which a program asks for), lets none but constants pass.
 */
const SOMEWHERE: Value = { kind: 'somewhere' };
const isContext = ({ kind }: Value): boolean => kind === 'context' || kind === 'somewhere';

/** What is to be known of a program besides its code. */
export interface TypedContext {
  /** Whether eight bytes of its context that it loads through hold the address of an object of the kernel. */
  readonly holdsObjects: boolean;
}

type State = readonly Value[];
const REGISTERS = 12;

function isSame(a: Value, b: Value): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'context') return a.at === (b as typeof a).at;
  if (a.kind === 'frame') return a.at === (b as typeof a).at && a.fn === (b as typeof a).fn;
  return true;
}

/** One of two: an object may be on one path only, since a verifier lets no instruction load through one and something else. */
function join(a: Value, b: Value): Value {
  if (isSame(a, b)) return a;
  if (a.kind === 'object' || b.kind === 'object') return OBJECT;
  if (isContext(a) && isContext(b)) return SOMEWHERE;
  if (a.kind === 'other') return b;
  return b.kind === 'other' ? a : MIXED;
}

const moved = (value: Value, by: number): Value =>
  value.kind === 'context' || value.kind === 'frame' ? { ...value, at: value.at + by } : value;

/** A sum of which one summand is not a constant. */
function sum(a: Value, b: Value): Value {
  if (a.kind === 'object' || b.kind === 'object') return OBJECT;
  if (isContext(a) !== isContext(b)) return SOMEWHERE;
  return a.kind === 'other' && b.kind === 'other' ? OTHER : MIXED;
}

/** A function while it is looked at. */
interface Walk extends FlowGraph {
  readonly insns: readonly Insn[];
  readonly before: (State | undefined)[];
  readonly isCallback: boolean;
  result: Value;
}

const walkOf = (fn: CodeFunction, unit: Unit): Walk => ({
  ...flowGraph(fn, unit),
  insns: fn.insns,
  before: fn.insns.map(() => undefined),
  isCallback: fn.role === 'callback',
  result: OTHER,
});

/**
 * Follows addresses of the kernel's objects through a program and its functions: by register on every path, and by place
 * on the stacks over the whole run, since functions write into each other's frames.
 */
class Follower {
  readonly #walks: readonly Walk[];
  readonly #context: TypedContext;
  readonly #stacks = new Map<string, Value>();
  #isNews = true;

  constructor(unit: Unit, context: TypedContext) {
    this.#walks = unit.functions.map((fn) => walkOf(fn, unit));
    this.#context = context;
    this.#enter(0, (n) => (n === 1 ? { kind: 'context', at: 0 } : OTHER));
  }

  /** The loads through such addresses. */
  loads(): Set<Insn> {
    while (this.#isNews) {
      this.#isNews = false;
      this.#walks.forEach((walk, fn) => {
        this.#settle(walk, fn);
      });
    }
    const found = new Set<Insn>();
    for (const { insns, before } of this.#walks) {
      insns.forEach((insn, i) => {
        if (insn.op.form === 'load' && before[i]?.[insn.src]?.kind === 'object') found.add(insn);
      });
    }
    return found;
  }

  #enter(fn: number, value: (n: number) => Value): void {
    const state = Array.from({ length: REGISTERS }, (_, n): Value => {
      if (n === 10) return { kind: 'frame', fn, at: 0 };
      return n >= 1 && n <= 5 ? value(n) : OTHER;
    });
    const walk = this.#walks[fn];
    if (walk !== undefined && walk.insns.length > 0 && flow(walk, 0, state)) this.#isNews = true;
  }

  #settle(walk: Walk, fn: number): void {
    const work = walk.before.flatMap((state, i) => (state === undefined ? [] : [i])).reverse();
    for (let i = work.pop(); i !== undefined; i = work.pop()) {
      const insn = walk.insns[i]!;
      const before = walk.before[i]!;
      const after = this.#after(insn, before, walk.calls[i]);
      if (insn.op.form === 'exit') this.#return(fn, before[0]!);
      for (const to of walk.next[i]!) if (flow(walk, to, after)) work.push(to);
    }
  }

  #return(fn: number, value: Value): void {
    const walk = this.#walks[fn]!;
    const joined = join(walk.result, value);
    if (isSame(joined, walk.result)) return;
    walk.result = joined;
    this.#isNews = true;
  }

  #load(base: Value, { op, off }: Insn): Value {
    if (op.size !== 8) return OTHER;
    switch (base.kind) {
      case 'object':
        return OBJECT;
      case 'context':
      case 'somewhere':
        return this.#context.holdsObjects ? OBJECT : OTHER;
      case 'frame':
        return this.#stacks.get(`${base.fn} ${base.at + off}`) ?? OTHER;
      case 'mixed':
      case 'other':
        return OTHER;
      default:
        return base satisfies never;
    }
  }

  #store(base: Value, { op, off }: Insn, value: Value): void {
    if (base.kind !== 'frame' || op.size !== 8) return;
    const key = `${base.fn} ${base.at + off}`;
    const known = this.#stacks.get(key) ?? OTHER;
    const joined = join(known, value);
    if (isSame(joined, known)) return;
    this.#stacks.set(key, joined);
    this.#isNews = true;
  }

  /** What a call leaves in r0; functions of the program itself are entered. */
  #call(before: State, called: Called | undefined): Value {
    if (called?.kind === 'own') {
      this.#enter(called.fn, (n) => before[n]!);
      return this.#walks[called.fn]!.result;
    }
    if (called?.kind !== 'other') return OTHER;
    const { callbackContext } = called;
    if (callbackContext !== undefined) {
      const given = before[callbackContext]!;
      this.#walks.forEach((walk, fn) => {
        if (walk.isCallback) this.#enter(fn, () => given);
      });
    }
    return called.givesObject === true ? OBJECT : OTHER;
  }

  #after(insn: Insn, before: State, called: Called | undefined): State {
    const { op, dst, src, imm } = insn;
    const next = [...before];
    switch (op.form) {
      case 'mov_reg':
        next[dst] = op.width === 64 ? before[src]! : OTHER;
        return next;
      case 'alu_imm':
        if (op.width === 64 && op.text === '+=') next[dst] = moved(before[dst]!, imm);
        else if (op.width === 64 && op.text === '-=') next[dst] = moved(before[dst]!, -imm);
        else next[dst] = OTHER;
        return next;
      case 'alu_reg':
        next[dst] = op.width === 64 && op.text === '+=' ? sum(before[dst]!, before[src]!) : OTHER;
        return next;
      case 'load':
        next[dst] = this.#load(before[src]!, insn);
        return next;
      case 'store_reg':
        this.#store(before[dst]!, insn, before[src]!);
        return next;
      default: {
        for (const n of registersWritten(insn)) next[n] = OTHER;
        if (isCall(op.form)) next[0] = this.#call(before, called);
        return next;
      }
    }
  }
}

/** Takes what holds before an instruction on one more path; true if that was new. */
function flow(walk: Walk, to: number, state: State): boolean {
  const known = walk.before[to];
  const joined = known === undefined ? state : known.map((v, n) => join(v, state[n]!));
  if (known !== undefined && joined.every((v, n) => isSame(v, known[n]!))) return false;
  walk.before[to] = joined;
  return true;
}

/**
 * The loads of a program that go through addresses of the kernel's objects, which it has from its context, from a call, or from
 * such an object: Linux lets them read 0 where there is nothing (`BPF_PROBE_MEM`; convert_ctx_accesses, kernel/bpf/verifier.c). Code with
 * jumps through registers is not looked at.
 */
export function loadsThroughBtf(unit: Unit, context: TypedContext): ReadonlySet<Insn> {
  const isIndirect = unit.functions.some((f) =>
    f.insns.some((insn) => FORMS[insn.op.form].flow === 'indirect'),
  );
  return isIndirect ? new Set() : new Follower(unit, context).loads();
}
