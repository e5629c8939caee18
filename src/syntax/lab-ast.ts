import type { Span } from '../text/source.js';
import type { Expr, Line } from './ast.js';

export interface Name {
  readonly name: string;
  readonly span: Span;
}

/** `u32`, `s64`, `u8[16]`. */
export interface TypeAst {
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
  readonly count: Expr | undefined;
  readonly span: Span;
}

/**
 * The parts of a block that could not be read, which has been reported: statements, and heads of blocks with their `{`.
 */
interface PartlyRead {
  readonly unread?: readonly string[];
}

export interface MapAst extends PartlyRead {
  readonly kind: 'map';
  readonly name: Name;
  readonly type: Name;
  readonly fields: readonly { readonly name: Name; readonly value: Expr }[];
  readonly span: Span;
}

/** Sizes that user space sets of a map of an object before it loads that. */
export interface MapSizeAst {
  readonly kind: 'map_size';
  readonly name: Name;
  readonly fields: MapAst['fields'];
  readonly span: Span;
}

export interface GlobalAst {
  readonly kind: 'global';
  readonly name: Name;
  readonly type: TypeAst;
  /** A number, or the text an array of u8 begins with (a zero byte follows it). */
  readonly initial: Expr | { readonly kind: 'text'; readonly text: string; readonly span: Span } | undefined;
  readonly span: Span;
}

/** The type of a member, as C has it. */
export type MemberTypeAst =
  | { readonly kind: 'int'; readonly size: 1 | 2 | 4 | 8; readonly signed: boolean }
  | { readonly kind: 'pointer' }
  | { readonly kind: 'enum'; readonly name: string }
  /** A structure of that name, or one that is written here. */
  | { readonly kind: 'struct' | 'union'; readonly name: Name }
  | { readonly kind: 'inline'; readonly what: 'struct' | 'union'; readonly members: readonly MemberAst[] };

/** A member of a structure. */
export interface MemberAst {
  /** Empty for a structure whose members are found as if they were the outer one's. */
  readonly name: string;
  readonly type: MemberTypeAst;
  /** Elements of an array in each of its dimensions. */
  readonly counts: readonly number[];
  /** Width of a bit field; 0 for anything else. */
  readonly bits: number;
  readonly span: Span;
}

/** A type of the kernel, as C declares it. */
interface StructTypeAst {
  readonly kind: 'struct_type';
  readonly name: Name;
  readonly members: readonly MemberAst[];
  readonly span: Span;
}

/** A structure in the memory of the kernel, by the name of its type, with what some of its fields hold. */
export interface StructAst {
  readonly kind: 'struct';
  readonly name: Name;
  readonly type: Name;
  readonly fields: readonly {
    readonly name: Name;
    readonly index: Expr | undefined;
    readonly value: NonNullable<GlobalAst['initial']>;
  }[];
  readonly span: Span;
}

/** A variable in the memory of user space, whose page may be missing at first. */
export interface UserAst {
  readonly kind: 'user';
  readonly name: Name;
  readonly type: TypeAst;
  readonly initial: GlobalAst['initial'];
  readonly isMissing: boolean;
  readonly span: Span;
}

/** An object file whose programs, maps and variables belong to the lab. */
export interface ObjectAst {
  readonly kind: 'object';
  /** As written, relative to the lab. */
  readonly path: Name;
  /** Programs that are left out. */
  readonly without: readonly Name[];
  /** Programs that are called something else. */
  readonly renames: readonly { readonly from: Name; readonly to: Name }[];
  readonly span: Span;
}

/** A per-CPU variable of the kernel; kernel files only. */
export interface PercpuAst {
  readonly kind: 'percpu';
  readonly name: Name;
  readonly type: TypeAst;
  readonly span: Span;
}

interface ProgramAst {
  readonly kind: 'program';
  readonly name: Name;
  /** As written: `fentry/htab_map_delete_elem`. */
  readonly attach: Name;
  readonly lines: readonly Line[];
  readonly span: Span;
}

export interface ParamAst {
  readonly type: string;
  readonly name: string;
}

export interface FunctionAst {
  readonly kind: 'function';
  readonly name: Name;
  readonly params: readonly ParamAst[];
  /** Words after the parameters, such as `notrace`. */
  readonly flags: readonly Name[];
  readonly lines: readonly Line[];
  readonly span: Span;
}

export interface TracepointAst {
  readonly kind: 'tracepoint';
  readonly name: Name;
  readonly params: readonly ParamAst[];
  readonly span: Span;
}

export interface GuardAst extends PartlyRead {
  readonly kind: 'guard';
  readonly name: Name;
  /** The model it is meant for, where nothing else is said. */
  readonly model: Name | undefined;
  readonly area: { readonly size: Expr; readonly align: Expr; readonly span: Span } | undefined;
  readonly enter: readonly Line[] | undefined;
  readonly exit: readonly Line[] | undefined;
  /** Properties that it does not promise. */
  readonly without: readonly Name[];
  readonly span: Span;
  /** Of a guard whose file was given by itself. */
  readonly file?: {
    /** As it was given. */
    readonly path: string;
    /** The name that the file gives it. */
    readonly declared: string;
    /** The file is one of those that come with the program. */
    readonly isShipped: boolean;
  };
}

export interface ElementAst {
  readonly map: Name;
  readonly key: Expr;
  readonly span: Span;
}

/** What a task does, `times` times, or what an interrupt does. */
export type ActionAst = { readonly times: Expr | undefined; readonly span: Span } & (
  | { readonly kind: 'delete' | 'lookup'; readonly element: ElementAst }
  | { readonly kind: 'update'; readonly element: ElementAst; readonly value: Expr }
  | { readonly kind: 'call' | 'fire'; readonly name: Name; readonly args: readonly Expr[] }
  /** Run a program by BPF_PROG_TEST_RUN, as the overflow of a perf event, as an iterator; detach it. */
  | { readonly kind: 'test_run' | 'perf' | 'iter' | 'detach'; readonly name: Name }
  | ({ readonly kind: 'attach' } & AttachAst)
  /** Make a missing page of user memory present. */
  | { readonly kind: 'provide'; readonly name: Name }
  /** Wait until another task is done; do nothing for some nanoseconds. */
  | { readonly kind: 'join'; readonly name: Name }
  | { readonly kind: 'sleep'; readonly time: Expr }
  /** Write a global variable, as user space does through a mapping. */
  | ({ readonly kind: 'set' } & SetAst)
  /** Move the task to another CPU. */
  | { readonly kind: 'migrate'; readonly cpu: Expr }
);

/** An instruction: `on_delete+3`, counted in slots from the start of a function, or of the trampoline on one. */
export interface PlaceAst {
  readonly isTrampoline: boolean;
  readonly name: Name;
  readonly offset: Expr | undefined;
  readonly span: Span;
}

/** When something comes in between: at an instruction, the n-th time or every n-th time, or every n instructions. */
export type MomentAst =
  | {
      readonly kind: 'place';
      readonly place: PlaceAst;
      readonly nth: Expr | undefined;
      readonly isEvery: boolean;
    }
  | { readonly kind: 'period'; readonly insns: Expr };

export const INTERRUPT_LEVELS = ['softirq', 'hardirq', 'nmi'] as const;
export type InterruptLevel = (typeof INTERRUPT_LEVELS)[number];

/** What a scenario lets come in between. */
export interface EventAst {
  readonly moment: MomentAst;
  /** Only on this CPU, only while this task runs. */
  readonly cpu: Expr | undefined;
  readonly task: Name | undefined;
  readonly effect:
    | { readonly kind: 'interrupt'; readonly level: InterruptLevel; readonly actions: readonly ActionAst[] }
    /** Another task of this CPU is to run, as soon as the running one can be preempted. */
    | { readonly kind: 'preempt'; readonly name: Name }
    /** A task of another CPU runs before this one goes on. */
    | { readonly kind: 'run'; readonly name: Name };
  readonly span: Span;
}

/** A program to attach, to what if not to what it names itself (`fentry/f`), and the cookie it can read. */
export interface AttachAst {
  readonly name: Name;
  readonly to: Name | undefined;
  readonly cookie: Expr | undefined;
  /** How many returns a kretprobe can wait for. */
  readonly maxactive: Expr | undefined;
}

/** A value for a global variable, or for an element of one. */
export interface SetAst {
  readonly name: Name;
  readonly index: Expr | undefined;
  readonly value: Expr;
}

export type ConditionAst =
  | {
      readonly kind: 'or' | 'and';
      readonly left: ConditionAst;
      readonly right: ConditionAst;
      readonly span: Span;
    }
  | { readonly kind: 'not'; readonly operand: ConditionAst; readonly span: Span }
  | {
      readonly kind: 'compare';
      readonly op: '==' | '!=' | '<' | '<=' | '>' | '>=';
      readonly left: ConditionAst;
      readonly right: ConditionAst;
      readonly span: Span;
    }
  | {
      readonly kind: 'add' | 'subtract';
      readonly left: ConditionAst;
      readonly right: ConditionAst;
      readonly span: Span;
    }
  | { readonly kind: 'negative'; readonly operand: ConditionAst; readonly span: Span }
  | { readonly kind: 'number'; readonly value: bigint; readonly span: Span }
  | { readonly kind: 'absent'; readonly span: Span }
  | { readonly kind: 'name'; readonly name: string; readonly span: Span }
  /** `m[1]`, and `m[1][0]` for what CPU 0 has of it. */
  | {
      readonly kind: 'element';
      readonly map: Name;
      readonly key: Expr;
      readonly cpu: Expr | undefined;
      readonly span: Span;
    };

export type ExpectAst =
  | { readonly kind: 'condition'; readonly condition: ConditionAst; readonly span: Span }
  | { readonly kind: 'fault'; readonly fault: Name; readonly at: Name | undefined; readonly span: Span };

/** An interrupt that may come at any time, `times` times at most; exploration tries them all. */
export interface SourceAst {
  readonly level: InterruptLevel;
  /** Only on this CPU. */
  readonly cpu: Expr | undefined;
  readonly times: Expr | undefined;
  readonly actions: readonly ActionAst[];
  readonly span: Span;
}

/** What a scenario tells exploration: what must hold in every state or at the end, and what the verdict is to be. */
export type ClaimAst = { readonly span: Span } & (
  | { readonly kind: 'always' | 'finally'; readonly condition: ConditionAst }
  | { readonly kind: 'without'; readonly names: readonly Name[] }
  /** The `active` area of a program (`NAME.active`) on a CPU at the start; `running`: an instance is inside already. */
  | {
      readonly kind: 'given';
      readonly counter: Name;
      readonly cpu: Expr;
      readonly value: Expr;
      readonly isRunning: boolean;
    }
  /** The properties that are broken, none if it holds; `under` a guard, else under the scenario's own. */
  | { readonly kind: 'verdict'; readonly under: Name | undefined; readonly breaks: readonly Name[] }
);

export type SettingAst = { readonly span: Span } & (
  | { readonly kind: 'guard'; readonly name: Name }
  | { readonly kind: 'kernel'; readonly name: Name }
  | { readonly kind: 'cpus'; readonly count: Expr }
  | { readonly kind: 'stats'; readonly on: boolean }
  /** Whether programs that Linux would not load are refused, or nobody asks. */
  | { readonly kind: 'verify'; readonly on: boolean }
  | { readonly kind: 'strict_alignment' }
  | { readonly kind: 'attach'; readonly programs: readonly AttachAst[] }
  | { readonly kind: 'clock'; readonly ns: Expr }
  /** What user space writes before it loads objects. */
  | ({ readonly kind: 'set' } & SetAst)
);

/** A task: what it does, one after the other. Without a name it is called after its CPU. */
export interface TaskAst {
  readonly name: Name | undefined;
  readonly cpu: Expr;
  readonly actions: readonly ActionAst[];
  readonly span: Span;
}

export interface ScenarioAst extends PartlyRead {
  readonly kind: 'scenario';
  readonly title: Name | undefined;
  readonly settings: readonly SettingAst[];
  readonly tasks: readonly TaskAst[];
  readonly events: readonly EventAst[];
  readonly sources: readonly SourceAst[];
  readonly claims: readonly ClaimAst[];
  readonly expects: readonly ExpectAst[];
  readonly span: Span;
}

export type DeclarationAst =
  | MapAst
  | MapSizeAst
  | GlobalAst
  | UserAst
  | ObjectAst
  | PercpuAst
  | ProgramAst
  | FunctionAst
  | TracepointAst
  | GuardAst
  | StructAst
  | StructTypeAst
  | ScenarioAst;

/** A file of declarations, in order. */
export interface LabAst extends PartlyRead {
  readonly declarations: readonly DeclarationAst[];
}
