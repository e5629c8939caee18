// cspell:disable: names as the kernel spells them.
import { FUNCTIONS, LSM_FUNCTIONS, OTHER_FUNCTIONS } from './well-known-functions.js';
import { TRACEPOINTS } from './well-known-tracepoints.js';

/**
 * What is known of functions and tracepoints of Linux that people trace most. Of a function that is here only because an object traces
 * it, it is known how many arguments it takes, so that it is known where fexit finds what it returns.
 */
const ALL_FUNCTIONS = [FUNCTIONS, OTHER_FUNCTIONS, LSM_FUNCTIONS].join('');

/** Structures that these are handed, so that C can name them. */
export const wellKnownStructures = (): readonly string[] => [
  ...new Set([...`${ALL_FUNCTIONS}${TRACEPOINTS}`.matchAll(/struct (\w+)/g)].map((m) => m[1]!)),
];

/** A system call's entry, which is handed its arguments in registers that were saved (arch/…/include/asm/syscall_wrapper.h). */
const SYSCALL = /^__(?:x64|arm64|ia32|arm64_compat)_(?:compat_)?sys_\w+$/;

const byName = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map((line) => [/(\w+)\(/.exec(line)![1]!, line]),
  );

let functions: ReadonlyMap<string, string> | undefined;
let tracepoints: ReadonlyMap<string, string> | undefined;

/** The prototype of a function of Linux, in C; undefined if it is not among those that are traced most. */
export function wellKnownFunction(name: string): string | undefined {
  if (SYSCALL.test(name)) return `long ${name}(const struct pt_regs *regs)`;
  functions ??= byName(ALL_FUNCTIONS);
  return functions.get(name);
}

/** Names of the functions that are traced most, but for those of system calls. */
export function wellKnownFunctions(): readonly string[] {
  functions ??= byName(ALL_FUNCTIONS);
  return [...functions.keys()];
}

/** Names of the tracepoints that are traced most. */
export function wellKnownTracepoints(): readonly string[] {
  tracepoints ??= byName(TRACEPOINTS);
  return [...tracepoints.keys()];
}

/** The same of a tracepoint. */
export function wellKnownTracepoint(name: string): string | undefined {
  tracepoints ??= byName(TRACEPOINTS);
  return tracepoints.get(name);
}
