import type { AnyInsn } from '../isa/insn.js';
import type { Btf } from '../object/btf.js';
import type { SpecialField } from '../object/special-fields.js';
import type { KernelTypes } from './c-type.js';
import type { Series } from './series.js';

/** A map as the program finds it. */
export interface VerifiedMap {
  readonly name: string;
  /** Number in `enum bpf_map_type`. */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** BPF_F_*, as given when it was created. */
  readonly flags: number;
  /** Nobody in user space can write it any more (BPF_MAP_FREEZE). */
  readonly isFrozen: boolean;
  /** The value of key 0 when the program is loaded; undefined if it is all zero. */
  readonly content?: Uint8Array;
  /** What the maps are like that a map of maps holds. */
  readonly inner?: VerifiedMap;
  /** Ascending by offset. */
  readonly fields: readonly SpecialField[];
}

/** Before the name of a tracepoint in the target of a program: BTF has the typedef of its function under this name. */
export const TRACEPOINT_PREFIX = 'btf_trace_';

/** What the bpf system call is told of a program's kind. */
export interface RequestedKind {
  /** Number in `enum bpf_prog_type`. */
  readonly type: number;
  /** Number in `enum bpf_attach_type` (expected_attach_type). */
  readonly attachType: number;
  /** BPF_F_* of `prog_flags`. */
  readonly flags: number;
  /** The kernel's function, or TRACEPOINT_PREFIX and a tracepoint, of which attach_btf_id is given; undefined if none is. */
  readonly target?: string;
  /** What the emulated kernel knows of it that Linux's lists of functions do not. */
  readonly targetMay?: { readonly beModified: boolean; readonly sleep: boolean };
}

/** Types that the program brings along. */
export interface ProgramTypes {
  readonly btf: Btf;
  /** Of functions, by the slot at which they begin: the type id of each (func_info), and whether it is static whatever its type says. */
  readonly functions: readonly {
    readonly slot: number;
    readonly type: number;
    readonly isStatic?: boolean;
  }[];
}

/** What the one has who loads: everything; CAP_BPF and CAP_NET_ADMIN; these and CAP_PERFMON. */
type Capabilities = 'all' | 'bpf' | 'bpf+perfmon';

/** A program and all that a verdict on it depends on. */
export interface VerifyRequest {
  /**
   * Where a number is known only once it is loaded, an index has its place: of `lddw_map_fd` and `lddw_map_value` imm is one into
   * `maps` (the offset in the value is in `hi`), of `lddw_btf_id` one into `variables`, of `call_kfunc` one into `kfuncs`. One that is
   * out of range names nothing.
   */
  readonly insns: readonly AnyInsn[];
  readonly kind: RequestedKind;
  readonly maps: readonly VerifiedMap[];
  readonly variables: readonly string[];
  readonly kfuncs: readonly string[];
  readonly program?: ProgramTypes;
  readonly licence: string;
  readonly capabilities: Capabilities;
  readonly series: Series;
  readonly arch: 'arm64' | 'amd64';
  /** Processors of the machine, which bound what `bpf_get_smp_processor_id` gives. */
  readonly processors: number;
  readonly types: KernelTypes;
}

/** BPF_F_SLEEPABLE and its neighbours (include/uapi/linux/bpf.h). */
export const PROGRAM_FLAGS = { strictAlignment: 1, anyAlignment: 2, sleepable: 16 } as const;

/** BPF_F_RDONLY_PROG, BPF_F_WRONLY_PROG, and BPF_F_INNER_MAP: it may be exchanged for a map of another length. */
export const MAP_FLAGS = { readOnlyForPrograms: 0x80, writeOnlyForPrograms: 0x100, inner: 0x1000 } as const;

export const isSleepable = ({ kind }: VerifyRequest): boolean => (kind.flags & PROGRAM_FLAGS.sleepable) !== 0;

/** Licences that are compatible with the GPL (license_is_gpl_compatible, include/linux/license.h). */
const GPL = new Set([
  'GPL',
  'GPL v2',
  'GPL and additional rights',
  'Dual BSD/GPL',
  'Dual MIT/GPL',
  'Dual MPL/GPL',
]);

export const isGpl = ({ licence }: VerifyRequest): boolean => GPL.has(licence);

/** What a verification cost, as the kernel's last lines say it. */
export interface Statistics {
  /** Instructions walked, over all paths. */
  readonly processed: number;
  readonly totalStates: number;
  readonly peakStates: number;
  /** Most states kept at one instruction. */
  readonly maxStates: number;
  /** Bytes of stack; of 7.3 the most over functions that call each other. */
  readonly stackDepth: number;
}

/** A conditional jump on the way to an instruction: where it is, whether it was taken, and what is known since: `r6 is 1 to 255`. */
export interface Branch {
  readonly slot: number;
  readonly isTaken: boolean;
  readonly known: readonly string[];
}

/** Why a program is refused. */
export interface Refusal {
  /** Name of the error number that the system call gives. */
  readonly errno: string;
  /** The kernel's own line; empty if it has none. */
  readonly message: string;
  /** Of the instruction that is to blame. */
  readonly slot?: number;
  /** What the kernel says before that line, in its order. */
  readonly before?: readonly string[];
  /** How many conditional jumps are on the way there, and the last of them, in their order. */
  readonly way?: { readonly branches: number; readonly last: readonly Branch[] };
}

export type Verdict =
  | { readonly kind: 'accepted'; readonly statistics: Statistics }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly statistics: Statistics }
  /** The program needs something that is not known here. */
  | { readonly kind: 'not judged'; readonly why: string };
