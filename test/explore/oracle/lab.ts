/** A lab to compare on, with what is observed of its ends. */
export interface Lab {
  readonly text: string;
  /** Name of the kernel model. */
  readonly kernel: string;
  /** Names of globals, elements of maps and counters, as conditions write them. */
  readonly observed: readonly string[];
}

/** What both sides say of a lab. */
export interface Summary {
  /** Whether somebody can reach into another's stack or task_struct, which explore refuses with B0411. */
  readonly refused: boolean;
  /** Names of properties, sorted. */
  readonly broken: readonly string[];
  /** What is observed when everything has returned, of each end once, sorted. */
  readonly outcomes: readonly string[];
}
