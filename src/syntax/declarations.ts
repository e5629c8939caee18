import type { Node as OhmNode } from 'ohm-js';
import type { Expr } from './ast.js';
import { spanOf } from './cursor.js';
import { toExpr } from './expressions.js';
import type {
  GlobalAst,
  GuardAst,
  Name,
  ObjectAst,
  ParamAst,
  PercpuAst,
  TracepointAst,
  TypeAst,
  UserAst,
} from './lab-ast.js';
import { labSemantics, list, only, toName } from './semantics.js';

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
  | { readonly kind: 'part'; readonly word: Name };

export type MapFieldAst = { readonly name: Name; readonly value: Expr };

const toType = (node: OhmNode): TypeAst => node['type']() as TypeAst;
const toParams = (node: OhmNode): ParamAst[] => node['params']() as ParamAst[];

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

labSemantics.addOperation<GlobalAst | UserAst | ObjectAst | PercpuAst | TracepointAst>('declaration', {
  User(_, name, _colon, type, _equals, initial, missing) {
    const value = only(initial)?.['initial']() as GlobalAst['initial'];
    return {
      kind: 'user',
      name: toName(name),
      type: toType(type),
      initial: value,
      isMissing: missing.children.length > 0,
      span: spanOf(this),
    };
  },
  Object(_, path) {
    return {
      kind: 'object',
      path: { name: path.sourceString.slice(1, -1), span: spanOf(path) },
      span: spanOf(this),
    };
  },
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

/** A line of a guard that is no block. */
export type GuardFieldAst =
  | { readonly kind: 'area'; readonly area: NonNullable<GuardAst['area']> }
  | { readonly kind: 'kernel'; readonly model: Name }
  | { readonly kind: 'without'; readonly names: readonly Name[] };

labSemantics.addOperation<GuardFieldAst>('guardField', {
  AreaField(_area, _size, size, _align, align) {
    return { kind: 'area', area: { size: toExpr(size), align: toExpr(align), span: spanOf(this) } };
  },
  GuardField_without(_, names) {
    return { kind: 'without', names: names['names']() as Name[] };
  },
  GuardField_kernel(_, model) {
    return { kind: 'kernel', model: toName(model) };
  },
});
