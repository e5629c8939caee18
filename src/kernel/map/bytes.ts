/** A number as little-endian bytes; the rest is zero. */
export function numberBytes(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let left = BigInt.asUintN(size >= 8 ? 64 : size * 8, value);
  for (let i = 0; i < Math.min(8, size); i += 1) {
    bytes[i] = Number(left & 0xffn);
    left >>= 8n;
  }
  return bytes;
}
