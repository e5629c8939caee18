import type { VerifyRequest } from '../request.js';
import { isBefore } from '../series.js';
import { type ContextTable, isAligned, pointer, REFUSED, SCALAR } from './access.js';

/** Arguments of a function that a tracing program can be given (MAX_BPF_FUNC_ARGS). */
export const MAX_ARGUMENTS = 12;
/** Bytes of the buffer in which a tracepoint's record is (PERF_MAX_TRACE_SIZE, include/linux/trace_events.h). */
const TRACE_BUFFER = 8192;

/** Bytes of what bpf_user_pt_regs_t is, and of struct pt_regs, of which kprobes get the whole. */
const REGISTERS = { arm64: { user: 272, all: 320 }, amd64: { user: 168, all: 168 } } as const;

function registerBytes({ arch, types }: VerifyRequest): number {
  return types.struct('pt_regs')?.size ?? REGISTERS[arch].all;
}

/** kprobe_prog_is_valid_access (kernel/trace/bpf_trace.c); what runs on a copy of the registers may write it since 6.18. */
export const ptRegs: ContextTable = (request, access) => {
  const { offset, size, isWrite } = access;
  if (offset < 0 || !isAligned(access) || offset + size > registerBytes(request)) return REFUSED;
  if (isWrite && isBefore(request.series.release, '6.18')) return REFUSED;
  return SCALAR;
};

/** tp_prog_is_valid_access: the record, without the pointer in front of it. */
export const tracepoint: ContextTable = (_request, access) => {
  const isOutside = access.offset < 8 || access.offset >= TRACE_BUFFER;
  return isOutside || access.isWrite || !isAligned(access) ? REFUSED : SCALAR;
};

/** pe_prog_is_valid_access: registers by eight bytes, then sample_period and addr, of which parts can be read. */
export const perfEvent: ContextTable = ({ arch }, access) => {
  const { offset, size, isWrite } = access;
  const end = REGISTERS[arch].user;
  if (offset < 0 || offset >= end + 16 || isWrite || !isAligned(access)) return REFUSED;
  return offset < end && size !== 8 ? REFUSED : SCALAR;
};

/** raw_tp_prog_is_valid_access: arguments of eight bytes each. */
export const rawTracepoint: ContextTable = (_request, access) => {
  const isOutside = access.offset < 0 || access.offset >= 8 * MAX_ARGUMENTS;
  return isOutside || access.isWrite || !isAligned(access) ? REFUSED : SCALAR;
};

/** raw_tp_writable_prog_is_valid_access: the first argument is a buffer that may be written. */
export const rawTracepointWritable: ContextTable = (request, access) => {
  if (access.offset !== 0) return rawTracepoint(request, access);
  return access.size === 8 && !access.isWrite ? pointer('tp_buffer') : REFUSED;
};

/** Bytes that the context of a syscall program can have (syscall_prog_is_valid_access, kernel/bpf/syscall.c). */
export const SYSCALL_BYTES = 65535;

/** They are memory of the caller's: written, too, and not aligned. */
export const syscall: ContextTable = (_request, { offset, size }) =>
  offset < 0 || offset + size > SYSCALL_BYTES ? REFUSED : SCALAR;
