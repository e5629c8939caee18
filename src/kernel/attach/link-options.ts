/** What is said of a program where it is attached. */
export interface LinkOptions {
  /** What it can read there. */
  readonly cookie: bigint;
  /** How many calls at a time a probe can wait for the return of; as many as the kernel allows where it is not said. */
  readonly maxactive?: number;
}
