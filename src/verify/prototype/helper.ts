import { helperById } from '../../isa/helpers.js';
import { HELPERS } from '../calls/helpers.js';
import { type CallRow, hasKind, type KindSet } from '../calls/row.js';
import { UNPROVIDED_HELPERS } from '../calls/unprovided.js';
import { kindOf } from '../kinds.js';
import { isGpl, type Refusal, type VerifyRequest } from '../request.js';
import { isBefore } from '../series.js';
import { isElsewhere } from './elsewhere.js';

/** What is known of the helper with a number; undefined for one that Linux does not have, or that is not known here. */
export function helperFor({ series }: VerifyRequest, number: number): CallRow | undefined {
  const name = helperById(number)?.name;
  const row = name === undefined ? undefined : (HELPERS.get(name) ?? UNPROVIDED_HELPERS.get(name));
  return row === undefined || isBefore(series.release, row.since) ? undefined : row;
}

/** Helpers of all kinds of programs that take CAP_PERFMON (bpf_base_func_proto, kernel/bpf/helpers.c). */
const NEEDS_PERFMON: ReadonlySet<string> = new Set([
  'bpf_trace_printk',
  'bpf_trace_vprintk',
  'bpf_get_current_task',
  'bpf_get_current_task_btf',
  'bpf_probe_read_user',
  'bpf_probe_read_kernel',
  'bpf_probe_read_user_str',
  'bpf_probe_read_kernel_str',
  'bpf_snprintf',
  'bpf_snprintf_btf',
  'bpf_task_pt_regs',
]);

/** Sets in which the kernel's function has all kinds of programs: it is the map that some may not use. */
const OF_ALL: ReadonlySet<KindSet> = new Set(['locking']);

/** Kinds that have what `tc` has: of kfuncs, and of the helpers that are provided, all of which any network program has. */
const LIKE_TC = { kfunc: new Set(['action', 'xdp']), helper: new Set(['action', 'xdp', 'socket']) } as const;

/** Whether programs of the request's kind may call what a row says, on the request's kernel. */
export function mayCall(request: VerifyRequest, { name, callers }: CallRow): boolean {
  const { release } = request.series;
  const own = kindOf(request)?.name ?? '';
  const isProvided = HELPERS.get(name) !== undefined;
  const isOther = UNPROVIDED_HELPERS.get(name) !== undefined;
  const kind = !isOther && LIKE_TC[isProvided ? 'helper' : 'kfunc'].has(own) ? 'tc' : own;
  return callers.some(
    ({ kinds, since }) =>
      (since === undefined || !isBefore(release, since)) && (OF_ALL.has(kinds) || hasKind(kinds, kind)),
  );
}

const refused = (message: string): Refusal => ({ errno: 'EINVAL', message });

/**
 * Why Linux does not let the program call a helper, before it looks at the arguments (check_helper_call, kernel/bpf/verifier.c);
 * undefined if it does, and `unknown` where that cannot be said: a helper that Linux has and no table here.
 */
export function refuseHelper(request: VerifyRequest, number: number): Refusal | 'unknown' | undefined {
  const { release } = request.series;
  const name = number === 0 ? 'bpf_unspec' : helperById(number)?.name;
  if (name === undefined) return refused(`invalid func unknown#${number}`);
  const row = helperFor(request, number);
  const isKnown = row !== undefined || HELPERS.get(name) !== undefined || number === 0;
  if (!isKnown) {
    const isRefused =
      UNPROVIDED_HELPERS.get(name) !== undefined || isElsewhere(name, kindOf(request)?.name ?? '');
    return isRefused === true ? notForProgram(release, name, number) : 'unknown';
  }
  const lacksPerfmon = request.capabilities === 'bpf' && NEEDS_PERFMON.has(name);
  if (row === undefined || lacksPerfmon || !mayCall(request, row))
    return notForProgram(release, name, number);
  if (row.flags.has('gpl') && !isGpl(request))
    return refused('cannot call GPL-restricted function from non-GPL compatible program');
  return undefined;
}

const notForProgram = (release: string, name: string, number: number): Refusal =>
  refused(
    isBefore(release, '6.12')
      ? `unknown func ${name}#${number}`
      : `program of this type cannot use helper ${name}#${number}`,
  );
