/** One kind of diagnostic: its title, and what `tinybpf explain CODE` says of it. */
export interface CodeInfo {
  readonly title: string;
  readonly explain: string;
  /** A lab that gets it, and how it is to be written. */
  readonly wrong?: string;
  readonly right?: string;
}
