import { isMapOf } from '../map-types.js';
import { addBits, constantBits, formatBits, isAligned } from '../range/tnum.js';
import { wordOfNumber } from '../range/word.js';
import type { RegisterKind } from '../state/kind.js';
import type { Register } from '../state/register.js';
import { refuse } from './refused.js';

const WORDS: Partial<Readonly<Record<RegisterKind, string>>> = {
  flow_keys: 'flow keys ',
  map_key: 'key ',
  map_value: 'value ',
  ctx: 'context ',
  stack: 'stack ',
  sock: 'sock ',
  sock_common: 'sock_common ',
  tcp_sock: 'tcp_sock ',
  xdp_sock: 'xdp_sock ',
};

/** Where the kernel puts the header of a packet, modulo 4 (NET_IP_ALIGN). */
const IP_ALIGN = 2;

/** Whether an access has to be at a multiple of its size, and whether it is (check_ptr_alignment). */
export function checkAlignment(pointer: Register, offset: number, size: number, isStrict: boolean): void {
  const { kind, scalar } = pointer;
  if (kind === 'arena' || size === 1) return;
  const strict = isStrict || kind === 'stack' || (kind === 'map_value' && isMapOf(pointer.map, 'insn_array'));
  if (!strict) return;
  const shift = pointer.isPacket ? IP_ALIGN : 0;
  if (isAligned(addBits(scalar.bits, constantBits(wordOfNumber(shift + offset))), size)) return;
  const bits = formatBits(scalar.bits);
  refuse(
    'EACCES',
    pointer.isPacket
      ? `misaligned packet access off ${IP_ALIGN}+${bits}+${offset} size ${size}`
      : `misaligned ${WORDS[kind] ?? ''}access off ${bits}+${offset} size ${size}`,
  );
}
