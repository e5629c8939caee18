import type { CallRow } from '../calls/row.js';
import type { VerifiedMap } from '../request.js';
import type { Register } from '../state/register.js';

/** What the arguments of a call have told. */
export interface Call {
  readonly row: CallRow;
  map: VerifiedMap | undefined;
  mapUid: number;
  /** The key, where it is a number that is known. */
  key: bigint | undefined;
  /** Memory that the call writes, of which nothing is asked before. */
  raw: { readonly register: number; readonly size: number } | undefined;
  /** The greatest size that was given for memory. */
  maxSize: bigint;
  /** Bytes of what the call gives. */
  allocated: number;
  subprogram: number;
  /** The register that is given back. */
  released: number;
  /** The structure that a per-CPU pointer points to. */
  percpu: Register | undefined;
}

/** Nothing is told yet. */
export const newCall = (row: CallRow): Call => ({
  row,
  map: undefined,
  mapUid: 0,
  key: undefined,
  raw: undefined,
  maxSize: 0n,
  allocated: 0,
  subprogram: 0,
  released: 0,
  percpu: undefined,
});
