import { kindOf } from '../kinds.js';
import type { VerifyRequest } from '../request.js';
import { isBefore } from '../series.js';
import type { ContextAccess, ContextAnswer, ContextName, ContextTable } from './access.js';
import { btf } from './btf.js';
import { skbSocket, skbTc, xdp } from './network.js';
import {
  perfEvent,
  ptRegs,
  rawTracepoint,
  rawTracepointWritable,
  SYSCALL_BYTES,
  syscall,
  tracepoint,
} from './tracing.js';

const TABLES: Readonly<Record<ContextName, ContextTable>> = {
  btf,
  raw_tp: rawTracepoint,
  raw_tp_writable: rawTracepointWritable,
  tracepoint,
  pt_regs: ptRegs,
  perf_event: perfEvent,
  syscall,
  skb_tc: skbTc,
  skb_socket: skbSocket,
  xdp,
  unknown: () => undefined,
};

/** What an access to the context gives, or why it is refused; undefined where that is not known here. */
export function contextAccess(request: VerifyRequest, access: ContextAccess): ContextAnswer | undefined {
  const row = kindOf(request);
  return row && TABLES[row.context](request, access);
}

/** Bytes of a context that is plain memory, in which any offset is allowed; undefined for all others. */
export function contextBytes(request: VerifyRequest): number | undefined {
  const isMemory = kindOf(request)?.context === 'syscall';
  return isMemory && !isBefore(request.series.release, '7.1') ? SYSCALL_BYTES : undefined;
}

/** Whether the context can be accessed through its address plus a constant (Linux 7.1, where it rewrites no accesses). */
export const allowsMovedContext = (request: VerifyRequest): boolean =>
  kindOf(request)?.isRewritten === false && !isBefore(request.series.release, '7.1');
