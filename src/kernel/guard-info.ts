/** The guard that a machine was booted with. */
export interface GuardInfo {
  /** What it is called wherever it is shown. */
  readonly name: string;
  /** What its own file calls it. */
  readonly declared: string;
  /** How a command line or a schedule names it: by its path if it was given as a file. */
  readonly given: string;
  /** Size of the `active` area in bytes. */
  readonly size: number;
  readonly align: number;
}
