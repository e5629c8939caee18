/**
 * Instructions of the other byte order: registers have changed places in their byte, off and imm their bytes.
 *
 *     little endian   opcode | src dst | off low, high | imm low … high
 *     big endian      opcode | dst src | off high, low | imm high … low
 *
 * It is its own inverse. What is left over at the end, less than an instruction, stays as it is.
 */
export function swapByteOrder(code: Uint8Array): Uint8Array {
  const out = code.slice();
  for (let at = 0; at + 8 <= out.length; at += 8) {
    const registers = out[at + 1]!;
    out[at + 1] = ((registers & 15) << 4) | (registers >> 4);
    out.subarray(at + 2, at + 4).reverse();
    out.subarray(at + 4, at + 8).reverse();
  }
  return out;
}
