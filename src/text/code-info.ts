/** One kind of diagnostic: its title, and what `tinybpf explain CODE` says of it. */
export interface CodeInfo {
  readonly title: string;
  readonly explain: string;
}
