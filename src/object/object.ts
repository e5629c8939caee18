import type { AnyInsn } from '../isa/insn.js';
import type { Diagnostic } from '../text/diagnostic.js';
import type { Btf } from './btf.js';
import type { ContextType } from './context.js';
import type { SpecialField } from './special-fields.js';

/** A program of an object, complete: the functions it calls follow its own code, as libbpf lays them out. */
export interface ObjectProgram {
  /** Name of its symbol. */
  readonly name: string;
  /** Name of its section, such as `fentry/htab_map_delete_elem`, without a leading `?`. */
  readonly section: string;
  /** False for sections that begin with `?`: libbpf loads such programs only when asked to. */
  readonly autoload: boolean;
  /**
   * Calls and addresses of its own functions are resolved. What a linker has to resolve carries `ref`: on a `lddw` the
   * name of a map, of a data section (`.bss` and an addend), or of an extern; on a `call_kfunc` the name of an extern.
   * Helpers are called by number. Each instruction's span points to its line of C, if the object says that.
   */
  readonly insns: readonly AnyInsn[];
  /** The slots where its functions begin, except the first. */
  readonly labels: ReadonlyMap<string, number>;
  /** Kernel types it needs and the target does not have (CO-RE): in their place it calls helper 0xbad2310. */
  readonly unresolved: readonly Diagnostic[];
  /** Of a program of a tracepoint: the record that it reads. */
  readonly context?: ContextType;
  /** Names of what BPF_PROG and the like give it to read, if DWARF is there to say it: arguments, and a result after them. */
  readonly parameters?: readonly string[];
}

export interface MapShape {
  /** Number in `enum bpf_map_type`. */
  readonly type: number;
  /** Bytes; 0 where the type of map has none. */
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** BPF_F_*. */
  readonly flags: number;
  readonly extra: bigint;
  /** What the kernel manages inside of a value, such as a `bpf_timer`, ascending by offset. */
  readonly kernelFields: readonly SpecialField[];
}

export interface ObjectMap extends MapShape {
  readonly name: string;
  /** What the maps in it are like, for maps of maps. */
  readonly inner: MapShape | undefined;
  /** Initial entries: names of programs or maps. */
  readonly values: readonly { readonly index: number; readonly name: string }[];
}

/** What a global variable is, as far as a scenario can read and write it. */
export type VariableType =
  /** One integer, or an array of them if `count` is given. Pointers and enums are integers too. */
  | {
      readonly kind: 'int';
      readonly bytes: 1 | 2 | 4 | 8;
      readonly signed: boolean;
      readonly count: number | undefined;
    }
  | { readonly kind: 'bytes' };

export interface Variable {
  readonly name: string;
  /** Bytes from the start of its section. */
  readonly offset: number;
  readonly size: number;
  readonly type: VariableType;
}

/** An address in initial contents: 8 bytes from `offset` on. */
export interface DataPointer {
  readonly offset: number;
  /** What it is the address of: a byte of a section of variables, a map, or a program. */
  readonly to:
    | { readonly kind: 'data'; readonly section: string; readonly addend: number }
    | { readonly kind: 'map' | 'program'; readonly name: string };
}

/** Global variables: the single value of an array map. */
export interface ObjectData {
  /** Name of its section, such as `.bss` or `.data.counters`. */
  readonly name: string;
  readonly size: number;
  /** Initial contents; empty for `.bss`. All bytes after them are 0. */
  readonly bytes: Uint8Array;
  readonly readonly: boolean;
  /** Addresses in the initial contents, which a loader fills in. */
  readonly pointers: readonly DataPointer[];
  readonly variables: readonly Variable[];
}

/** Something the object expects the kernel to have. */
export interface ObjectExtern {
  readonly name: string;
  /** `undeclared`: the object does not say what it is, since it has no BTF for it. */
  readonly kind: 'kfunc' | 'ksym' | 'kconfig' | 'undeclared';
  /** If it does not exist, its address is 0. */
  readonly weak: boolean;
  /** Of an option of the kernel's configuration: how the program wants to have it. */
  readonly option?: KconfigType;
}

/** What type a program gives an option: how many bytes, and what its value means in them. */
export interface KconfigType {
  readonly size: number;
  /** `tristate` is libbpf's enum; `letter` a char, which holds y, m or n; `text` an array of them. */
  readonly as: 'bool' | 'tristate' | 'letter' | 'number' | 'text';
}

/** What clang made of a C file for BPF. */
export interface BpfObject {
  readonly name: string;
  readonly license: string | undefined;
  /** In the order of their sections, then of their code. */
  readonly programs: readonly ObjectProgram[];
  readonly maps: readonly ObjectMap[];
  readonly data: readonly ObjectData[];
  readonly externs: readonly ObjectExtern[];
  /** Its types, if it has any. */
  readonly btf?: Btf;
  /** Functions that only the object itself can name: libbpf tells the kernel that they are static (tools/lib/bpf/libbpf.c). */
  readonly hidden: ReadonlySet<string>;
  /** Parts of the object that are not used. */
  readonly warnings: readonly Diagnostic[];
}
