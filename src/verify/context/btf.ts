import type { CFunction, CType } from '../c-type.js';
import { hookReturns, kindOf } from '../kinds.js';
import { TRACEPOINT_PREFIX, type VerifyRequest } from '../request.js';
import { isBefore } from '../series.js';
import { FLAGS } from '../state/kind.js';
import {
  type ContextAccess,
  type ContextAnswer,
  type ContextTable,
  isAligned,
  pointer,
  REFUSED,
  SCALAR,
} from './access.js';
import { MAX_ARGUMENTS } from './tracing.js';

/** The function whose arguments the program is given; undefined if the kernel has none of that name. */
export function targetFunction({
  kind: { target },
  types,
}: Pick<VerifyRequest, 'kind' | 'types'>): CFunction | undefined {
  if (target === undefined) return undefined;
  return target.startsWith(TRACEPOINT_PREFIX)
    ? types.tracepoint(target.slice(TRACEPOINT_PREFIX.length))
    : types.function(target);
}

/** Arguments of tracepoints that may be null, though nothing in their type says so (raw_tp_null_args, kernel/bpf/btf.c). */
const NULL_ARGUMENTS: ReadonlyMap<string, readonly number[]> = new Map([
  ['btf_trace_sched_pi_setprio', [1]],
  ['btf_trace_kfree_skb', [3]],
]);
/** LSM hooks whose arguments are not whole when they are called (untrusted_lsm_hooks, kernel/bpf/bpf_lsm.c). */
const UNTRUSTED_HOOKS = new Set([
  'bpf_lsm_bpf_map_free',
  'bpf_lsm_bpf_prog_free',
  'bpf_lsm_file_alloc_security',
  'bpf_lsm_file_free_security',
  'bpf_lsm_sk_alloc_security',
  'bpf_lsm_sk_free_security',
  'bpf_lsm_task_free',
]);

/** Whether the program can rely on what its arguments point to (prog_args_trusted, kernel/bpf/btf.c, Linux 6.2). */
function areTrusted(request: VerifyRequest): boolean {
  if (isBefore(request.series.release, '6.2')) return false;
  const { target = '' } = request.kind;
  switch (kindOf(request)?.target) {
    case 'tracepoint':
    case 'iterator':
      return true;
    case 'hook':
      return !UNTRUSTED_HOOKS.has(target);
    default:
      return false;
  }
}

function isNullable(request: VerifyRequest, argument: number): boolean {
  const { target = '' } = request.kind;
  // The iterator is called once more when there is nothing left; its first argument says about what.
  if (kindOf(request)?.target === 'iterator') return argument > 0;
  if (isBefore(request.series.release, '6.13')) return false;
  return NULL_ARGUMENTS.get(target)?.includes(argument) ?? false;
}

const isScalar = ({ kind }: CType): boolean =>
  kind === 'int' || kind === 'enum' || kind === 'struct' || kind === 'union';

/** What an argument or a result is to the program (btf_ctx_access, kernel/bpf/btf.c). */
function argumentValue(
  request: VerifyRequest,
  type: CType,
  argument: number,
  { size }: ContextAccess,
): ContextAnswer {
  const name = request.kind.target ?? '';
  if (isScalar(type)) return SCALAR;
  if (type.kind !== 'pointer') {
    return {
      kind: 'refused',
      lines: [
        `func '${name}' arg${argument} has type ${type.kind.toUpperCase()}. Only pointer access is allowed`,
      ],
    };
  }
  // Until 6.7 a part of an address could be read as a number.
  if (size !== 8 && !isBefore(request.series.release, '6.7'))
    return { kind: 'refused', lines: [`func '${name}' size ${size} must be 8`] };
  const { to } = type;
  // An address of nothing in particular, of a number or of an address is a number to the verifier.
  if (to.kind === 'struct' || to.kind === 'union') {
    const flags =
      (areTrusted(request) ? FLAGS.trusted : 0) | (isNullable(request, argument) ? FLAGS.maybeNull : 0);
    return pointer('btf', flags, { struct: to.name });
  }
  if (to.kind === 'void' || to.kind === 'int' || to.kind === 'enum' || to.kind === 'function') return SCALAR;
  return isBefore(request.series.release, '7.1')
    ? { kind: 'refused', lines: [`func '${name}' arg${argument} type PTR is not a struct`] }
    : SCALAR;
}

/** What a program that runs after the function gets after its arguments: the function's result. */
function resultType(request: VerifyRequest, { returns }: CFunction): CType | undefined {
  switch (kindOf(request)?.name) {
    case 'fexit':
    case 'fsession':
    case 'fmod_ret':
    case 'lsm':
      return returns;
    default:
      return undefined;
  }
}

/** tracing_prog_is_valid_access and btf_ctx_access: eight bytes for each argument, of the type that BTF gives it. */
export const btf: ContextTable = (request, access) => {
  const { offset, size, isWrite } = access;
  const isHook = kindOf(request)?.target === 'hook';
  if (!isHook && (offset < 0 || offset >= 8 * MAX_ARGUMENTS || isWrite || !isAligned(access))) return REFUSED;
  const name = request.kind.target ?? '';
  const refused = (line: string): ContextAnswer => ({ kind: 'refused', lines: [line] });
  if (offset % 8 !== 0) return refused(`func '${name}' offset ${offset} is not multiple of 8`);
  const target = targetFunction(request);
  if (target === undefined) return undefined;
  const argument = offset / 8;
  const { parameters } = target;
  const type =
    parameters[argument]?.type ?? (argument === parameters.length ? resultType(request, target) : undefined);
  if (type === undefined || argument < 0)
    return refused(`func '${name}' doesn't have ${argument + 1}-th argument`);
  const isResult = argument === parameters.length;
  if (isResult && kindOf(request)?.name === 'lsm' && type.kind === 'int' && size <= 4)
    return { kind: 'scalar', range: hookReturns(name) };
  return isResult && type.kind === 'void'
    ? refused(`func '${name}' doesn't have ${argument + 1}-th argument`)
    : argumentValue(request, type, argument, access);
};
