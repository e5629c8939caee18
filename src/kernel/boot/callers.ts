import { helperByName } from '../../isa/helpers.js';
import { HELPERS } from '../../verify/calls/helpers.js';
import { KFUNCS } from '../../verify/calls/kfuncs.js';
import { type Callers, type CallRow, hasKind } from '../../verify/calls/row.js';
import { type AttachKind, KINDS } from '../attach/kinds.js';
import { isOlder, type KernelModel } from '../model.js';

/** Who calls: a program of a kind on a kernel. */
export interface Caller {
  readonly kind: AttachKind;
  readonly model: KernelModel;
}

/** Why a call is refused. */
interface Refusal {
  readonly message: string;
  readonly help: string;
  readonly notes: readonly string[];
  /** Whether there is a kernel on which it may. */
  readonly isOfKernel: boolean;
}

/** What is known of a helper or kfunc that is provided; undefined for other functions. */
export const callRow = (name: string): CallRow | undefined => HELPERS.get(name) ?? KFUNCS.get(name);

/** Whether a kernel is too old to have something. */
export function isTooOld(name: string, model: KernelModel): boolean {
  const row = callRow(name);
  return row !== undefined && isOlder(model.release, row.since);
}

/** What the verifier of a kernel says of a call that it does not let a program make. */
function verdict({ name }: CallRow, { release }: KernelModel): string {
  const helper = helperByName(name);
  if (helper === undefined) return `Linux answers: calling kernel function ${name} is not allowed`;
  const words = isOlder(release, '6.12') ? 'unknown func' : 'program of this type cannot use helper';
  return `Linux answers: ${words} ${name}#${helper.id}`;
}

/** The kinds of programs that may call something, but for those that came later than a release. */
function kindsThatMay({ callers }: CallRow, release: string): AttachKind[] {
  const now = callers.filter((c) => c.since === undefined || !isOlder(release, c.since));
  return (Object.keys(KINDS) as AttachKind[]).filter((kind) => now.some((c) => hasKind(c.kinds, kind)));
}

/** Why a program may not call a function of that name; undefined if it may. */
export function refuseCall(name: string, { kind, model }: Caller): Refusal | undefined {
  const row = callRow(name);
  if (row === undefined) return undefined;
  if (isOlder(model.release, row.since)) {
    return {
      message: `${model.name} has no \`${name}\``,
      help: `it came with Linux ${row.since}; \`--kernel\` chooses another kernel`,
      notes: [],
      isOfKernel: true,
    };
  }
  if (kindsThatMay(row, model.release).includes(kind)) return undefined;
  const later = row.callers.find((c: Callers) => hasKind(c.kinds, kind))?.since;
  return {
    message: `programs of kind ${kind} cannot call \`${name}\` on ${model.name}`,
    help:
      later === undefined
        ? `programs of these kinds can: ${kindsThatMay(row, model.release).join(', ')}`
        : `they can since Linux ${later}; \`--kernel\` chooses another kernel`,
    notes: [verdict(row, model)],
    isOfKernel: later !== undefined,
  };
}
