import { PROGRAM_TYPE } from '../kinds.js';
import { type Comparison, mirror } from '../range/compare.js';
import type { VerifyRequest } from '../request.js';
import type { Frame } from '../state/frame.js';
import { AT_PACKET_END, BEYOND_PACKET_END, type Register } from '../state/register.js';
import type { State } from '../state/state.js';
import type { Walk } from './walk.js';

/** Kinds whose contexts have a packet: which may read it, and which write it too (may_access_direct_pkt_data). */
const { tc, tc_action: action, xdp, cgroupSockopt, cgroupSkb, flowDissector } = PROGRAM_TYPE;
const WRITES: ReadonlySet<number> = new Set([tc, action, xdp, cgroupSockopt]);
const READS: ReadonlySet<number> = new Set([cgroupSkb, flowDissector]);

/** `allowed`: what the helper's row says, where a helper is handed the packet. */
export function mayAccessPacket(
  request: VerifyRequest,
  allowed: boolean | undefined,
  mode: 'read' | 'write',
): boolean {
  const { type } = request.kind;
  if (type === cgroupSockopt) return true;
  if (!WRITES.has(type) && !(READS.has(type) && mode === 'read')) return false;
  return allowed ?? true;
}

/** A pointer into the packet, to what is in front of it, or to its end. */
export const isOfPacket = (r: Register): boolean => r.isPacket || r.kind === 'packet_end';

/** Offsets from the beginning of a packet are at most this (MAX_PACKET_OFF). */
const MAX_PACKET_OFFSET = 0xffffn;

/** All pointers of the same base reach as far as the one that was compared. */
function reach(state: State, pointer: Register, isBelow: boolean): void {
  const { umax } = pointer.scalar;
  if ((umax === 0n && isBelow) || umax > MAX_PACKET_OFFSET) return;
  const range = Number(umax) + (isBelow ? 1 : 0);
  state.mapRegisters((r) =>
    r.kind === pointer.kind && r.id === pointer.id && (r.target.range ?? 0) < range
      ? r.with({ target: { ...r.target, range } })
      : r,
  );
}

function isAtEnd(frame: Frame, number: number, isBeyond: boolean): void {
  const register = frame.register(number);
  if (register.kind !== 'packet') return;
  const range = isBeyond ? BEYOND_PACKET_END : AT_PACKET_END;
  frame.registers[number] = register.with({ target: { ...register.target, range } });
}

const isStart = (r: Register): boolean => r.kind === 'packet' && r.id === 0 && r.scalar.constant === 0n;

/** A packet pointer compared with the end, or one to metadata with the packet. */
const isPair = (pointer: Register, end: Register): boolean =>
  (pointer.kind === 'packet' && end.kind === 'packet_end') ||
  (pointer.kind === 'packet_meta' && isStart(end));

/** Of `pointer ? end`: whether the pointer is not above the end if that holds or if it does not, and whether it is then below it. */
const SIDES: Partial<Readonly<Record<Comparison, readonly [isInsideIfTrue: boolean, isBelow: boolean]>>> = {
  '>': [false, false],
  '<': [true, true],
  '>=': [false, true],
  '<=': [true, false],
};

/** Learns from a comparison of packet pointers; false if it is not one (try_match_pkt_pointers). */
export function learnOfPacket(
  walk: Walk,
  comparison: Comparison,
  operands: { readonly dst: number; readonly src: number },
  other: State,
): boolean {
  const dst = walk.register(operands.dst);
  const src = walk.register(operands.src);
  const isForward = isPair(dst, src);
  if (!isForward && !isPair(src, dst)) return false;
  const [pointer, number] = isForward ? [dst, operands.dst] : [src, operands.src];
  const side = SIDES[isForward ? comparison : mirror(comparison)];
  if (side === undefined) return false;
  const [isInsideIfTrue, isBelow] = side;
  const [inside, outside] = isInsideIfTrue ? [other, walk.state] : [walk.state, other];
  reach(inside, pointer, isBelow);
  isAtEnd(outside.frame, number, !isBelow);
  return true;
}

/** A packet pointer that was compared with the end before. */
export function packetBranch(comparison: Comparison, dst: Register, src: Register): boolean | undefined {
  const isForward = src.kind === 'packet_end';
  if (!isForward && dst.kind !== 'packet_end') return undefined;
  const range = (isForward ? dst : src).target.range ?? 0;
  if (range >= 0) return undefined;
  const word = isForward ? comparison : mirror(comparison);
  if (word === '>' || word === '<=') return range === BEYOND_PACKET_END ? word === '>' : undefined;
  if (word === '<' || word === '>=') return word === '>=';
  return undefined;
}
