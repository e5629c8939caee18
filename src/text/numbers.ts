/** A byte as two digits. */
export const hexByte = (byte: number): string => byte.toString(16).padStart(2, '0');

/** Bytes in the order in which they are in memory, as listings show them: `b7 01 00 00`. */
export const hexBytes = (bytes: Uint8Array, between = ' '): string =>
  Array.from(bytes, hexByte).join(between);

/** An address with all its digits. */
export const formatAddress = (n: bigint): string => `0x${n.toString(16).padStart(16, '0')}`;

/** A number with its sign: `+4`, `-4`. */
export const signed = (n: number): string => (n < 0 ? String(n) : `+${n}`);

/** A whole number with its digits in groups of three: `1,234,567`. `toLocaleString` first loads a locale, for 10 ms and more. */
export const grouped = (n: number): string => String(n).replace(/\B(?=(?:\d{3})+$)/g, ',');

/** A number of things: `1 byte`, `2 bytes`, `3 switches`. */
export const plural = (
  n: number,
  one: string,
  many = `${one}s`,
  number: (n: number) => string = String,
): string => `${number(n)} ${n === 1 ? one : many}`;

/** The same with the digits in groups. */
export const pluralInGroups = (n: number, one: string, many?: string): string =>
  plural(n, one, many, grouped);
