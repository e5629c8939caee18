// biome-ignore-all lint/complexity/useMaxParams: an action takes a parameter for each part of its rule.
import type { LabActionDict } from '#grammar/tinybpf.ohm-bundle.js';
import type { Expr } from './ast.js';
import { toExpr, toName, toNames, toNumber, toOptionalExpr, toSpacedName } from './expressions.js';
import type {
  ActionAst,
  AttachAst,
  ClaimAst,
  ConditionAst,
  ElementAst,
  EventAst,
  ExpectAst,
  InterruptLevel,
  MomentAst,
  Name,
  PlaceAst,
  SetAst,
  SettingAst,
  SourceAst,
} from './lab-ast.js';
import type { Node as TreeNode } from './node.js';
import { list, only, read, spanOf } from './tree.js';

const toElement = (node: TreeNode): ElementAst => read(ELEMENT, node);
const toCondition = (node: TreeNode): ConditionAst => read(CONDITION, node);
const toArgs = (node: TreeNode): Expr[] => read(ARGS, node);

/** The line before a block in a scenario. */
export type InnerHeadAst =
  | { readonly kind: 'task'; readonly name: Name | undefined; readonly cpu: Expr }
  | ({ readonly kind: 'may' } & Pick<SourceAst, 'level' | 'cpu' | 'times'>)
  | ({ readonly kind: 'interrupt'; readonly level: InterruptLevel } & Pick<
      EventAst,
      'moment' | 'cpu' | 'task'
    >);

export const PLACE: LabActionDict<PlaceAst> = {
  Place_of(_trampoline, _of, name, _plus, offset) {
    return { isTrampoline: true, name: toName(name), offset: toOptionalExpr(offset), span: spanOf(this) };
  },
  Place_spaced(space, name, _plus, offset, _end) {
    const spaced = toSpacedName(space, name);
    return { isTrampoline: false, name: spaced, offset: toOptionalExpr(offset), span: spanOf(this) };
  },
  Place_plain(trampoline, name, _plus, offset) {
    const isTrampoline = trampoline.children.length > 0;
    return { isTrampoline, name: toName(name), offset: toOptionalExpr(offset), span: spanOf(this) };
  },
};
const MOMENT: LabActionDict<MomentAst> = {
  Moment_place(_, place, often) {
    const said = only(often);
    return {
      kind: 'place',
      place: read(PLACE, place),
      nth: said === undefined ? undefined : toExpr(said.children[1]!),
      isEvery: said?.children[0]?.sourceString === 'every',
    };
  },
  Moment_period(_, insns, _insns) {
    return { kind: 'period', insns: toExpr(insns) };
  },
};

/** Where and while what an event may come. */
function toOnly(node: TreeNode): Pick<EventAst, 'cpu' | 'task'> {
  const cpu = node.children.find((n) => n.children[0]?.ctorName === 'Only_cpu')?.children[0]?.children[1];
  const task = node.children.find((n) => n.children[0]?.ctorName === 'Only_task')?.children[0]?.children[1];
  return {
    cpu: cpu === undefined ? undefined : toExpr(cpu),
    task: task === undefined ? undefined : toName(task),
  };
}

export const INNER_HEAD: LabActionDict<InnerHeadAst> = {
  CpuHead(_, cpu) {
    return { kind: 'task', name: undefined, cpu: toExpr(cpu) };
  },
  TaskHead(_, name, _cpu, cpu) {
    return { kind: 'task', name: toName(name), cpu: toExpr(cpu) };
  },
  MayHead(_, level, _cpu, cpu, repeat) {
    const times = repeat.children[0]?.children[1];
    return {
      kind: 'may',
      level: level.sourceString as InterruptLevel,
      cpu: toOptionalExpr(cpu),
      times: times === undefined ? undefined : toExpr(times),
    };
  },
  EventHead(moment, filters, level) {
    return {
      kind: 'interrupt',
      level: level.sourceString as InterruptLevel,
      moment: read(MOMENT, moment),
      ...toOnly(filters),
    };
  },
};

const EVENT: LabActionDict<EventAst> = {
  Event(moment, filters, effect, name) {
    return {
      moment: read(MOMENT, moment),
      ...toOnly(filters),
      effect: { kind: effect.sourceString as 'preempt' | 'run', name: toName(name) },
      span: spanOf(this),
    };
  },
};

const ATTACH_ITEM: LabActionDict<AttachAst> = {
  AttachItem(name, _to, to, _cookie, cookie, _maxactive, maxactive) {
    const point = only(to);
    return {
      name: toName(name),
      to: point && toName(point),
      cookie: toOptionalExpr(cookie),
      maxactive: toOptionalExpr(maxactive),
    };
  },
};

const SET_ITEM: LabActionDict<SetAst> = {
  SetItem(name, _open, index, _close, _equals, value) {
    return { name: toName(name), index: toOptionalExpr(index), value: toExpr(value) };
  },
};

const SETTING: LabActionDict<SettingAst | ExpectAst | ClaimAst> = {
  Setting_holds(_expect, _verdict, _under, under, _holds) {
    const guard = only(under);
    return { kind: 'verdict', under: guard && toName(guard), breaks: [], span: spanOf(this) };
  },
  Setting_breaks(_expect, _verdict, _under, under, _breaks, names) {
    const guard = only(under);
    return {
      kind: 'verdict',
      under: guard && toName(guard),
      breaks: toNames(names),
      span: spanOf(this),
    };
  },
  Setting_always(_, condition) {
    return { kind: 'always', condition: toCondition(condition), span: spanOf(this) };
  },
  Setting_finally(_, condition) {
    return { kind: 'finally', condition: toCondition(condition), span: spanOf(this) };
  },
  Setting_without(_, names) {
    return { kind: 'without', names: toNames(names), span: spanOf(this) };
  },
  Setting_given(_, counter, _open, cpu, _close, _equals, value, running) {
    return {
      kind: 'given',
      counter: toName(counter),
      cpu: toExpr(cpu),
      value: toExpr(value),
      isRunning: running.children.length > 0,
      span: spanOf(this),
    };
  },
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
  Setting_verify(_, on) {
    return { kind: 'verify', on: on.sourceString === 'on', span: spanOf(this) };
  },
  Setting_strict(_) {
    return { kind: 'strict_alignment', span: spanOf(this) };
  },
  Setting_attach(_, names) {
    const programs = list(names).map((n) => read(ATTACH_ITEM, n));
    return { kind: 'attach', programs, span: spanOf(this) };
  },
  Setting_set(_, item) {
    return { kind: 'set', ...read(SET_ITEM, item), span: spanOf(this) };
  },
  Setting_clock(_, ns) {
    return { kind: 'clock', ns: toExpr(ns), span: spanOf(this) };
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
};

/** A line of a scenario that is not a block. */
export type ScenarioLineAst =
  | SettingAst
  | ExpectAst
  | ClaimAst
  | { readonly kind: 'event'; readonly event: EventAst };

export const SCENARIO_LINE: LabActionDict<ScenarioLineAst> = {
  ScenarioLine(line) {
    if (line.ctorName === 'Event') return { kind: 'event', event: read(EVENT, line) };
    return read(SETTING, line);
  },
};

const ELEMENT: LabActionDict<ElementAst> = {
  Element(map, _open, key, _close) {
    return { map: toName(map), key: toExpr(key), span: spanOf(this) };
  },
};
const ARGS: LabActionDict<Expr[]> = {
  Arguments(_open, args, _close) {
    return list(args).map(toExpr);
  },
};

type Bare<T> = T extends unknown ? Omit<T, 'times'> : never;
const BARE_ACTION: LabActionDict<Bare<ActionAst>> = {
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
  OnProgram(what, name) {
    const kind = what.sourceString as 'test_run' | 'perf' | 'iter' | 'detach';
    return { kind, name: toName(name), span: spanOf(this) };
  },
  AttachOne(_, item) {
    return { kind: 'attach', ...read(ATTACH_ITEM, item), span: spanOf(this) };
  },
  Provide(_, name) {
    return { kind: 'provide', name: toName(name), span: spanOf(this) };
  },
  Join(_, name) {
    return { kind: 'join', name: toName(name), span: spanOf(this) };
  },
  Sleep(_, time) {
    return { kind: 'sleep', time: toExpr(time), span: spanOf(this) };
  },
  Set(_, item) {
    return { kind: 'set', ...read(SET_ITEM, item), span: spanOf(this) };
  },
  Migrate(_, _cpu, cpu) {
    return { kind: 'migrate', cpu: toExpr(cpu), span: spanOf(this) };
  },
};
const ACTION: LabActionDict<ActionAst> = {
  Action(bare, repeat) {
    const times = repeat.children[0]?.children[1];
    const action = read(BARE_ACTION, bare);
    return { ...action, times: times === undefined ? undefined : toExpr(times) } as ActionAst;
  },
};
export const ACTIONS: LabActionDict<ActionAst[]> = {
  Actions(actions) {
    return actions.children.map((a) => read(ACTION, a));
  },
};

function both(
  kind: 'or' | 'and' | 'add' | 'subtract',
  self: TreeNode,
  left: TreeNode,
  right: TreeNode,
): ConditionAst {
  return { kind, left: toCondition(left), right: toCondition(right), span: spanOf(self) };
}

const MEANT: LabActionDict<Name> = {
  meant_spaced(space, _blanks, name) {
    return toSpacedName(space, name);
  },
  meant_plain(name) {
    return toName(name);
  },
};
const toMeant = (node: TreeNode): Name => read(MEANT, node);

export const CONDITION: LabActionDict<ConditionAst> = {
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
    return { kind: 'element', map: toMeant(map), key: toExpr(key), cpu: toExpr(cpu), span: spanOf(this) };
  },
  Item_element(map, _open, key, _close) {
    return { kind: 'element', map: toMeant(map), key: toExpr(key), cpu: undefined, span: spanOf(this) };
  },
  number(_) {
    return { kind: 'number', value: toNumber(this.sourceString), span: spanOf(this) };
  },
  meant(_) {
    return { kind: 'name', ...toMeant(this) };
  },
};
