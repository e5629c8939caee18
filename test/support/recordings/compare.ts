/** A recorded number: as it is, or the hex digits of one that JSON cannot hold. */
function toNumber(value: unknown): unknown {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return BigInt(value);
  return typeof value === 'string' && /^0x[0-9a-f]+$/.test(value) ? BigInt(value) : value;
}

function withoutTrailingZeros(values: readonly unknown[]): unknown[] {
  const out = values.map(toNumber);
  while (out.length > 0 && out.at(-1) === 0n) out.pop();
  return out;
}

const isObject = (v: unknown): v is Record<string, unknown> =>
  typeof v === 'object' && v !== null && !Array.isArray(v);

function show(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? v.toString() : v)) ?? 'nothing';
}

/**
 * Where what came out differs from what was recorded, a line each. Only what the recording has is compared; paths in
 * `varies` were not the same each time the kernel was asked.
 */
export function differences(
  recorded: unknown,
  actual: unknown,
  varies: readonly string[] = [],
  path = '',
): string[] {
  if (varies.includes(path)) return [];
  if (isObject(recorded)) {
    return Object.entries(recorded).flatMap(([key, value]) =>
      differences(
        value,
        isObject(actual) ? actual[key] : undefined,
        varies,
        path === '' ? key : `${path}.${key}`,
      ),
    );
  }
  const same = Array.isArray(recorded)
    ? Array.isArray(actual) && show(withoutTrailingZeros(recorded)) === show(withoutTrailingZeros(actual))
    : show(toNumber(recorded)) === show(toNumber(actual));
  return same ? [] : [`${path}: recorded ${show(recorded)}, here ${show(actual)}`];
}
