import type { Insn } from '../../isa/insn.js';
import { type Branching, branch, type Comparison, isComparison, mirror } from '../range/compare.js';
import { FLAGS } from '../state/kind.js';
import { ANY, NULL, type Register } from '../state/register.js';
import type { Linked, State } from '../state/state.js';
import { collectLinked, learnLinked } from './linked.js';
import { findEntry, widen } from './loops.js';
import { isOfPacket, learnOfPacket, packetBranch } from './packet.js';
import { markPrecise } from './precision.js';
import { isTrusted } from './references.js';
import { refuse } from './refused.js';
import type { Walk } from './walk.js';

/** Pointers of these kinds are never null (reg_not_null). */
const NOT_NULL = new Set(['sock', 'sock_common', 'tcp_sock', 'map_value', 'map_key', 'map_ptr', 'mem']);

function isNotNull(walk: Walk, register: Register): boolean {
  if (register.isNullable) return false;
  if (NOT_NULL.has(register.kind)) return true;
  return register.kind === 'btf' && isTrusted(walk, register);
}

const constantOf = ({ isScalar, scalar }: Register, is32: boolean): bigint | undefined =>
  isScalar ? (is32 ? scalar.constant32 : scalar.constant) : undefined;

/** A comparison in which a pointer takes part: certain only if it cannot be null and is compared with 0. */
function pointerBranch(
  walk: Walk,
  comparison: Comparison,
  a: Register,
  b: Register,
  is32: boolean,
): boolean | undefined {
  const isForward = constantOf(b, is32) !== undefined;
  const [pointer, number] = isForward ? [a, b] : [b, a];
  const word = isForward ? comparison : mirror(comparison);
  if (constantOf(number, is32) !== 0n || !isNotNull(walk, pointer)) return undefined;
  return word === '==' ? false : word === '!=' ? true : undefined;
}

const unchanged = (a: Register, b: Register, taken: boolean | undefined): Branching => ({
  taken,
  ifTrue: [a.scalar, b.scalar],
  ifFalse: [a.scalar, b.scalar],
});

function decide(walk: Walk, comparison: Comparison, a: Register, b: Register, insn: Insn): Branching {
  const is32 = insn.op.width === 32;
  const isPacketPair = isOfPacket(a) && isOfPacket(b);
  if (isPacketPair && !is32) return unchanged(a, b, packetBranch(comparison, a, b));
  if (a.isPointer || b.isPointer) return unchanged(a, b, pointerBranch(walk, comparison, a, b, is32));
  const { sides, slot } = walk;
  const known = sides.of(slot, a.scalar, b.scalar);
  if (known !== undefined) return known;
  const { knowsSameRegister } = walk.request.series;
  const isSame = knowsSameRegister && insn.op.form === 'jump_reg' && insn.dst === insn.src;
  return sides.keep(slot, a.scalar, b.scalar, branch(comparison, a.scalar, b.scalar, is32, isSame));
}

/** What may be null is not in one state, and null in the other (mark_ptr_or_null_regs). */
function learnNull(state: State, number: number, isNull: boolean): void {
  const { id } = state.frame.register(number);
  if (isNull && state.findReference(id) !== undefined) {
    state.references = state.references.filter((r) => r.kind !== 'pointer' || r.id !== id);
  }
  state.mapRegisters((r) => {
    if (!r.isNullable || r.id !== id) return r;
    return isNull ? NULL : r.with({ flags: r.flags & ~FLAGS.maybeNull });
  });
}

/** A pointer that equals one which is not null is not null either. */
function learnFromPointer(walk: Walk, insn: Insn, comparison: Comparison, other: State): void {
  const dst = walk.register(insn.dst);
  const src = walk.register(insn.src);
  if (!dst.isPointer || !src.isPointer || dst.isNullable === src.isNullable) return;
  if (dst.kind === 'btf' || src.kind === 'btf') return;
  const equal = comparison === '==' ? other : comparison === '!=' ? walk.state : undefined;
  if (equal === undefined) return;
  const number = src.isNullable ? insn.src : insn.dst;
  const register = equal.frame.register(number);
  equal.frame.registers[number] = register.with({ flags: register.flags & ~FLAGS.maybeNull });
}

/** Goes on after the instruction, or at its target. */
function go(walk: Walk, insn: Insn, isTaken: boolean): void {
  walk.slot += isTaken ? 1 + insn.off : 1;
}

/** What the operands of a comparison are on one side of it. */
function learn({ frame }: State, { op, dst, src }: Insn, [a, b]: Branching['ifTrue']): void {
  frame.registers[dst] = frame.register(dst).withScalar(a);
  if (op.form === 'jump_reg') frame.registers[src] = frame.register(src).withScalar(b);
}

/** Where both ways may be taken: this state goes on after the jump, a copy at its target. */
function both(walk: Walk, insn: Insn, comparison: Comparison, src: Register, branching: Branching): void {
  const isRegister = insn.op.form === 'jump_reg';
  const is32 = insn.op.width === 32;
  const dst = walk.register(insn.dst);
  const tied: Linked[] = [];
  if (isRegister && src.isScalar && src.id !== 0) collectLinked(walk, src.id, tied);
  if (dst.isScalar && dst.id !== 0) collectLinked(walk, dst.id, tied);
  if (tied.length > 1) walk.note().linked = tied;
  for (const one of tied) if (one.isRegister) walk.log?.touchRegister(one.index);
  const other = walk.fork(walk.slot + 1 + insn.off);
  learn(walk.state, insn, branching.ifFalse);
  learn(other, insn, branching.ifTrue);
  if (tied.length > 0) {
    for (const number of isRegister ? [insn.src, insn.dst] : [insn.dst]) {
      for (const state of [walk.state, other]) learnLinked(state, state.frame.register(number), tied, number);
    }
  }
  if (!is32 && isRegister) learnFromPointer(walk, insn, comparison, other);
  const target = walk.register(insn.dst);
  const isNullTest =
    !is32 &&
    (comparison === '==' || comparison === '!=') &&
    target.isNullable &&
    (isRegister ? walk.register(insn.src).isNull : insn.imm === 0);
  if (isNullTest) {
    learnNull(walk.state, insn.dst, comparison === '!=');
    learnNull(other, insn.dst, comparison === '==');
    return;
  }
  const isPacketTest = isRegister && !is32 && learnOfPacket(walk, comparison, insn, other);
  if (!isPacketTest && walk.leaks(walk.register(insn.dst))) {
    refuse('EACCES', `R${insn.dst} pointer comparison prohibited`);
  }
}

/** A processor may go the other way before it knows better: that is walked too, of whatever the operands are (sanitize_speculative_path). */
function speculate(walk: Walk, insn: Insn, isTaken: boolean): void {
  const { frame } = walk.fork(walk.slot + (isTaken ? 1 + insn.off : 1), true);
  frame.registers[insn.dst] = ANY;
  if (insn.op.form === 'jump_reg') frame.registers[insn.src] = ANY;
}

/** A conditional jump (check_cond_jmp_op). */
export function conditional(walk: Walk, insn: Insn): void {
  const { op, dst } = insn;
  if (op.form === 'may_goto') {
    mayGoto(walk, insn);
    return;
  }
  const comparison = op.text;
  if (!isComparison(comparison)) throw new Error(`no comparison ${op.name}`);
  const a = walk.read(dst);
  const isRegister = op.form === 'jump_reg';
  let b = walk.number(insn.imm);
  if (isRegister) {
    b = walk.read(insn.src);
    if (!(isOfPacket(a) && isOfPacket(b)) && walk.leaks(b)) {
      refuse('EACCES', `R${insn.src} pointer comparison prohibited`);
    }
  }
  const dstIsStack = a.kind === 'stack';
  const srcIsStack = b.kind === 'stack';
  if (dstIsStack) walk.note().dstIsStack = true;
  if (srcIsStack) walk.note().srcIsStack = true;
  const branching = decide(walk, comparison, a, b, insn);
  if (branching.taken !== undefined) {
    if (!a.isPointer) markPrecise(walk, dst);
    if (isRegister && !b.isPointer) markPrecise(walk, insn.src);
    if (!walk.allowsLeaks) speculate(walk, insn, !branching.taken);
    go(walk, insn, branching.taken);
    return;
  }
  both(walk, insn, comparison, b, branching);
  go(walk, insn, false);
}

/** The kernel stops the loop at some time: both ways are walked, and what a round has changed is forgotten. */
function mayGoto(walk: Walk, insn: Insn): void {
  const { state } = walk;
  const entry = state.parent === undefined ? undefined : findEntry(walk, state.parent, walk.slot);
  const onwards = walk.fork(walk.slot + 1);
  onwards.mayGotoDepth++;
  if (entry !== undefined) widen(entry, onwards);
  go(walk, insn, true);
}
