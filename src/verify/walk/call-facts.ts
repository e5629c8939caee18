import type { SpecialField } from '../../object/special-fields.js';
import type { CallRow } from '../calls/row.js';
import type { VerifiedMap } from '../request.js';
import type { DynptrKind, Register } from '../state/register.js';

/** A dynptr that a call is handed: its id, and the id of what it has to be given back with; 0: with nothing. */
export interface Dynptr {
  readonly kind: DynptrKind;
  readonly id: number;
  readonly parent: number;
}

/** The pointer to an object in a map's value. */
export type ObjectField = Extract<SpecialField, { readonly kind: 'pointer' }>;

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
  dynptr: Dynptr | undefined;
  /** Where in a map's value an object is exchanged. */
  field: ObjectField | undefined;
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
  dynptr: undefined,
  field: undefined,
});
