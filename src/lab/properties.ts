import type { Name } from '../syntax/lab-ast.js';
import type { Findings } from '../text/findings.js';
import { didYouMean } from '../text/nearest.js';

/**
 * What is checked. An instance of a program is *entering* from the first instruction of the guard's enter until that
 * returns, *admitted* if it returned non-zero, until the first instruction of exit, and *leaving* until exit returns;
 * a refused instance counts as leaving from the moment it was refused.
 */
export const PROPERTIES = {
  one_instance: 'at most one admitted instance of a program on a CPU at a time',
  balanced: 'when everything has returned, every `active` area and preempt_count is what it was at the start',
  admits_alone: 'who enters while no other instance is entering, admitted or leaving on the CPU is admitted',
  progress: 'of those who entered a program on a CPU, at least one was admitted',
  no_fault: 'no instruction faults and no kernel stack overflows',
  no_deadlock:
    'it never happens that something is left to do and nothing can go on, or goes on for ever whatever comes',
  always: "the lab's `always` conditions, after every write",
  finally: "the lab's `finally` conditions, when everything has returned",
} as const;

export type Property = keyof typeof PROPERTIES;
export const PROPERTY_NAMES = Object.keys(PROPERTIES) as readonly Property[];

/** A set of properties as bits. */
export const propertyBit = (p: Property): number => 1 << PROPERTY_NAMES.indexOf(p);
export const propertiesIn = (bits: number): readonly Property[] =>
  PROPERTY_NAMES.filter((p) => (bits & propertyBit(p)) !== 0);

/** Those of the names that are properties. */
export const propertiesNamed = (names: readonly Name[]): readonly Property[] =>
  PROPERTY_NAMES.filter((p) => names.some((n) => n.name === p));

/** Reports the names that are not properties. */
export function checkProperties(names: readonly Name[], findings: Findings): void {
  for (const { name, span } of names) {
    if (PROPERTY_NAMES.some((p) => p === name)) continue;
    const expected = PROPERTY_NAMES.join(', ');
    const help = didYouMean(name, PROPERTY_NAMES);
    findings.error('B0407', `there is no property \`${name}\``, { span, expected, help });
  }
}
