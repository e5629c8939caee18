import { PROTECTIONS, type Protection, protectionsOf } from '../../kernel/protections.js';
import { modelNamed } from '../../lab/environment.js';
import type { Row } from '../../report/table.js';

const kernelsOf = ({ arch, since, until }: Protection): string =>
  [arch, since && `since ${since}`, until && `before ${until}`]
    .filter((part) => part !== undefined)
    .join(', ') || 'all';

/** What keeps BPF from entering itself: all that is emulated, or what a kernel has. */
export function protections(kernel?: string): Row[] {
  const rows = kernel === undefined ? PROTECTIONS : protectionsOf(modelNamed(kernel));
  return rows.map((p) => ({
    'what is entered once': p.what,
    counter: p.counter,
    'here it is': p.here,
    'one for each': p.scope,
    'the refused one': p.refused,
    kernels: kernelsOf(p),
    source: p.source,
    lab: p.lab,
  }));
}
