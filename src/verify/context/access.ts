import type { VerifyRequest } from '../request.js';
import { FLAGS, type PointerKind } from '../state/kind.js';

/** What programs of a kind get in r1; `unknown`: a structure whose fields are not in a table here. */
export type ContextName =
  | 'btf'
  | 'raw_tp'
  | 'raw_tp_writable'
  | 'tracepoint'
  | 'pt_regs'
  | 'perf_event'
  | 'syscall'
  | 'skb_tc'
  | 'skb_socket'
  | 'xdp'
  | 'unknown';

/** An access at a constant offset from the context's beginning. */
export interface ContextAccess {
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  readonly isWrite: boolean;
  /** The load extends its sign. */
  readonly isSigned: boolean;
}

/** What is loaded; a write that is allowed gives a scalar as well. */
export type ContextValue =
  | { readonly kind: 'scalar'; readonly range?: readonly [number, number] }
  | {
      readonly kind: 'pointer';
      readonly type: PointerKind;
      /** Of `FLAGS`, or-ed. */
      readonly flags: number;
      /** The structure it points to. */
      readonly struct?: string;
      /** Bytes, where it points to memory of a size. */
      readonly size?: number;
    };

/** Why an access is refused: what the kernel says of it before the line that every refused access has. */
export type ContextAnswer = ContextValue | { readonly kind: 'refused'; readonly lines: readonly string[] };

export const SCALAR: ContextValue = { kind: 'scalar' };
export const REFUSED: ContextAnswer = { kind: 'refused', lines: [] };

/** Whether an access that does not reach out of the context is one of `access.size` bytes at a multiple of them. */
export const isAligned = ({ offset, size }: ContextAccess): boolean => offset % size === 0;

export const pointer = (
  type: PointerKind,
  flags = 0,
  rest: { readonly struct?: string; readonly size?: number } = {},
): ContextValue => ({ kind: 'pointer', type, flags, ...rest });

/** Answers for one kind of context; undefined if that takes something that is not known here. */
export type ContextTable = (request: VerifyRequest, access: ContextAccess) => ContextAnswer | undefined;

export const OR_NULL = FLAGS.maybeNull;
