// cspell:ignore mapref
import { signed } from '../text/numbers.js';

/**
 * How the kernel's listings name what a 64-bit load refers to: `map[id:4][0]+8`. The grammar's `mapref` takes anything of
 * this shape, so that lowering can say which there are.
 */
interface KernelReference {
  readonly op: string;
  /** Around the number, which is the low half of the constant. */
  readonly before: string;
  readonly after: string;
  /** The number always has a sign. */
  readonly signed?: true;
  /** Around the high half. */
  readonly high: readonly [before: string, after: string];
  /** The high half is written if it is 0, too. */
  readonly always?: true;
  /** What may be written before the high half, and changes nothing. */
  readonly also?: string;
}

const PLUS = ['+', ''] as const;

const REFERENCES: readonly KernelReference[] = [
  { op: 'lddw_map_fd', before: 'map[id:', after: ']', high: PLUS },
  { op: 'lddw_map_value', before: 'map[id:', after: '][0]', high: PLUS, always: true },
  { op: 'lddw_map_idx', before: 'map[idx:', after: ']', high: ['[hi:', ']'] },
  { op: 'lddw_map_idx_value', before: 'map[idx:', after: ']', high: PLUS, always: true, also: '[0]' },
  { op: 'lddw_btf_id', before: 'btf[id:', after: ']', high: PLUS },
  { op: 'lddw_func', before: 'subprog[', after: ']', signed: true, high: PLUS },
];

const BY_OP = new Map(REFERENCES.map((r) => [r.op, r]));

const escaped = (text: string): string => text.replaceAll(/[[\]+]/g, '\\$&');

const PATTERNS = REFERENCES.map((r) => {
  const number = r.signed ? '[-+]\\d+' : '-?\\d+';
  const also = r.also === undefined ? '' : `(?:${escaped(r.also)})?`;
  const high = `${also}${escaped(r.high[0])}(\\d+)${escaped(r.high[1])}`;
  const rest = r.always ? high : `(?:${high})?`;
  return { op: r.op, pattern: new RegExp(`^${escaped(r.before)}(${number})${escaped(r.after)}${rest}$`) };
});

/** What is expected where a reference is none of these: `` `map[id:N]`, … or `subprog[+N]` ``. */
export const KERNEL_REFERENCES: string = REFERENCES.map((r) => {
  const high = r.always ? `${r.high[0]}N${r.high[1]}` : '';
  return `\`${r.before}${r.signed ? '+' : ''}N${r.after}${high}\``;
})
  .join(', ')
  .replace(/, (?=[^,]*$)/, ' or ');

/** The text of a reference, from the halves of the constant; undefined for an operation that has none. */
export function printReference(op: string, low: number, high: number): string | undefined {
  const r = BY_OP.get(op);
  if (r === undefined) return undefined;
  const number = r.signed ? signed(low) : low;
  const rest = r.always || high !== 0 ? `${r.high[0]}${high}${r.high[1]}` : '';
  return `${r.before}${number}${r.after}${rest}`;
}

/** The operation that a reference is of, and the halves of its constant, of any size; undefined for anything else. */
export function readReference(
  text: string,
): { readonly op: string; readonly low: bigint; readonly high: bigint } | undefined {
  for (const { op, pattern } of PATTERNS) {
    const m = pattern.exec(text);
    if (m !== null) return { op, low: BigInt(m[1]!), high: BigInt(m[2] ?? 0) };
  }
  return undefined;
}
