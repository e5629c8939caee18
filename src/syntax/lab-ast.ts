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

export interface MapAst {
  readonly kind: 'map';
  readonly name: Name;
  readonly type: Name;
  readonly fields: readonly { readonly name: Name; readonly value: Expr }[];
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

/** A per-CPU variable of the kernel; kernel files only. */
export interface PercpuAst {
  readonly kind: 'percpu';
  readonly name: Name;
  readonly type: TypeAst;
  readonly span: Span;
}

export interface ProgramAst {
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
  /** Words behind the parameters, such as `notrace`. */
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

export interface GuardAst {
  readonly kind: 'guard';
  readonly name: Name;
  readonly area: { readonly size: Expr; readonly align: Expr; readonly span: Span } | undefined;
  readonly enter: readonly Line[] | undefined;
  readonly exit: readonly Line[] | undefined;
  readonly span: Span;
}

export interface ElementAst {
  readonly map: Name;
  readonly key: Expr;
  readonly span: Span;
}

/** What a task does, `times` times. */
export type ActionAst = { readonly times: Expr | undefined; readonly span: Span } & (
  | { readonly kind: 'delete'; readonly element: ElementAst }
  | { readonly kind: 'update'; readonly element: ElementAst; readonly value: Expr }
  | { readonly kind: 'lookup'; readonly element: ElementAst }
  | { readonly kind: 'call'; readonly name: Name; readonly args: readonly Expr[] }
  | { readonly kind: 'fire'; readonly name: Name; readonly args: readonly Expr[] }
);

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

export type SettingAst = { readonly span: Span } & (
  | { readonly kind: 'guard'; readonly name: Name }
  | { readonly kind: 'kernel'; readonly name: Name }
  | { readonly kind: 'cpus'; readonly count: Expr }
  | { readonly kind: 'stats'; readonly on: boolean }
  | { readonly kind: 'strict_alignment' }
  | { readonly kind: 'attach'; readonly programs: readonly Name[] }
);

export interface CpuAst {
  readonly cpu: Expr;
  readonly actions: readonly ActionAst[];
  readonly span: Span;
}

export interface ScenarioAst {
  readonly kind: 'scenario';
  readonly title: Name | undefined;
  readonly settings: readonly SettingAst[];
  readonly cpus: readonly CpuAst[];
  readonly expects: readonly ExpectAst[];
  readonly span: Span;
}

export type DeclarationAst =
  | MapAst
  | GlobalAst
  | PercpuAst
  | ProgramAst
  | FunctionAst
  | TracepointAst
  | GuardAst
  | ScenarioAst;

/** A file of declarations, in order. */
export interface LabAst {
  readonly declarations: readonly DeclarationAst[];
}
