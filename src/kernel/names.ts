/**
 * Names that the kernel makes from declared ones. A declared name cannot contain a `$`, so these are never taken.
 */

/** The structure of a program (struct bpf_prog). */
export const progName = (program: string): string => `${program}$prog`;

/** What ties a program to its tracepoint or probe (struct bpf_link): one for each thing that it can be attached to. */
export const linkName = (program: string, target = 0): string =>
  `${program}$link${target === 0 ? '' : target}`;

/** The array with only this program in it that its kprobe's event has. */
export const eventName = (program: string, target = 0): string =>
  `${program}$event${target === 0 ? '' : target}`;

/** The array of programs on a tracepoint's perf event. */
export const perfEventName = (tracepoint: string): string => `${tracepoint}$perf`;

/** A traced function itself, after its patch site and all probes: what its trampoline calls in the end. */
export const originalName = (fn: string): string => `${fn}$body`;

/** What the probes of a function call: the trampoline, or the function itself where there is none. */
export const tracedName = (fn: string): string => `${fn}$traced`;

/** A trampoline's image (struct bpf_tramp_image). */
export const imageName = (fn: string): string => `${fn}$image`;

/** What is called in front of a traced function, as listings, places and faults name it. */
export const trampolineOf = (fn: string): string => `trampoline of ${fn}`;

/** The guard's two functions, whichever guard it is. */
export const GUARD_ENTER = 'guard$enter';
export const GUARD_EXIT = 'guard$exit';

/** A guard's function as users name it. */
export const guardFunction = (guard: string, part: 'enter' | 'exit'): string => `${guard}.${part}`;

/** The function that fires a tracepoint. Programs call it, so it is a name like any other. */
export const fireName = (tracepoint: string): string => `trace_${tracepoint}`;

/** The image that runs the probes of a function. */
export const probesImage = (fn: string): string => `probes of ${fn}`;

/** What runs the uprobes of a function of user space at one of its ends. */
export const uprobesAt = (half: 'entry' | 'return', fn: string): string => `uprobes at ${half} of ${fn}`;

/** Whether it is one of those. */
export const runsUprobes = (name: string): boolean => /^uprobes at (?:entry|return) of /.test(name);

/** The copy of a function that is called while it has breakpoints in it. */
export const breakpointsIn = (fn: string): string => `breakpoints in ${fn}`;

/** The function that an image of probes is of; undefined for any other name. */
export const probedBy = (image: string): string | undefined => /^probes of (.+)$/.exec(image)?.[1];
