import type { State } from '../state/state.js';

/** A visit of a loop: from where it was entered until all paths in it are walked (`struct bpf_scc_visit`). */
export interface Visit {
  entry: State | undefined;
  /** States at which the loop closed, and what they were equal to. */
  edges: { readonly state: State; readonly equal: State }[];
}
