import { type Insn, wideValue } from '../../isa/insn.js';
import { PROGRAM_TYPE } from '../kinds.js';
import { constant } from '../range/scalar.js';
import { FLAGS, type RegisterKind } from '../state/kind.js';
import { ANY, knownScalar, pointer, type Register } from '../state/register.js';
import { variableRegister } from './btf.js';
import { checkResources, leaveFunction } from './exit.js';
import { accessMemory } from './memory.js';
import { checkPlainPointer } from './plain-pointer.js';
import { NotJudged, refuse } from './refused.js';
import type { Walk } from './walk.js';

/** Pointers that an instruction is rewritten for, so that it must have one sort of them only (reg_type_mismatch_ok). */
const REWRITTEN: ReadonlySet<RegisterKind> = new Set<RegisterKind>([
  'ctx',
  'sock',
  'sock_common',
  'tcp_sock',
  'xdp_sock',
  'btf',
  'arena',
]);

/** On all paths an instruction must have the same sort of pointer (save_aux_ptr_type). */
function rememberKind(walk: Walk, { kind, flags }: Register, allowsTrust: boolean): void {
  const before = walk.usedKinds.get(walk.slot);
  if (before === undefined) {
    walk.usedKinds.set(walk.slot, { kind, flags });
    return;
  }
  if (before.kind === kind && before.flags === flags) return;
  if (!REWRITTEN.has(kind) && !REWRITTEN.has(before.kind)) return;
  const isObject = (k: RegisterKind): boolean => k === 'mem' || k === 'btf';
  if (!allowsTrust || !isObject(kind) || !isObject(before.kind)) {
    refuse('EINVAL', 'same insn cannot be used with different pointers');
  }
  const merged = kind === 'mem' || before.kind === 'mem' ? 'mem' : 'btf';
  const kept = FLAGS.untrusted | FLAGS.readonly;
  walk.usedKinds.set(walk.slot, { kind: merged, flags: (flags | before.flags) & kept });
}

const sizeOf = ({ op }: Insn): 1 | 2 | 4 | 8 => {
  if (op.size === 0) throw new Error(`${op.name} accesses no memory`);
  return op.size;
};

/** A load; `strict`: it has to be aligned. */
export function load(walk: Walk, insn: Insn, strict = false): void {
  const { dst, src, off } = insn;
  const source = walk.read(src);
  walk.mayWrite(dst);
  const { signed } = insn.op;
  accessMemory(walk, {
    register: src,
    offset: off,
    size: sizeOf(insn),
    mode: 'read',
    value: dst,
    signed,
    strict,
  });
  rememberKind(walk, source, !strict);
}

/** A store of a register. */
export function storeRegister(walk: Walk, insn: Insn, strict = false): void {
  const { dst, src, off } = insn;
  walk.read(src);
  const target = walk.read(dst);
  accessMemory(walk, { register: dst, offset: off, size: sizeOf(insn), mode: 'write', value: src, strict });
  rememberKind(walk, target, false);
}

const NOT_ATOMIC: ReadonlySet<RegisterKind> = new Set<RegisterKind>([
  'ctx',
  'packet',
  'packet_meta',
  'flow_keys',
  'sock',
  'sock_common',
  'tcp_sock',
  'xdp_sock',
]);

function checkAtomic(walk: Walk, insn: Insn, number: number, verb: 'loads from' | 'stores into'): void {
  const register = walk.register(number);
  const isUnsafeLoad =
    insn.op.form === 'acquire' &&
    ((register.kind === 'btf' && register.flags === 0) || register.has('untrusted'));
  if (NOT_ATOMIC.has(register.kind) || isUnsafeLoad) {
    refuse('EACCES', `BPF_ATOMIC ${verb} R${number} ${register.type} is not allowed`);
  }
}

/** A read and a write in one (check_atomic_rmw). */
export function update(walk: Walk, insn: Insn): void {
  const { op, dst, src, off } = insn;
  walk.read(src);
  walk.read(dst);
  if (op.form === 'cmpxchg' && walk.leaks(walk.read(0))) refuse('EACCES', 'R0 leaks addr into mem');
  if (walk.leaks(walk.register(src))) refuse('EACCES', `R${src} leaks addr into mem`);
  checkAtomic(walk, insn, dst, 'stores into');
  const loaded = op.form === 'cmpxchg' ? 0 : op.form === 'lock' ? undefined : src;
  if (loaded !== undefined) {
    walk.mayWrite(loaded);
    walk.set(loaded, ANY);
  }
  const access = { register: dst, offset: off, size: sizeOf(insn), strict: true } as const;
  accessMemory(walk, { ...access, mode: 'read' });
  if (loaded !== undefined) accessMemory(walk, { ...access, mode: 'read', value: loaded });
  accessMemory(walk, { ...access, mode: 'write' });
}

/** A store of a number in the instruction. */
export function storeNumber(walk: Walk, insn: Insn): void {
  const { dst, off, imm } = insn;
  const target = walk.read(dst);
  if (target.kind === 'ctx' && !walk.request.series.storesNumbersToContext) {
    refuse('EACCES', `BPF_ST stores into R${dst} ctx is not allowed`);
  }
  accessMemory(walk, { register: dst, offset: off, size: sizeOf(insn), mode: 'write', immediate: imm });
  rememberKind(walk, target, false);
}

/** A load with an order. */
export function loadAcquire(walk: Walk, insn: Insn): void {
  walk.read(insn.src);
  checkAtomic(walk, insn, insn.src, 'loads from');
  load(walk, insn, true);
}

/** A store with an order. */
export function storeRelease(walk: Walk, insn: Insn): void {
  storeRegister(walk, insn, true);
  checkAtomic(walk, insn, insn.dst, 'stores into');
}

function mapAt(walk: Walk, index: number): Register['map'] {
  const found = walk.request.maps[index];
  if (found === undefined) throw new NotJudged('a map that is not there');
  return found;
}

/** A number or an address of 64 bits (check_ld_imm). */
export function wideLoad(walk: Walk, insn: Insn): void {
  const { op, dst, imm, hi } = insn;
  walk.mayWrite(dst);
  switch (op.name) {
    case 'lddw':
      walk.set(dst, knownScalar(wideValue(insn)));
      return;
    case 'lddw_map_fd':
    case 'lddw_map_idx':
      walk.set(dst, pointer('map_ptr', { target: { map: mapAt(walk, imm), mapUid: 0 } }));
      return;
    case 'lddw_map_value':
    case 'lddw_map_idx_value': {
      const target = { map: mapAt(walk, imm), mapUid: 0 };
      walk.set(dst, pointer('map_value', { target, scalar: constant(BigInt(hi)) }));
      return;
    }
    case 'lddw_func': {
      const start = walk.slot + 1 + imm;
      const subprogram = walk.code.subprograms.findIndex((s) => s.start === start);
      if (walk.request.program === undefined) refuse('EINVAL', 'missing btf func_info');
      if (walk.code.subprograms[subprogram]?.isGlobal) refuse('EINVAL', 'callback function not static');
      walk.set(dst, pointer('func', { target: { subprogram } }));
      return;
    }
    case 'lddw_btf_id':
      walk.set(dst, variableRegister(walk, imm));
      return;
    default:
      throw new NotJudged(op.name);
  }
}

/** Kinds whose programs may load from a packet by these instructions. */
const HAS_PACKET: ReadonlySet<number> = new Set([
  PROGRAM_TYPE.socket,
  PROGRAM_TYPE.tc,
  PROGRAM_TYPE.tc_action,
]);

/** A load from the packet that r6 has the context of; a program that has no such bytes ends with 0 (check_ld_abs). */
export function packetLoad(walk: Walk, insn: Insn): void {
  if (!HAS_PACKET.has(walk.request.kind.type)) {
    refuse('EINVAL', 'BPF_LD_[ABS|IND] instructions not allowed for this program type');
  }
  const context = walk.read(6);
  checkResources(walk, 'BPF_LD_[ABS|IND]', true);
  if (context.kind !== 'ctx') refuse('EINVAL', 'at the time of BPF_LD_ABS|IND R6 != pointer to skb');
  if (insn.op.form === 'packet_ind') walk.read(insn.src);
  checkPlainPointer(context, 6, false);
  walk.clobber();
  walk.set(0, ANY);
  if (walk.state.frames.length > 1) {
    walk.fork(walk.slot + 1);
    walk.set(0, knownScalar(0n));
    leaveFunction(walk);
    return;
  }
  walk.slot++;
}
