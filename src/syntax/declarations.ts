// biome-ignore-all lint/complexity/useMaxParams: an action takes a parameter for each part of its rule.
import type { LabActionDict } from '#grammar/tinybpf.ohm-bundle.js';
import type { Expr } from './ast.js';
import { toExpr, toName, toNames } from './expressions.js';
import type {
  GlobalAst,
  GuardAst,
  MapSizeAst,
  Name,
  ObjectAst,
  ParamAst,
  PercpuAst,
  StructAst,
  TracepointAst,
  TypeAst,
  UserAst,
} from './lab-ast.js';
import type { Node as TreeNode } from './node.js';
import { list, only, read, spanOf } from './tree.js';

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
  | { readonly kind: 'struct'; readonly name: Name; readonly type: Name }
  | { readonly kind: 'struct_type'; readonly name: Name };

export type MapFieldAst = { readonly name: Name; readonly value: Expr };

const toType = (node: TreeNode): TypeAst => read(TYPE, node);
const toParams = (node: TreeNode): ParamAst[] => read(PARAMS, node);

const TYPE: LabActionDict<TypeAst> = {
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
};

const PARAMS: LabActionDict<ParamAst[]> = {
  Params(_open, params, _close) {
    return list(params).map((p) => ({
      type: p.children[0]?.sourceString ?? '',
      name: p.children[1]?.sourceString ?? '',
    }));
  },
};

export const HEAD: LabActionDict<HeadAst> = {
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
  StructHead_variable(_, type, name) {
    return { kind: 'struct', name: toName(name), type: toName(type) };
  },
  StructHead_type(_, name) {
    return { kind: 'struct_type', name: toName(name) };
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
};

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '0': '\0' };

const INITIAL: LabActionDict<GlobalAst['initial']> = {
  Initial_text(string) {
    const text = string.sourceString.slice(1, -1).replace(/\\(.)/g, (_, c: string) => ESCAPES[c] ?? c);
    return { kind: 'text', text, span: spanOf(this) };
  },
  Initial_number(expr) {
    return toExpr(expr);
  },
};

const toMapFields = (fields: TreeNode): MapFieldAst[] =>
  list(fields).map((f) => ({ name: toName(f.children[0]!), value: toExpr(f.children[2]!) }));

export const DECLARATION: LabActionDict<
  GlobalAst | UserAst | ObjectAst | PercpuAst | TracepointAst | MapSizeAst
> = {
  MapSize(_, name, fields) {
    return { kind: 'map_size', name: toName(name), fields: toMapFields(fields), span: spanOf(this) };
  },
  User(_, name, _colon, type, _equals, initial, missing) {
    const one = only(initial);
    const value = one && read(INITIAL, one);
    return {
      kind: 'user',
      name: toName(name),
      type: toType(type),
      initial: value,
      isMissing: missing.children.length > 0,
      span: spanOf(this),
    };
  },
  Object(_, path, left, renames) {
    const [without, renamed] = [only(left), only(renames)];
    return {
      kind: 'object',
      path: { name: path.sourceString.slice(1, -1), span: spanOf(path) },
      without: without === undefined ? [] : list(without.children[1]!).map(toName),
      renames:
        renamed === undefined
          ? []
          : list(renamed.children[1]!).map((r) => ({
              from: toName(r.children[0]!),
              to: toName(r.children[2]!),
            })),
      span: spanOf(this),
    };
  },
  Global(_, name, _colon, type, _equals, initial) {
    const one = only(initial);
    const value = one && read(INITIAL, one);
    return { kind: 'global', name: toName(name), type: toType(type), initial: value, span: spanOf(this) };
  },
  Percpu(_, name, _colon, type) {
    return { kind: 'percpu', name: toName(name), type: toType(type), span: spanOf(this) };
  },
  Tracepoint(_, name, params) {
    return { kind: 'tracepoint', name: toName(name), params: toParams(params), span: spanOf(this) };
  },
};

export const STRUCT_FIELDS: LabActionDict<StructAst['fields']> = {
  StructFields(fields) {
    return list(fields).map((f) => {
      const [, name, , index, , , value] = f.children;
      const only = index!.children[0];
      return {
        name: toName(name!),
        index: only === undefined ? undefined : toExpr(only),
        value: read(INITIAL, value!)!,
      };
    });
  },
};

export const MAP_FIELDS: LabActionDict<MapFieldAst[]> = {
  MapFields(fields) {
    return toMapFields(fields);
  },
};

/** A line of a guard that is not a block. */
export type GuardFieldAst =
  | { readonly kind: 'area'; readonly area: NonNullable<GuardAst['area']> }
  | { readonly kind: 'kernel'; readonly model: Name }
  | { readonly kind: 'without'; readonly names: readonly Name[] };

export const GUARD_FIELD: LabActionDict<GuardFieldAst> = {
  AreaField(_area, _size, size, _align, align) {
    return { kind: 'area', area: { size: toExpr(size), align: toExpr(align), span: spanOf(this) } };
  },
  GuardField_without(_, names) {
    return { kind: 'without', names: toNames(names) };
  },
  GuardField_kernel(_, model) {
    return { kind: 'kernel', model: toName(model) };
  },
};
