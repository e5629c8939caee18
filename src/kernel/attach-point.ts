import type { Name } from '../syntax/lab-ast.js';
import { type Diagnostic, errorAt } from '../text/diagnostic.js';
import { didYouMean } from '../text/nearest.js';

/** How a program hangs on what triggers it. */
export type AttachKind = 'fentry' | 'fexit' | 'raw_tp';

/** Spellings of libbpf's section names. */
const KINDS: Readonly<Record<string, AttachKind>> = {
  fentry: 'fentry',
  fexit: 'fexit',
  raw_tp: 'raw_tp',
  raw_tracepoint: 'raw_tp',
};

export interface AttachPoint {
  readonly kind: AttachKind;
  /** Function or tracepoint. */
  readonly target: string;
}

export const ATTACH_KINDS: readonly string[] = Object.keys(KINDS);

/** Reads `fentry/htab_map_delete_elem`, also in bpftrace's spelling with a colon. */
export function parseAttachPoint(attach: Name): AttachPoint | Diagnostic {
  const m = /^([^/:]+)[/:](.+)$/.exec(attach.name);
  const example = 'write `program NAME : fentry/FUNCTION`';
  if (m?.[1] === undefined || m[2] === undefined) {
    return errorAt('B0602', `\`${attach.name}\` is no attach point`, {
      span: attach.span,
      expected: ATTACH_KINDS.map((k) => `${k}/NAME`).join(', '),
      help: example,
    });
  }
  const kind = KINDS[m[1]];
  if (kind === undefined) {
    return errorAt('B0602', `unknown kind of attach point \`${m[1]}\``, {
      span: attach.span,
      expected: ATTACH_KINDS.map((k) => `${k}/NAME`).join(', '),
      help: didYouMean(m[1], ATTACH_KINDS) ?? example,
    });
  }
  return { kind, target: m[2] };
}
