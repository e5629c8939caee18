/**
 * What can happen next in a state, as a number:
 *
 *     0 .. 63     the task of this number goes on
 *     64 .. 127   the innermost interrupt of CPU n - 64 goes on
 *     128 ..      an interrupt arrives: of source (n - 128) / 64, on CPU (n - 128) % 64
 *
 * A machine has at most 64 CPUs and a scenario at most 64 tasks.
 */
export const CHOICE = {
  task: (task: number): number => task,
  interrupt: (cpu: number): number => 64 + cpu,
  arrival: (source: number, cpu: number): number => 128 + source * 64 + cpu,
} as const;

export type Choice =
  | { readonly kind: 'task'; readonly task: number }
  | { readonly kind: 'interrupt'; readonly cpu: number }
  | { readonly kind: 'arrival'; readonly source: number; readonly cpu: number };

export const isArrival = (n: number): boolean => n >= 128;
export const isInterrupt = (n: number): boolean => n >= 64 && n < 128;

/** Of an arrival, which source's. */
export const sourceOf = (n: number): number => (n - 128) >> 6;

export function readChoice(n: number): Choice {
  if (isArrival(n)) return { kind: 'arrival', source: sourceOf(n), cpu: n & 63 };
  if (isInterrupt(n)) return { kind: 'interrupt', cpu: n - 64 };
  return { kind: 'task', task: n };
}

/** What goes on in the same turn after a choice: an interrupt arrives once. */
export function continued(choice: number): number {
  const c = readChoice(choice);
  return c.kind === 'arrival' ? CHOICE.interrupt(c.cpu) : choice;
}
