import type { BtfType } from '../../object/btf.js';
import { isSleepable } from '../request.js';
import { Frame } from '../state/frame.js';
import { FLAGS } from '../state/kind.js';
import { ANY, pointer } from '../state/register.js';
import { State } from '../state/state.js';
import type { Call } from './call-facts.js';
import { checkCallMemory } from './call-memory.js';
import { checkPlainPointer } from './plain-pointer.js';
import { NotJudged, Refused, refuse } from './refused.js';
import type { Walk } from './walk.js';

/** What a function that is verified by itself says of an argument (`struct bpf_subprog_arg_info`). */
type Parameter =
  | { readonly kind: 'number' }
  | { readonly kind: 'context' }
  | { readonly kind: 'memory'; readonly size: number };

/** Structures that programs call their contexts. */
const CONTEXTS = new Set([
  '__sk_buff',
  'xdp_md',
  'bpf_raw_tracepoint_args',
  'pt_regs',
  'bpf_user_pt_regs_t',
  'bpf_perf_event_data',
]);

/** Registers for arguments (MAX_BPF_FUNC_REG_ARGS). */
const ARGUMENTS = 5;

type Prototype = Extract<BtfType, { readonly kind: 'func_proto' }>;

/** What the type of a function says of it; undefined without one. */
function prototypeOf({ request, code }: Walk, subprogram: number): Prototype | undefined {
  const btf = request.program?.btf;
  const type = code.subprograms[subprogram]?.type ?? 0;
  const fn = type === 0 ? undefined : btf?.get(type);
  const proto = fn?.kind === 'func' ? btf?.get(fn.type) : undefined;
  return proto?.kind === 'func_proto' ? proto : undefined;
}

/** Whether the type of a function says that it gives nothing. */
export const returnsNothing = (walk: Walk, subprogram: number): boolean =>
  prototypeOf(walk, subprogram)?.returns === 0;

/** Reads the parameters of the function's type (btf_prepare_func_args). */
function parametersOf(walk: Walk, subprogram: number): readonly Parameter[] {
  const btf = walk.request.program?.btf;
  const proto = prototypeOf(walk, subprogram);
  if (btf === undefined || proto === undefined) throw new NotJudged('a function without a type');
  const count = proto.parameters.length;
  if (count > ARGUMENTS) {
    const { name } = walk.code.subprograms[subprogram]!;
    refuse('EINVAL', `Global function ${name}() with ${count} > ${ARGUMENTS} args. Buggy compiler.`);
  }
  return proto.parameters.map(({ type: id }, i): Parameter => {
    const { type: stripped } = btf.strip(id);
    if (stripped.kind === 'int' || stripped.kind === 'enum' || stripped.kind === 'enum64') {
      return { kind: 'number' };
    }
    if (stripped.kind !== 'ptr') throw new NotJudged(`a parameter of kind ${stripped.kind}`);
    const to = btf.strip(stripped.type);
    if (i === 0 && CONTEXTS.has(to.type.name)) return { kind: 'context' };
    const size = btf.sizeOf(to.id);
    if (size === undefined) {
      refuse(
        'EINVAL',
        `Arg#${i} reference type('${to.type.kind.toUpperCase()} ${to.type.name}') size cannot be determined: -22`,
      );
    }
    return { kind: 'memory', size };
  });
}

function checkOne(walk: Walk, parameter: Parameter, number: number): void {
  const register = walk.register(number);
  switch (parameter.kind) {
    case 'number':
      if (!register.isScalar) refuse('EINVAL', `R${number} is not a scalar`);
      return;
    case 'context':
      if (register.kind !== 'ctx') refuse('EINVAL', `R${number} expects pointer to ctx`);
      checkPlainPointer(register, number, false);
      return;
    case 'memory': {
      if (register.isNull) return;
      // Nothing is learnt of such a call but that it may be made.
      const call: Pick<Call, 'raw'> = { raw: undefined };
      const memory = { register: number, size: parameter.size, zeroSize: true, isRaw: false };
      for (const mode of ['read', 'write'] as const) checkCallMemory(walk, memory, mode, call);
      return;
    }
    default:
      parameter satisfies never;
  }
}

/** Whether what is in r1 to r5 fits the type of a function that is verified by itself (btf_check_func_arg_match). */
export function checkArguments(walk: Walk, subprogram: number): void {
  const { name } = walk.code.subprograms[subprogram]!;
  try {
    for (const [i, parameter] of parametersOf(walk, subprogram).entries()) checkOne(walk, parameter, i + 1);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refuse('EINVAL', ...error.lines, `Caller passes invalid args into func#${subprogram} ('${name}')`);
  }
}

/** A state at the beginning of a function that is verified by itself, for any arguments that it may get. */
export function enterGlobal(walk: Walk, subprogram: number): State {
  const frame = new Frame(-1, 0, subprogram);
  const state = new State(frame);
  state.isSleepable = isSleepable(walk.request);
  for (const [i, parameter] of parametersOf(walk, subprogram).entries()) {
    switch (parameter.kind) {
      case 'number':
        frame.registers[i + 1] = ANY;
        break;
      case 'context':
        frame.registers[i + 1] = pointer('ctx');
        break;
      case 'memory':
        frame.registers[i + 1] = pointer('mem', {
          flags: FLAGS.maybeNull,
          id: walk.newId(),
          target: { size: parameter.size },
        });
        break;
      default:
        parameter satisfies never;
    }
  }
  return state;
}
