/** Why the model does not know a value: it comes from memory that nothing needed so far, or from what is left out. */
export interface Lost {
  readonly kind: 'lost';
  /** Keys of the cells it was read from. */
  readonly cells: readonly string[];
  /** Set where no cell would help. */
  readonly reason?: string;
}

/**
 * What a register or a stack slot holds while code is walked: a number that is known, an address of which the offset is
 * known, or a variable of the model. Variables of Promela have 32 bits; those of 64 are C's.
 */
export type Value =
  | { readonly kind: 'const'; readonly value: bigint }
  /** An address in the thread's own stack, and one in the task_struct of the task that runs. */
  | { readonly kind: 'stack'; readonly offset: number }
  | { readonly kind: 'current'; readonly offset: number }
  /** An `int` whose 32 bits are the low half; the high half is zero. At most `max`. */
  | { readonly kind: 'var'; readonly name: string; readonly max: bigint; readonly nonzero?: boolean }
  | { readonly kind: 'wide'; readonly name: string }
  /** An address and a variable added to it. */
  | { readonly kind: 'index'; readonly base: bigint; readonly name: string; readonly max: bigint }
  | Lost;

export const ALL32 = 0xffff_ffffn;
export const ALL64 = 0xffff_ffff_ffff_ffffn;

export const constant = (value: bigint): Value => ({ kind: 'const', value: BigInt.asUintN(64, value) });
export const lost = (reason: string): Value => ({ kind: 'lost', cells: [], reason });

/** A bound that is kept exactly while it is small; there are finitely many others, so that loops come to an end. */
export function roundUp(max: bigint): bigint {
  if (max <= 255n) return max;
  return max <= 0xffffn ? 0xffffn : ALL32;
}

/** The variable a value is in. */
export function nameOf(v: Value): string | undefined {
  return v.kind === 'var' || v.kind === 'wide' || v.kind === 'index' ? v.name : undefined;
}

/** The same text for the same value. */
export function keyOf(v: Value | undefined): string {
  switch (v?.kind) {
    case undefined:
      return '-';
    case 'const':
      return v.value.toString(16);
    case 'stack':
    case 'current':
      return `${v.kind}${v.offset}`;
    case 'var':
      return `${v.name}<=${v.max}${v.nonzero === true ? '!' : ''}`;
    case 'wide':
      return v.name;
    case 'index':
      return `${v.base.toString(16)}+${v.name}<=${v.max}`;
    case 'lost':
      return v.reason === undefined ? `?${v.cells.join()}` : '?';
    default:
      return v satisfies never;
  }
}

/** Something made of values that are not known. */
export function loseAll(values: readonly Value[]): Value | undefined {
  const all = values.filter((v) => v.kind === 'lost');
  if (all.length === 0) return undefined;
  const reason = all.find((v) => v.reason !== undefined)?.reason;
  const cells = [...new Set(all.flatMap((v) => v.cells))].sort();
  return { kind: 'lost', cells, ...(reason !== undefined && { reason }) };
}
