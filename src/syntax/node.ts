import type { Interval, Node as OhmNode } from 'ohm-js';

/** What is read of a node; ohm's own nodes have it too, so that the typings which it writes for a grammar fit. */
export interface Node extends Pick<OhmNode, 'ctorName' | 'sourceString'> {
  readonly children: readonly Node[];
  readonly source: Pick<Interval, 'startIdx' | 'endIdx'>;
}
