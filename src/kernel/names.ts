/**
 * Names that the kernel makes from declared ones. A `$` cannot stand in a declared name, so these are never taken.
 */

/** The structure of a program (struct bpf_prog). */
export const progName = (program: string): string => `${program}$prog`;

/** What links a program to a raw tracepoint (struct bpf_raw_tp_link). */
export const linkName = (program: string): string => `${program}$link`;

/** A traced function itself, behind its patch site: what its trampoline calls. */
export const originalName = (fn: string): string => `${fn}$body`;

/** The guard's two functions, whichever guard it is. */
export const GUARD_ENTER = 'guard$enter';
export const GUARD_EXIT = 'guard$exit';

/** The function that fires a tracepoint. Programs call it, so it is a name like any other. */
export const fireName = (tracepoint: string): string => `trace_${tracepoint}`;
