import type { Placement } from '../machine/text.js';
import type { Unit } from '../verify/unit.js';

/** A program, or a function of a lab, with its own functions, that may read what was never written. */
export interface DoubtfulUnit {
  readonly unit: Unit;
  readonly placement: Placement;
  readonly isProgram: boolean;
}
