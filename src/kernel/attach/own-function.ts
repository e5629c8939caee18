import type { Kernel, Program } from '../kernel.js';

/** A function of a program besides its first: what the verifier calls a subprogram. */
export interface OwnFunction {
  /** As it is attached to: `PROGRAM.FUNCTION`. */
  readonly name: string;
  readonly label: string;
  readonly program: Program;
  readonly fn: number;
}

export const ownFunctions = ({ machine, programs }: Kernel): readonly OwnFunction[] =>
  [...programs.values()].flatMap((program) => {
    const placement = machine.text.placementOf(program.fn);
    // A program that could not be read has no code.
    if (placement?.indices[0] !== program.fn) return [];
    return placement.code.functions
      .map(({ label }, i) => ({
        name: `${program.name}.${label}`,
        label,
        program,
        fn: placement.indices[i]!,
      }))
      .slice(1);
  });

export const ownFunction = (kernel: Kernel, name: string): OwnFunction | undefined =>
  ownFunctions(kernel).find((own) => own.name === name);

/** The program that a name means, or one of whose functions it does; undefined where a function of the kernel has it. */
export const programOf = (kernel: Kernel, name: string): Program | undefined =>
  kernel.traceable.has(name) ? undefined : (kernel.programs.get(name) ?? ownFunction(kernel, name)?.program);

/** What is known of the type of a function of a program. */
interface OwnType {
  /** Whether only its own object can name it, so that it is not verified by itself. */
  readonly isStatic: boolean;
  readonly nargs: number;
}

/** Arguments of a function whose type nobody says (MAX_BPF_FUNC_REG_ARGS). */
const MOST_ARGUMENTS = 5;

export function typeOfOwn({ objects }: Kernel, { program, label }: OwnFunction): OwnType {
  const { btf, hidden } =
    objects.find(({ object, prefix }) => object.programs.some((p) => prefix + p.name === program.name))
      ?.object ?? {};
  const type = btf?.types.find((t) => t.kind === 'func' && t.name === label);
  if (type?.kind !== 'func') return { isStatic: false, nargs: MOST_ARGUMENTS };
  const proto = btf!.get(type.type);
  return {
    isStatic: hidden!.has(label) || type.linkage === 'static',
    nargs: proto.kind === 'func_proto' ? proto.parameters.length : MOST_ARGUMENTS,
  };
}
