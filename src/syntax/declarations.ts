import type { Node as OhmNode } from 'ohm-js';
import type { Expr } from './ast.js';
import { spanOf } from './cursor.js';
import { addExpressionOperations, labGrammar, toExpr, toNumber } from './expressions.js';
import type {
  ActionAst,
  ConditionAst,
  ElementAst,
  ExpectAst,
  GlobalAst,
  Name,
  ParamAst,
  PercpuAst,
  SettingAst,
  TracepointAst,
  TypeAst,
} from './lab-ast.js';

/** The line before a block. */
export type HeadAst =
  | { readonly kind: 'map'; readonly name: Name; readonly type: Name }
  | { readonly kind: 'program'; readonly name: Name; readonly attach: Name }
  | {
      readonly kind: 'function';
      readonly name: Name;
      readonly params: readonly ParamAst[];
      readonly flags: readonly Name[];
    }
  | { readonly kind: 'guard'; readonly name: Name }
  | { readonly kind: 'scenario'; readonly title: Name | undefined }
  | { readonly kind: 'cpu'; readonly cpu: Expr }
  | { readonly kind: 'part'; readonly word: Name };

export type MapFieldAst = { readonly name: Name; readonly value: Expr };

export const labSemantics = labGrammar.createSemantics();
addExpressionOperations(labSemantics);

const toName = (node: OhmNode): Name => ({ name: node.sourceString, span: spanOf(node) });
const list = (node: OhmNode): OhmNode[] => node.asIteration().children;
const toType = (node: OhmNode): TypeAst => node['type']() as TypeAst;
const toParams = (node: OhmNode): ParamAst[] => node['params']() as ParamAst[];
const toElement = (node: OhmNode): ElementAst => node['element']() as ElementAst;
const toCondition = (node: OhmNode): ConditionAst => node['condition']() as ConditionAst;
const toArgs = (node: OhmNode): Expr[] => node['args']() as Expr[];

labSemantics.addOperation<TypeAst>('type', {
  Type(type, _open, count, _close) {
    const text = type.sourceString;
    const only = count.children[0];
    return {
      bits: Number(text.slice(1)) as TypeAst['bits'],
      signed: text.startsWith('s'),
      count: only === undefined ? undefined : toExpr(only),
      span: spanOf(this),
    };
  },
});

labSemantics.addOperation<ParamAst[]>('params', {
  Params(_open, params, _close) {
    return list(params).map((p) => ({
      type: p.children[0]?.sourceString ?? '',
      name: p.children[1]?.sourceString ?? '',
    }));
  },
});

labSemantics.addOperation<HeadAst>('head', {
  MapHead(_, name, _colon, type) {
    return { kind: 'map', name: toName(name), type: toName(type) };
  },
  ProgramHead(_, name, _colon, attach) {
    return { kind: 'program', name: toName(name), attach: toName(attach) };
  },
  FunctionHead(_, name, params, flags) {
    return {
      kind: 'function',
      name: toName(name),
      params: toParams(params),
      flags: flags.children.map(toName),
    };
  },
  GuardHead(_, name) {
    return { kind: 'guard', name: toName(name) };
  },
  ScenarioHead(_, title) {
    const only = title.children[0];
    return {
      kind: 'scenario',
      title:
        only === undefined
          ? undefined
          : { name: only.sourceString.replace(/^"|"$/g, ''), span: spanOf(only) },
    };
  },
  CpuHead(_, cpu) {
    return { kind: 'cpu', cpu: toExpr(cpu) };
  },
  PartHead(word) {
    return { kind: 'part', word: toName(word) };
  },
});

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '0': '\0' };

labSemantics.addOperation<GlobalAst['initial']>('initial', {
  Initial_text(string) {
    const text = string.sourceString.slice(1, -1).replace(/\\(.)/g, (_, c: string) => ESCAPES[c] ?? c);
    return { kind: 'text', text, span: spanOf(this) };
  },
  Initial_number(expr) {
    return toExpr(expr);
  },
});

labSemantics.addOperation<GlobalAst | PercpuAst | TracepointAst>('declaration', {
  Global(_, name, _colon, type, _equals, initial) {
    const only = initial.children[0];
    const value = only === undefined ? undefined : (only['initial']() as GlobalAst['initial']);
    return { kind: 'global', name: toName(name), type: toType(type), initial: value, span: spanOf(this) };
  },
  Percpu(_, name, _colon, type) {
    return { kind: 'percpu', name: toName(name), type: toType(type), span: spanOf(this) };
  },
  Tracepoint(_, name, params) {
    return { kind: 'tracepoint', name: toName(name), params: toParams(params), span: spanOf(this) };
  },
});

labSemantics.addOperation<MapFieldAst[]>('mapFields', {
  MapFields(fields) {
    return list(fields).map((f) => ({ name: toName(f.children[0]!), value: toExpr(f.children[2]!) }));
  },
});

labSemantics.addOperation<{ size: Expr; align: Expr }>('area', {
  AreaField(_area, _size, size, _align, align) {
    return { size: toExpr(size), align: toExpr(align) };
  },
});

labSemantics.addOperation<SettingAst | ExpectAst>('setting', {
  Setting_guard(_, name) {
    return { kind: 'guard', name: toName(name), span: spanOf(this) };
  },
  Setting_kernel(_, name) {
    return { kind: 'kernel', name: toName(name), span: spanOf(this) };
  },
  Setting_cpus(_, count) {
    return { kind: 'cpus', count: toExpr(count), span: spanOf(this) };
  },
  Setting_stats(_, on) {
    return { kind: 'stats', on: on.sourceString === 'on', span: spanOf(this) };
  },
  Setting_strict(_) {
    return { kind: 'strict_alignment', span: spanOf(this) };
  },
  Setting_attach(_, names) {
    return { kind: 'attach', programs: list(names).map(toName), span: spanOf(this) };
  },
  Setting_fault(_expect, _fault, fault, _at, at) {
    const only = at.children[0];
    return {
      kind: 'fault',
      fault: toName(fault),
      at: only === undefined ? undefined : toName(only),
      span: spanOf(this),
    };
  },
  Setting_expect(_, condition) {
    return { kind: 'condition', condition: toCondition(condition), span: spanOf(this) };
  },
});

labSemantics.addOperation<ElementAst>('element', {
  Element(map, _open, key, _close) {
    return { map: toName(map), key: toExpr(key), span: spanOf(this) };
  },
});
labSemantics.addOperation<Expr[]>('args', {
  Arguments(_open, args, _close) {
    return list(args).map(toExpr);
  },
});

type Bare<T> = T extends unknown ? Omit<T, 'times'> : never;
labSemantics.addOperation<Bare<ActionAst>>('deed', {
  Delete(_, element) {
    return { kind: 'delete', element: toElement(element), span: spanOf(this) };
  },
  Update(_, element, _equals, value) {
    return { kind: 'update', element: toElement(element), value: toExpr(value), span: spanOf(this) };
  },
  Lookup(_, element) {
    return { kind: 'lookup', element: toElement(element), span: spanOf(this) };
  },
  CallFn(_, name, args) {
    return { kind: 'call', name: toName(name), args: toArgs(args), span: spanOf(this) };
  },
  Fire(_, name, args) {
    return { kind: 'fire', name: toName(name), args: toArgs(args), span: spanOf(this) };
  },
});
labSemantics.addOperation<ActionAst>('action', {
  Action(deed, repeat) {
    const times = repeat.children[0]?.children[1];
    const done = deed['deed']() as Bare<ActionAst>;
    return { ...done, times: times === undefined ? undefined : toExpr(times) } as ActionAst;
  },
});
labSemantics.addOperation<ActionAst[]>('actions', {
  Actions(actions) {
    return actions.children.map((a) => a['action']() as ActionAst);
  },
});

function both(
  kind: 'or' | 'and' | 'add' | 'subtract',
  self: OhmNode,
  left: OhmNode,
  right: OhmNode,
): ConditionAst {
  return { kind, left: toCondition(left), right: toCondition(right), span: spanOf(self) };
}

labSemantics.addOperation<ConditionAst>('condition', {
  Condition_or(left, _, right) {
    return both('or', this, left, right);
  },
  Both_and(left, _, right) {
    return both('and', this, left, right);
  },
  Test_compare(left, op, right) {
    return {
      kind: 'compare',
      op: op.sourceString as (ConditionAst & { kind: 'compare' })['op'],
      left: toCondition(left),
      right: toCondition(right),
      span: spanOf(this),
    };
  },
  Test_not(_, operand) {
    return { kind: 'not', operand: toCondition(operand), span: spanOf(this) };
  },
  Value_add(left, _, right) {
    return both('add', this, left, right);
  },
  Value_subtract(left, _, right) {
    return both('subtract', this, left, right);
  },
  Item_negative(_, operand) {
    return { kind: 'negative', operand: toCondition(operand), span: spanOf(this) };
  },
  Item_group(_open, inner, _close) {
    return toCondition(inner);
  },
  Item_absent(_) {
    return { kind: 'absent', span: spanOf(this) };
  },
  Item_cpu(map, _open, key, _close, _openCpu, cpu, _closeCpu) {
    return { kind: 'element', map: toName(map), key: toExpr(key), cpu: toExpr(cpu), span: spanOf(this) };
  },
  Item_element(map, _open, key, _close) {
    return { kind: 'element', map: toName(map), key: toExpr(key), cpu: undefined, span: spanOf(this) };
  },
  number(_) {
    return { kind: 'number', value: toNumber(this.sourceString), span: spanOf(this) };
  },
  ident(_first, _rest) {
    return { kind: 'name', name: this.sourceString, span: spanOf(this) };
  },
});
