import { targetFunction } from '../context/btf.js';
import { type KindRow, maySleep, PROGRAM_TYPE } from '../kinds.js';
import { isGpl, isSleepable, type Refusal, TRACEPOINT_PREFIX, type VerifyRequest } from '../request.js';
import { isBefore } from '../series.js';
import { DISABLED_HOOKS, SLEEPABLE_HOOKS } from './hooks.js';

const HOOK_PREFIX = 'bpf_lsm_';
const SECURITY_PREFIX = 'security_';
/** How functions of system calls are called, which tracing programs may change the result of, and sleep at. */
const SYSCALL_PREFIX = { arm64: '__arm64_', amd64: '__x64_' } as const;
/**
 * Functions made to be changed (bpf_test_modify_return_ids, net/bpf/test_run.c), and whether programs at them may sleep, since 6.2:
 * before they were on a list for the injection of errors, which kernels of distributions do not have.
 */
const MODIFIABLE: ReadonlyMap<string, 'sleeps' | 'does not sleep'> = new Map([
  ['bpf_modify_return_test', 'does not sleep'],
  ['bpf_modify_return_test2', 'does not sleep'],
  ['bpf_fentry_test1', 'sleeps'],
]);

const refused = (message: string): Refusal => ({ errno: 'EINVAL', message });

function whoMaySleep(release: string): string {
  if (!isBefore(release, '7.0')) return 'Program of this type cannot be sleepable';
  const kinds = isBefore(release, '6.6') ? 'lsm, and kprobe/uprobe' : 'lsm, iter, uprobe, and struct_ops';
  return `Only fentry/fexit/fmod_ret, ${kinds} programs can be sleepable`;
}

/** The lists of the kernel's sources about a function, as far as they count here. */
function traits(
  { kind, arch, series }: VerifyRequest,
  target: string,
): { beModified: boolean; sleep: boolean } {
  const isSyscall = target.startsWith(SYSCALL_PREFIX[arch]);
  const listed = isBefore(series.release, '6.2') ? undefined : MODIFIABLE.get(target);
  return {
    beModified:
      kind.targetMay?.beModified === true ||
      isSyscall ||
      listed !== undefined ||
      target.startsWith(SECURITY_PREFIX),
    sleep: kind.targetMay?.sleep === true || isSyscall || listed === 'sleeps',
  };
}

function refuseHook(request: VerifyRequest, target: string): Refusal | undefined {
  const isHook = target.startsWith(HOOK_PREFIX);
  const hook = target.slice(HOOK_PREFIX.length);
  if (isSleepable(request) && !(isHook && SLEEPABLE_HOOKS.has(hook)))
    return refused(`${target} is not sleepable`);
  if (!isGpl(request)) return refused('LSM programs must have a GPL compatible license');
  const since = isHook ? DISABLED_HOOKS.get(hook) : undefined;
  if (since !== undefined && !isBefore(request.series.release, since))
    return refused(`attach_btf_id 0 points to disabled hook ${target}`);
  return isHook ? undefined : refused(`attach_btf_id 0 points to wrong type name ${target}`);
}

/** Why what a program is attached to will not do (bpf_check_attach_target, kernel/bpf/verifier.c); undefined if it will. */
function refuseAttachment(request: VerifyRequest, row: KindRow): Refusal | undefined {
  const { target } = request.kind;
  if (row.target === undefined) return undefined;
  if (target === undefined) return refused('Tracing programs must provide btf_id');
  if (targetFunction(request) === undefined) return refused(`attach_btf_id 0 is not a function`);
  switch (row.target) {
    case 'hook':
      return refuseHook(request, target);
    case 'function': {
      const may = traits(request, target);
      if (isSleepable(request)) return may.sleep ? undefined : refused(`${target} is not sleepable`);
      const isRefused = row.name === 'fmod_ret' && !may.beModified;
      return isRefused ? refused(`${target}() is not modifiable`) : undefined;
    }
    case 'tracepoint':
      return isSleepable(request)
        ? refused(
            `Sleepable program cannot attach to non-faultable tracepoint ${target.replace(TRACEPOINT_PREFIX, '')}`,
          )
        : undefined;
    case 'iterator':
      return undefined;
    default:
      return row.target satisfies never;
  }
}

/** Why a program of its kind, flags and target is refused (check_attach_btf_id). */
export function refuseTarget(request: VerifyRequest, row: KindRow): Refusal | undefined {
  const { release } = request.series;
  if (row.type === PROGRAM_TYPE.syscall)
    return isSleepable(request) ? undefined : refused('Syscall programs can only be sleepable');
  if (isSleepable(request) && !maySleep(row, release)) return refused(whoMaySleep(release));
  return refuseAttachment(request, row);
}

/** Why the system call refuses to have a program verified at all: it has no words for that. */
export function refuseRight(request: VerifyRequest, row: KindRow): Refusal | undefined {
  if (row.since !== undefined && isBefore(request.series.release, row.since))
    return { errno: 'EINVAL', message: '' };
  return row.needsPerfmon && request.capabilities === 'bpf' ? { errno: 'EPERM', message: '' } : undefined;
}
